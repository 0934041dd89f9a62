"""load with code of the user's in it: it may raise, print, recurse and end, and stands in nobody's way."""

import json
import signal
from typing import Any

import pytest

from loading import begin, ended, put_run, rows, until
from minidata.adapters.project import Project
from minidata.steps.up import up

SOURCE = """
import os, sys, time
from pathlib import Path
from typing import Annotated
from minidata import Row, Source, Stream
from pydantic import AfterValidator, BeforeValidator

print("imported")

class Unheard(Exception):
    pass

def odd(text):
    print("looking at", text)
    match text:
        case "raise": raise Unheard("s3cret")
        case "key": return {}[text]
        case "stop": raise StopIteration
        case "memory": raise MemoryError
        case "recurse": return odd(text)
        case "exit": sys.exit("bye")
        case "break": raise KeyboardInterrupt
        case "leave": os._exit(0)
        case "sleep":
            Path("asleep").touch()
            time.sleep(60)
        case "assert": raise AssertionError("not so")
        case "long": raise ValueError("x" * 100_000 + "\\0\\ud800")
        case "nul": raise ValueError("\\0")
    return text

class Note(Row):
    id: int
    text: Annotated[str, AfterValidator(odd)]
    other: Annotated[str, BeforeValidator(odd)] = ""

source = Source("diary", "http://127.0.0.1:1", [Stream("notes", "/", Note, "id")])
"""
WAYS = ["raise", "key", "stop", "memory", "recurse", "assert", "long", "nul"]


@pytest.fixture
def project(project: Project) -> Project:
    (project.root / "sources").mkdir()
    (project.root / "sources" / "diary.py").write_text(SOURCE)
    up(project)
    return project


def test_what_a_validator_raises_costs_its_record_and_what_it_prints_is_no_answer(project: Project) -> None:
    records: list[dict[str, Any]] = [{"id": 0, "text": "good"}]
    records += [{"id": place, "text": way} for place, way in enumerate(WAYS, start=1)]
    records += [{"id": place, "text": "good", "other": way} for place, way in enumerate(WAYS, start=20)]
    put_run(project, "diary.notes", [records])

    code, out, err = ended(begin(project, "load", "--json"))

    assert code == 3
    assert json.loads(out)["exit_code"] == 3
    assert "imported" in err
    assert "looking at good" in err
    assert "Traceback" not in err
    assert rows(project, "select id from diary.notes") == [(0,)]
    found = rows(project, "select code, message from minidata.quarantine")
    assert [code for code, _ in found] == ["VALIDATOR_ERROR"] * 2 * len(WAYS)
    assert all(len(message) <= 200 for _, message in found)
    assert not any("s3cret" in message for _, message in found)


def test_a_validator_that_ends_the_program_is_told_in_one_line(project: Project) -> None:
    put_run(project, "diary.notes", [[{"id": 1, "text": "good"}, {"id": 2, "text": "exit"}]])

    code, out, err = ended(begin(project, "load", "--quiet"))

    told = [line for line in err.splitlines() if not line.startswith(("looking", "imported"))]
    assert (code, out) == (2, "")
    assert "a validator of a Row calls sys.exit()" in told[0]
    assert len(told) <= 2


def test_ctrl_c_reaches_a_validator_that_takes_for_ever(project: Project) -> None:
    put_run(project, "diary.notes", [[{"id": 1, "text": "good"}, {"id": 2, "text": "sleep"}]])
    process = begin(project, "load", "--quiet")
    until((project.root / "asleep").exists)

    process.send_signal(signal.SIGINT)
    code, _, err = ended(process)

    assert (code, err.splitlines()[-1]) == (130, "interrupted; what was finished is kept")
    assert "Traceback" not in err
    assert mended(project) == [(1,), (2,)]


@pytest.mark.parametrize(("way", "exits"), [("break", 130), ("leave", 0)])
def test_what_is_broken_off_by_a_validator_is_loaded_by_the_next(project: Project, way: str, exits: int) -> None:
    """Of os._exit() nobody can say anything; but nothing is half done, and nothing counts as loaded."""
    put_run(project, "diary.notes", [[{"id": 1, "text": "good"}, {"id": 2, "text": way}]])

    code, out, err = ended(begin(project, "load", "--quiet"))

    assert (code, out) == (exits, "")
    assert "Traceback" not in err
    assert mended(project) == [(1,), (2,)]


def mended(project: Project) -> list[tuple[Any, ...]]:
    """What is loaded once the Row has no validator any more."""
    assert rows(project, "select to_regclass('diary.notes') is null or not exists (select from minidata.object)") == [
        (True,)
    ]
    file = project.root / "sources" / "diary.py"
    file.write_text(SOURCE.replace("AfterValidator(odd)", '"as it is"').replace("BeforeValidator(odd)", '"as it is"'))
    code, _, err = ended(begin(project, "load"))
    assert code == 0, err
    return rows(project, "select id from diary.notes order by id")
