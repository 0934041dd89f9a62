"""drift: what is stored, held against the Rows, without a database."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import model_validator

from loading import put_run
from minidata.adapters.project import Project
from minidata.core.errors import Exit, UnknownName
from minidata.core.rows import Row
from minidata.core.source import Parent, Source, Stream
from minidata.sources import SOURCES
from minidata.steps.check import check
from minidata.steps.drift import Drifted, drift

SHOP = """\
from typing import Literal

from minidata import Row, Source, Stream


class Order(Row):
    id: int
    status: Literal["placed", "shipped"]


source = Source("desk", "http://127.0.0.1:1", [Stream("orders", "/orders", Order, key="id")])
"""
GOOD = {"id": 1, "status": "placed"}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with a Source in a file, and no database."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "minidata.toml").write_text('[project]\nname = "test"\n')
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "desk.py").write_text(SHOP)
    return Project.find()


def looked(project: Project, **options: Any) -> Drifted:
    return drift(project, project.sources, **options)


def told(found: Drifted) -> list[tuple[str, str]]:
    return [(one.code, one.pointer) for stream in found.streams for one in stream.drifts]


def test_the_newest_finished_run_is_looked_through(desk: Project) -> None:
    put_run(desk, "desk.orders", [[{**GOOD, "old": 1}]], number=0)
    newest = put_run(desk, "desk.orders", [[GOOD], [{**GOOD, "new": 1}]], number=1)
    put_run(desk, "desk.orders", [[{**GOOD, "later": 1}]], number=2, finished=False)

    found = looked(desk)

    assert told(found) == [("UNNAMED", "/new")]
    (stream,) = found.streams
    assert (stream.runs, stream.objects, stream.records, stream.drifts[0].first) == (1, 2, 2, newest.pages[1].key)
    assert told(looked(desk, every=True)) == [("UNNAMED", "/old"), ("UNNAMED", "/new")]
    assert found.exit_code == Exit.DONE


def test_what_the_stream_itself_reads_is_named(desk: Project) -> None:
    reading = 'key="id", since=Cursor("moved_at", "since"), deleted=Deleted("deleted_at"))'
    names = "Cursor, Deleted, Row, Source, Stream"
    text = SHOP.replace('key="id")', reading).replace("Row, Source, Stream", names)
    (desk.root / "sources" / "desk.py").write_text(text)
    put_run(desk, "desk.orders", [[{**GOOD, "moved_at": 1, "deleted_at": 1, "new": 1}]])

    assert told(looked(Project.find())) == [("UNNAMED", "/new")]


def test_a_stream_of_which_nothing_is_stored_has_no_drift(desk: Project) -> None:
    assert looked(desk).streams == ()


def test_an_object_that_is_damaged_is_told_and_hides_nothing(desk: Project) -> None:
    run = put_run(desk, "desk.orders", [[GOOD], [{**GOOD, "new": 1}], b"<html>"])
    (desk.root / "object_store" / run.pages[0].key).write_bytes(b"[]")

    found = looked(desk)

    assert told(found) == [("UNNAMED", "/new")]
    assert (len(found.streams[0].damaged), found.streams[0].unread, found.exit_code) == (1, 1, Exit.STORE)


def test_fields_that_come_from_the_parent_are_there(desk: Project) -> None:
    class Refund(Row):
        id: int
        order_id: int

    orders = Stream("orders", "/orders", Refund)
    refunds = Stream("refunds", "/{order_id}", Refund, parent=Parent("orders", fields={"order_id": "id"}))
    put_run(desk, "desk.refunds", [[{"id": 1}]], context={"order_id": 7})

    found = drift(desk, {"desk": Source("desk", "http://127.0.0.1:1", [orders, refunds])})

    assert told(found) == []


def test_a_row_that_reads_records_in_its_own_way_is_told(desk: Project) -> None:
    class Own(Row):
        id: int

        @model_validator(mode="before")
        @classmethod
        def _unwrapped(cls, record: Any) -> Any:
            return record["inside"]

    own = {"desk": Source("desk", "http://127.0.0.1:1", [Stream("orders", "/orders", Own)])}
    put_run(desk, "desk.orders", [[{"inside": {"id": 1}, "new": 1}]])

    found = drift(desk, own)

    assert (told(found), found.streams[0].opaque) == ([], True)
    assert not looked(desk).streams[0].opaque


def test_only_what_is_meant_is_looked_at(desk: Project) -> None:
    put_run(desk, "desk.orders", [[{**GOOD, "new": 1}]])

    assert told(drift(desk, desk.sources, stream="desk.orders")) == [("UNNAMED", "/new")]
    with pytest.raises(UnknownName):
        drift(desk, desk.sources, stream="desk.order")


def test_values_are_told_only_if_wanted(desk: Project) -> None:
    put_run(desk, "desk.orders", [[{**GOOD, "status": "lost"}]])

    assert looked(desk).streams[0].drifts[0].values is None
    assert looked(desk, values=True).streams[0].drifts[0].values == {"lost": 1}


def test_after_its_patch_nothing_is_left(desk: Project) -> None:
    records = [
        {**GOOD, "gift": True, "items": [{"price": "1.50"}]},
        {"id": 2, "status": None},
        {"id": 3, "status": "x"},
    ]
    put_run(desk, "desk.orders", [records])

    found = looked(desk, patch=True)

    assert found.patch
    assert found.patch.text.startswith("--- sources/desk.py\n+++ sources/desk.py\n")
    subprocess.run(["patch", "-p0", "--silent"], cwd=desk.root, input=found.patch.text.encode(), check=True)
    assert told(looked(Project(desk.root))) == []


def test_a_row_of_elsewhere_is_not_patched_but_shown(desk: Project) -> None:
    put_run(desk, "shop.refunds", [{"data": [{"id": 1, "gift": True}]}])

    found = drift(desk, SOURCES, stream="shop.refunds", patch=True)

    assert found.patch
    assert found.patch.text == ""
    (left,) = found.patch.by_hand
    assert left.about.endswith("minidata/sources/shop.py")
    assert "+    gift: bool | None = None\n" in left.lines


def test_what_is_left_out_on_purpose_is_not_told_nor_patched(desk: Project) -> None:
    file = desk.root / "sources" / "desk.py"
    file.write_text(SHOP.replace('key="id")', 'key="id", ignore=("node_id", "user.*", "lines.*.tax", "*_url"))'))
    record = {**GOOD, "node_id": "x", "self_url": "x", "user": {"login": "x"}, "lines": [{"tax": 1}]}
    put_run(desk, "desk.orders", [[record]])

    found = looked(desk, patch=True)

    # Of the user nothing is left out but what is inside, and no field reads it.
    assert told(found) == [("UNNAMED", "/user"), ("UNNAMED", "/lines")]
    assert found.patch
    assert "+    node_id" not in found.patch.text
    assert "+    user" in found.patch.text


def test_what_is_left_out_on_purpose_is_told_when_records_do_not_fit_for_it(desk: Project) -> None:
    class Some(Row):
        id: int
        note: str
        gone: str | None = None
        empty: str | None = None

    def found(ignore: tuple[str, ...]) -> list[tuple[str, str]]:
        stream = Stream("orders", "/", Some, ignore=ignore)
        return told(drift(desk, {"desk": Source("desk", "http://127.0.0.1:1", [stream])}))

    put_run(desk, "desk.orders", [[{"id": 1, "note": None, "empty": None}]])

    assert found(()) == [("NEVER", "/gone"), ("NULL", "/note"), ("ALWAYS_NULL", "/empty")]
    assert found(("note", "gone", "empty")) == [("NULL", "/note")]


def test_drift_may_be_a_failure(desk: Project) -> None:
    assert looked(desk, strict=True).exit_code == Exit.DONE
    run = put_run(desk, "desk.orders", [[GOOD]], number=0)
    assert looked(desk, strict=True).exit_code == Exit.DONE
    put_run(desk, "desk.orders", [[{**GOOD, "new": 1}]], number=1)
    assert (looked(desk).exit_code, looked(desk, strict=True).exit_code) == (Exit.DONE, Exit.QUARANTINED)
    put_run(desk, "desk.orders", [b"<html>"], number=2)
    assert looked(desk, strict=True).exit_code == Exit.QUARANTINED
    (desk.root / "object_store" / run.pages[0].key).write_bytes(b"[]")
    assert looked(desk, strict=True, every=True).exit_code == Exit.STORE


def test_workers_find_what_one_process_finds(desk: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [[{**GOOD, f"new_{number % 3}": number}] for number in range(12)]
    put_run(desk, "desk.orders", pages)
    here = (looked(desk, patch=True), check(desk, desk.sources))

    monkeypatch.setattr("minidata.adapters.processes.WORTH_WORKERS", 1)
    monkeypatch.setenv("MINIDATA_LOAD_WORKERS", "2")
    there = Project(desk.root)

    assert (looked(there, patch=True), check(there, there.sources)) == here
