"""`minidata quarantine` and `minidata trace` as a user types them."""

import json

import pytest

from loading import put_run
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.core.runs import Manifest
from minidata.steps.load import load
from minidata.steps.up import up
from shell import run_text

SOURCE = """
from minidata import Row, Source, Stream

class Note(Row):
    id: int
    text: str

source = Source("desk", "http://127.0.0.1:1", [Stream("notes", "/", Note, key="id", max_quarantined=5)])
"""


@pytest.fixture
def kept(project: Project) -> Manifest:
    """A Run of which three records do not fit."""
    (project.root / "sources").mkdir()
    (project.root / "sources" / "desk.py").write_text(SOURCE)
    up(project)
    kept = put_run(project, "desk.notes", [[{"id": 1, "text": "one"}, *({"id": n, "text": n} for n in (2, 31337, 4))]])
    load(project, project.sources)
    return kept


def said(project: Project, *arguments: str, code: Exit = Exit.DONE) -> tuple[str, str]:
    done = run_text(*arguments, cwd=project.root)
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def test_what_is_in_quarantine_is_listed_shown_and_in_the_status(project: Project, kept: Manifest) -> None:
    groups, _ = said(project, "quarantine", "list")
    records, err = said(project, "quarantine", "list", "--records", "--limit", "2")
    _, status = said(project, "status")

    assert groups.splitlines()[1].split()[:4] == ["desk.notes", "WRONG_TYPE", "text", "3"]
    assert (len(records.splitlines()), "3 records in all" in err) == (3, True)
    assert "in quarantine: 3 records" in status
    assert "31337" not in groups + records + status
    assert said(project, "quarantine", "list", "--code", "missing")[0] == "nothing of that is in quarantine\n"
    assert said(project, "quarantine", "list", "--discarded")[0] == "nothing was discarded\n"

    example = groups.splitlines()[1].split()[-1]
    assert said(project, "quarantine", "show", example)[0].splitlines()[1].startswith(f"reason {example} ")
    place = f"{kept.run}/1#3"
    out, err = said(project, "quarantine", "show", place)
    assert ("--values" in err, '"id": 4' in out, kept.pages[0].sha256 in out) == (True, False, True)
    assert '{"id": 4, "text": 4}\n' in said(project, "quarantine", "show", place, "--values")[0]


@pytest.mark.usefixtures("kept")
def test_a_mended_row_takes_them_and_what_is_given_up_is_forgotten(project: Project) -> None:
    out, err = said(project, "quarantine", "discard", "--code", "wrong_type", code=Exit.REFUSED)
    assert "say --yes" in err
    assert "nothing says what" in said(project, "quarantine", "discard", "--yes", code=Exit.CONFIG)[1]
    assert "1 record discarded" in said(project, "quarantine", "discard", "3", "--yes", "--reason", "a test")[0]

    (project.root / "sources" / "desk.py").write_text(
        SOURCE.replace("text: str", "model_config = {'coerce_numbers_to_str': True, 'strict': False}\n    text: str")
    )
    out, _ = said(project, "quarantine", "retry")
    assert out.splitlines()[1].split() == ["desk.notes", "1", "2", "0"]
    assert "a test" in said(project, "quarantine", "list", "--records", "--discarded")[0]
    assert "in quarantine:" not in said(project, "status")[1]


def test_a_row_is_traced(project: Project, kept: Manifest) -> None:
    out, _ = said(project, "trace", "desk.notes", "1")
    told = json.loads(said(project, "trace", "desk.notes", "1", "--json", "--no-values")[0])["result"]

    assert out.endswith('{"id": 1, "text": "one"}\n')
    assert kept.pages[0].key in out
    (row,) = told["rows"]
    assert (row["provenance"]["json"], row["loaded_at"][10], row["loaded_at"][-1]) == (None, "T", "Z")
    assert "its record is in quarantine" in said(project, "trace", "desk.notes", "2", code=Exit.CONFIG)[1]
