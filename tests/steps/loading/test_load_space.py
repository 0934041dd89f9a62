"""What a killed load has written is in the way of nobody: the next one gives the space back."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.victims import Nursery, nursery
from loading import put_run, rows, run_sql, until
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.core.failpoints import FAILPOINT, KILLED, Failpoint
from minidata.steps.up import up

SOURCE = """
from typing import Annotated
from minidata import Child, Row, Source, Stream

class Word(Row):
    word: str

class Note(Row):
    id: int
    words: Annotated[list[Word], Child()]

source = Source("diary", "http://127.0.0.1:1", [Stream("notes", "/", Note, "id")])
"""
PAGES, RECORDS = 10, 1_500
KILLS = int(os.environ.get("MINIDATA_TEST_KILLS_IN_PLACE", "14"))
SIZE = """
select pg_total_relation_size('diary.notes') + pg_total_relation_size('diary.notes_words'),
  (select count(*) from diary.notes) + (select count(*) from diary.notes_words)
"""
# Whoever was killed has left it when its server process has.
OTHERS = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Nursery]:
    with nursery(tmp_path / "said.txt") as found:
        yield found


def test_killed_again_and_again_a_table_takes_no_more_than_a_fifth_more(project: Project, processes: Nursery) -> None:
    (project.root / "minidata.toml").write_text("[load]\nbatch = 1\nworkers = 1\n")
    (project.root / "sources").mkdir()
    (project.root / "sources" / "diary.py").write_text(SOURCE)
    pages = [
        [{"id": RECORDS * page + n, "words": [{"word": 50 * "x"}]} for n in range(RECORDS)] for page in range(PAGES)
    ]
    put_run(project, "diary.notes", pages)
    up(Project(project.root))
    assert processes.begin("load").wait() == Exit.DONE, processes.log.read_text()
    ((clean, expected),) = rows(project, SIZE)
    run_sql(
        project,
        "drop schema diary cascade",
        "truncate minidata.run, minidata.object, minidata.quarantine, minidata.deleted",
    )

    for number in range(KILLS):
        # Now and then a page is loaded before.
        point = f"{Failpoint.BEFORE_COMMIT}:{2 if number % (KILLS // 7) == 1 else 1}"
        assert processes.begin("load", call=None, **{FAILPOINT: point}).wait() == KILLED, processes.log.read_text()
        until(lambda: rows(project, OTHERS) == [(0,)])
    assert processes.begin("load").wait() == Exit.DONE, processes.log.read_text()

    ((size, found),) = rows(project, SIZE)
    assert found == expected == 2 * PAGES * RECORDS
    assert size <= 1.2 * clean
