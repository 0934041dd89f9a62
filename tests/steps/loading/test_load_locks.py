"""Locks that get in the way of a load, and those that a load that has died would leave."""

import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from faults.victims import nursery
from loading import LOCKS, put_run, rows, until
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.steps.load import load
from minidata.steps.up import up

SOURCE = """
from minidata import Row, Source, Stream

class Note(Row):
    id: int
    text: str

source = Source("diary", "http://127.0.0.1:1", [Stream("notes", "/", Note, "id")])
"""
WAITING = "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


@pytest.fixture
def diary(project: Project) -> Project:
    (project.root / "sources").mkdir()
    (project.root / "sources" / "diary.py").write_text(SOURCE)
    (project.root / "minidata.toml").write_text("[load]\nlock_timeout = 600\n")
    diary = Project(project.root)
    up(diary)
    put_run(diary, "diary.notes", [notes("old")])
    load(diary, diary.sources)
    put_run(diary, "diary.notes", [notes("new")], number=1)
    return diary


def notes(text: str) -> list[dict[str, Any]]:
    return [{"id": 1, "text": text}, {"id": 2, "text": text}]


def test_a_load_that_a_deadlock_ends_is_done_again(diary: Project, database_url: SecretStr) -> None:
    with psycopg.connect(database_url.get_secret_value()) as other:
        # Whoever looks first is the one that Postgres ends.
        other.execute("set deadlock_timeout = '600s'")
        other.execute("update diary.notes set text = 'theirs' where id = 2")
        crossing = threading.Thread(target=_crosses, args=(other, diary))
        crossing.start()

        done = load(diary, diary.sources)

        crossing.join()
    assert done.exit_code == Exit.DONE
    assert rows(diary, "select id, text from diary.notes order by id") == [(1, "new"), (2, "new")]
    assert rows(diary, "select deadlocks from pg_stat_database where datname = current_database()") == [(1,)]


def _crosses(other: "psycopg.Connection[tuple[Any, ...]]", project: Project) -> None:
    """Ask for what the load has, as soon as it asks for what *other* has."""
    until(lambda: rows(project, WAITING) != [])
    other.execute("update diary.notes set text = 'theirs' where id = 1")
    other.commit()


def test_what_a_killed_load_was_about_to_do_is_given_up_at_once(
    diary: Project, database_url: SecretStr, tmp_path: Path
) -> None:
    """Postgres would find out only at the end of the statement, and keep the locks as long."""
    with psycopg.connect(database_url.get_secret_value()) as other, nursery(tmp_path / "said.txt") as processes:
        other.execute("update diary.notes set text = 'theirs' where id = 2")
        loader = processes.begin("load")
        until(lambda: rows(diary, WAITING) != [])
        loader.kill()
        loader.wait()

        until(lambda: rows(diary, WAITING) == [], seconds=20)
        assert rows(diary, LOCKS) == [(0,)]
