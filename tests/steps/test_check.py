"""check: what a load would do with all that is stored, and what of it would be new; nothing is changed."""

import pytest

from loading import put_run, rows, store_of
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.core.rows import Row
from minidata.core.runs import manifest_key, run_prefix
from minidata.core.source import Source, Stream
from minidata.steps.check import Checked, StreamCheck, check
from minidata.steps.load import load
from minidata.steps.up import up


class Note(Row):
    id: int
    text: str


class Stricter(Row):
    id: int
    text: str
    by: str


class Looser(Row):
    id: int | None
    text: str | None


def sources(row: type[Row], **more: object) -> dict[str, Source]:
    key = "" if row is Looser else "id"
    return {"desk": Source("desk", "http://127.0.0.1:1", [Stream("notes", "/notes", row, key=key or (), **more)])}  # type: ignore[arg-type]


RECORDS = [{"id": 1, "text": "a", "by": "x"}, {"id": 2, "text": "b"}, {"id": 3, "text": None}]


@pytest.fixture
def loaded(project: Project) -> Project:
    """A project in which two of three records are loaded, and one is quarantined."""
    up(project)
    put_run(project, "desk.notes", [RECORDS])
    load(project, sources(Note, max_quarantined=1))
    return project


def notes(found: Checked) -> StreamCheck:
    (stream,) = found.streams
    return stream


def test_it_counts_what_the_load_did(loaded: Project) -> None:
    found = notes(check(loaded, sources(Note, max_quarantined=1)))

    assert (found.runs, found.objects, found.records, found.rows, found.rejected) == (1, 1, 3, 2, 1)
    assert (found.newly_rejected, found.newly_accepted, found.over) == (0, 0, False)


def test_what_was_loaded_and_does_not_fit_any_more_is_new(loaded: Project) -> None:
    """V13: before a Row with a new required field is loaded, what it would cost is known."""
    found = check(loaded, sources(Stricter))

    assert (notes(found).newly_rejected, notes(found).newly_accepted) == (1, 0)
    first = notes(found).reasons[0]
    assert (first.code, first.pointer, first.records, first.new, first.record) == ("MISSING", "/by", 2, 1, 1)
    assert found.exit_code == Exit.REFUSED


def test_of_a_table_that_is_replaced_the_newest_whole_run_counts(project: Project) -> None:
    up(project)
    put_run(project, "desk.notes", [[{"id": 1, "text": None}]], number=0)
    put_run(project, "desk.notes", [[{"id": 1, "text": "a"}]], number=1)
    part = put_run(project, "desk.notes", [[{"id": 2, "text": None}]], number=2, finished=False)
    part = part.model_copy(update={"cursor_before": "2026-01-01"})
    store_of(project).put(manifest_key(run_prefix("desk", "notes", part.run)), part.encoded())

    found = check(project, sources(Note, mode="replace"))

    assert (notes(found).records, notes(found).rejected, found.exit_code) == (1, 0, Exit.DONE)
    assert notes(check(project, sources(Note))).rejected == 2


def test_what_is_in_quarantine_and_fits_now_is_told(loaded: Project) -> None:
    found = notes(check(loaded, sources(Looser)))

    assert (found.newly_rejected, found.newly_accepted, found.rejected) == (0, 1, 0)


def test_columns_that_would_change_are_told(loaded: Project) -> None:
    assert check(loaded, sources(Note)).differences == ()

    found = [one.what for one in check(loaded, sources(Stricter)).differences]

    assert len(found) == 1
    assert "by" in found[0]


def test_nothing_is_changed(loaded: Project) -> None:
    everything = "select (select count(*) from minidata.object), (select count(*) from minidata.quarantine), count(*)"
    before = rows(loaded, f"{everything} from desk.notes")

    check(loaded, sources(Stricter))

    assert rows(loaded, f"{everything} from desk.notes") == before == [(1, 1, 2)]


def test_what_is_not_loaded_yet_is_not_new(loaded: Project) -> None:
    put_run(loaded, "desk.notes", [[{"id": "x"}]], number=1)

    found = notes(check(loaded, sources(Note)))

    assert (found.rejected, found.newly_rejected) == (2, 0)


def test_before_the_first_load_nothing_is_new(project: Project) -> None:
    up(project)
    put_run(project, "desk.notes", [RECORDS])

    found = check(project, sources(Note))

    assert (notes(found).rejected, notes(found).newly_rejected, found.unknown) == (1, 0, "")


def test_without_postgres_it_cannot_tell_what_is_new(loaded: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIDATA_ENGINE_URL", "postgresql://127.0.0.1:1/db")

    found = check(Project(loaded.root), sources(Stricter))

    assert (notes(found).rejected, notes(found).newly_rejected, notes(found).reasons[0].new) == (2, None, None)
    assert "does not answer" in found.unknown
    assert found.differences == ()


def test_a_damaged_object_is_told_and_hides_nothing(loaded: Project) -> None:
    run = put_run(loaded, "desk.notes", [[{"id": 4, "text": "d"}], [{"id": 5, "text": "e"}]], number=1)
    (loaded.root / "object_store" / run.pages[0].key).unlink()

    found = check(loaded, sources(Note, max_quarantined=1))

    assert (notes(found).rows, len(notes(found).damaged), found.exit_code) == (3, 1, Exit.STORE)
