"""status: what is known, and what is not, about a platform in any state."""

from datetime import UTC, datetime, timedelta

import pytest

from faults import TurnedClock
from loading import BEGIN, put_run
from minidata.adapters.project import Project
from minidata.core.rows import Row
from minidata.core.runs import MANIFEST
from minidata.core.source import Cursor, Source, Stream
from minidata.steps.analyze import analyze
from minidata.steps.load import load
from minidata.steps.status import Status, StreamStatus, status
from minidata.steps.up import up


class Note(Row):
    id: int
    changed: str


NOTES = Stream("notes", "/notes", Note, key="id", since=Cursor("changed", "since"))
SOURCES = {"desk": Source("desk", "http://127.0.0.1:1", [NOTES])}
PAGE = [{"id": 1, "changed": "2026-01-01"}, {"id": 2, "changed": "2026-01-02"}]


@pytest.fixture
def desk(project: Project) -> Project:
    """A project whose desk has two Runs, and a third that was not finished."""
    up(project)
    put_run(project, "desk.notes", [PAGE], number=0)
    put_run(project, "desk.notes", [PAGE], number=1)
    put_run(project, "desk.notes", [PAGE], number=2, finished=False)
    return project


def looked_at(project: Project) -> Status:
    clock = TurnedClock(BEGIN + timedelta(hours=2))
    return status(Project(project.root), SOURCES, clock=clock)


def notes(found: Status) -> StreamStatus:
    (stream,) = found.streams
    return stream


def coming(found: Status) -> dict[str, tuple[str, ...]]:
    return {one.stage: one.what for one in found.next}


def test_runs_that_wait_are_told_until_they_are_loaded(desk: Project) -> None:
    before = looked_at(desk)
    load(desk, SOURCES)
    after = looked_at(desk)

    assert (notes(before).runs, notes(before).unfinished, notes(before).waiting) == (2, 1, 2)
    assert coming(before)["load"] == ("2 runs wait",)
    assert (notes(after).waiting, notes(after).counts.loaded) == (0, 4)
    assert coming(after)["load"] == ("nothing waits",)


def test_the_age_of_a_stream_is_that_of_its_newest_finished_run(desk: Project) -> None:
    assert notes(looked_at(desk)).age == timedelta(hours=1).total_seconds()


def test_models_are_stale_until_they_are_analyzed(desk: Project) -> None:
    (desk.root / "sql" / "models").mkdir()
    (desk.root / "sql" / "models" / "newest.sql").write_text("select * from {{ source('desk', 'notes') }}")
    empty = looked_at(desk)
    load(desk, SOURCES)
    loaded = looked_at(desk)
    analyze(desk)
    published = looked_at(desk)

    assert (empty.stale, loaded.stale, published.stale) == ((), ("newest",), ())
    assert coming(loaded)["analyze"] == ("1 model to build: newest",)
    assert coming(published)["analyze"] == ("nothing to build",)
    assert published.published_at is not None


def test_models_that_cannot_be_understood_are_told_and_hide_nothing(desk: Project) -> None:
    (desk.root / "sql" / "models").mkdir()
    (desk.root / "sql" / "models" / "newest.sql").write_text("select {{ nothing }}")

    found = looked_at(desk)

    assert (found.up, found.stale, notes(found).runs) == (True, None, 2)
    assert "newest.sql" in found.unknown[0]


def test_without_postgres_the_store_still_tells(desk: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIDATA_ENGINE_URL", "postgresql://127.0.0.1:1/db")

    found = looked_at(desk)

    assert (found.up, found.since, found.published) == (False, None, None)
    assert (notes(found).runs, notes(found).waiting) == (2, None)
    assert coming(found)["load"] == ("not known: Postgres does not answer",)
    assert coming(found)["ingest"] == ("desk.notes, all of it",)


def test_a_store_that_cannot_be_read_is_told_and_hides_nothing(desk: Project) -> None:
    load(desk, SOURCES)
    path = next((desk.root / "object_store").rglob(MANIFEST))
    (desk.root / "object_store").rename(desk.root / "gone")
    (desk.root / "object_store").mkdir()
    (desk.root / "object_store" / "raw").touch()

    found = looked_at(desk)

    assert path
    assert found.up
    assert "raw" in found.unknown[0]


def test_it_knows_since_when_postgres_runs(desk: Project) -> None:
    since = looked_at(desk).since

    assert since is not None
    assert since < datetime.now(UTC)


def test_a_glance_at_two_pages_shows_drift(desk: Project) -> None:
    pages = [[{**PAGE[0], "new": 1}], [{**PAGE[0], "middle": 1}], [{**PAGE[0], "last": {"a": 1}}]]
    put_run(desk, "desk.notes", pages, number=3)

    (drift,) = looked_at(desk).drift

    assert drift.name == "desk.notes"
    assert [(one.code, one.pointer) for one in drift.drifts] == [("UNNAMED", "/new"), ("UNNAMED", "/last")]


def test_what_two_pages_do_not_show_is_no_drift(project: Project) -> None:
    class Wide(Row):
        id: int
        seldom: int | None = None

    put_run(project, "desk.notes", [[{"id": 1}]])

    wide = {"desk": Source("desk", "http://127.0.0.1:1", [Stream("notes", "/notes", Wide)])}

    assert status(project, wide).drift == ()


def test_a_page_that_is_damaged_hides_nothing_else(desk: Project) -> None:
    run = put_run(desk, "desk.notes", [PAGE], number=3)
    (desk.root / "object_store" / run.pages[0].key).write_bytes(b"")

    found = looked_at(desk)

    assert (found.drift, notes(found).runs) == ((), 3)
    assert any(line.startswith("drift of desk.notes: ") for line in found.unknown)


def test_a_source_that_does_not_import_is_told(desk: Project) -> None:
    (desk.root / "sources").mkdir()
    (desk.root / "sources" / "broken.py").write_text("nonsense(")
    (desk.root / "sources" / "whole.py").write_text(
        "from minidata import Row, Source, Stream\n\n\nclass Note(Row):\n    id: int\n\n\n"
        'source = Source("desk", "http://127.0.0.1:1", [Stream("notes", "/notes", Note, key="id")])\n'
    )
    sources, failures = Project(desk.root).sources_and_failures

    found = status(desk, sources, failures=map(str, failures))

    assert (list(sources), notes(found).runs) == (["desk"], 2)
    assert "broken.py:1" in found.unknown[0]
