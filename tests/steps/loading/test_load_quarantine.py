"""load with something that does not fit: the evidence is complete, or nothing of the object is loaded."""

from typing import Any

import pytest

from loading import put_run, rows, run_sql, store_of
from minidata.adapters.project import Project
from minidata.core.errors import EngineError, Exit
from minidata.core.rows import Row, fingerprint
from minidata.core.source import Source, Stream
from minidata.steps.load import Loaded, load
from minidata.steps.up import up


class Note(Row):
    id: int
    text: str


@pytest.fixture
def project(project: Project) -> Project:
    up(project)
    return project


def notes(project: Project, **more: Any) -> Loaded:
    return load(
        project, {"diary": Source("diary", "http://127.0.0.1:1", [Stream("notes", "/", Note, **{"key": "id"} | more)])}
    )


EVIDENCE = """
select o.key, o.sha256, o.run, o.page, q.record, q.code, q.pointer, q.message, q.row_fingerprint
from minidata.quarantine q join minidata.object o on o.id = q.object order by o.page, q.id
"""


def test_what_is_kept_out_is_told_with_its_place_and_all_else_is_loaded(project: Project) -> None:
    """V01, V02: a body that is no JSON, and one record of a hundred that does not fit."""
    page = [{"id": n, "text": "a"} for n in range(100)]
    page[41] = {"id": 41, "text": 41}
    bodies: list[Any] = [b'{"id": 1, "text": "a",}', b'[{"id": 2, "text": "\xff"}]', page]
    run = put_run(project, "diary.notes", bodies)

    done = notes(project)

    assert (done.counts.fetched, done.counts.loaded, done.counts.quarantined) == (102, 99, 3)
    assert rows(project, "select count(*) from diary.notes") == [(99,)]
    told: dict[tuple[Any, ...], list[Any]] = {
        (found.key, found.sha256, run.run, found.number): [] for found in run.pages
    }
    for *where, record, code, pointer, message, mark in rows(project, EVIDENCE):
        told[tuple(where)].append((record, code, pointer, message))
        assert mark == fingerprint(Note)
    assert list(told.values()) == [
        [(None, "NOT_JSON", "", "trailing comma at line 1 column 23")],
        [(None, "NOT_UTF8", "", "not UTF-8 at byte 20")],
        [(41, "WRONG_TYPE", "/text", "Input should be a valid string")],
    ]
    assert [store_of(project).get(found.key) for found in run.pages[:2]] == bodies[:2]


FULL = """
create function minidata.no_room() returns trigger language plpgsql as
$$ begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$
"""
# What stands in the way of the evidence, and what takes it away.
NO_ROOM = (
    (
        FULL,
        "create trigger no_room before insert on minidata.quarantine for each row execute function minidata.no_room()",
    ),
    "drop trigger no_room on minidata.quarantine",
)
DENIED = (
    ("alter table minidata.quarantine owner to current_user",),
    "alter table minidata.quarantine owner to minidata_loader",
)


@pytest.mark.parametrize(
    ("obstacle", "mode", "told"),
    [
        *((NO_ROOM, mode, "No space left on device") for mode in ("merge", "append", "replace", "history")),
        (DENIED, "merge", "minidata_loader lacks .*INSERT.* on minidata.quarantine"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_evidence_that_cannot_be_kept_takes_its_object_along(
    project: Project, obstacle: tuple[tuple[str, ...], str], mode: str, told: str
) -> None:
    """V16: no record is kept out without a word."""
    put_run(project, "diary.notes", [[{"id": 1, "text": "old"}]])
    notes(project, mode=mode)
    before = rows(project, "select id, text from diary.notes")
    put_run(project, "diary.notes", [[{"id": 1, "text": "new"}, {"id": 2}]], number=1)
    wrong, right = obstacle
    run_sql(project, *wrong)

    with pytest.raises(EngineError, match=told):
        notes(project, mode=mode)

    assert rows(project, "select id, text from diary.notes") == before
    assert rows(project, "select count(*) from minidata.object") == [(1,)]
    run_sql(project, right)
    done = notes(project, mode=mode)
    assert (done.exit_code, done.counts.loaded, done.counts.quarantined) == (Exit.QUARANTINED, 1, 1)
    assert rows(project, "select code from minidata.quarantine") == [("MISSING",)]
