"""history: what the journal's lines tell, whole or not."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from minidata.adapters.project import Project
from minidata.core.errors import StoreError
from minidata.core.running.history import Begin, End
from minidata.steps.history import history, history_journal

AT = "2026-01-31T06:00:00Z"


@pytest.fixture
def here(tmp_path: Path) -> Project:
    return Project(tmp_path)


def begun(project: Project, ident: str, verb: str, pid: int = 1) -> None:
    line = Begin.model_validate({"id": ident, "at": AT, "verb": verb, "pid": pid})
    history_journal(project.root).append(line.model_dump_json().encode())


def over(project: Project, ident: str, **facts: Any) -> None:
    given: Mapping[str, Any] = {"seconds": 1.5, "exit_code": 0, **facts}
    history_journal(project.root).append(End(id=ident, **given).model_dump_json().encode())


def test_of_nothing_nothing_is_told(here: Project) -> None:
    assert history(here).commands == ()


def test_two_that_ran_at_once_are_told_apart(here: Project) -> None:
    begun(here, "a", "load")
    begun(here, "b", "analyze")
    over(here, "b", exit_code=4, outcome="1 test failed")
    over(here, "a", outcome="3 rows loaded")

    load, analyze = history(here).commands

    assert (load.verb, load.ending, load.outcome) == ("load", "0 DONE", "3 rows loaded")
    assert (analyze.verb, analyze.ending, analyze.outcome) == ("analyze", "4 TESTS", "1 test failed")


def test_the_newest_are_told_and_how_many_there_are_before(here: Project) -> None:
    for number, verb in enumerate(("load", "test", "load", "load")):
        begun(here, str(number), verb)

    assert [one.verb for one in history(here, newest=2).commands] == ["load", "load"]
    assert history(here, newest=2).older == 2
    assert history(here, newest=2, stage="load").older == 1
    assert len(history(here, newest=0).commands) == 0


def test_without_an_end_it_runs_or_was_killed(here: Project) -> None:
    begun(here, "a", "load", pid=os.getpid())
    begun(here, "b", "load", pid=2**22 + 1)

    assert [one.ending for one in history(here).commands] == ["running", "ended without a word"]


def test_damaged_lines_are_left_out(here: Project) -> None:
    begun(here, "a", "load")
    for line in (b'{"id": \xff', b"", b"[]", b'{"id":"x","kind":"end","seconds":1,"exit_code":0}', b'{"kind":"new"}'):
        history_journal(here.root).append(line)
    over(here, "a")

    assert [one.ending for one in history(here).commands] == ["0 DONE"]


def test_a_code_that_is_none_of_ours_is_told_as_it_is(here: Project) -> None:
    begun(here, "a", "load")
    over(here, "a", exit_code=99)

    assert history(here).commands[0].ending == "99"


def test_a_journal_that_cannot_be_read_is_an_error_of_the_store(here: Project) -> None:
    history_journal(here.root).path.mkdir(parents=True)

    with pytest.raises(StoreError, match=r"history\.jsonl"):
        history(here)
