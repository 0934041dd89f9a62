"""analyze, explain, diff, rollback and prune as a shell sees them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from minidata.adapters.project import Project
from minidata.core.errors import Exit
from shell import run
from shell import run_text as minidata

Put = Callable[..., None]


@pytest.fixture
def put(project: Project) -> Put:
    """Write models by name; the database is prepared."""
    assert minidata("up").returncode == 0

    def put(**models: str) -> None:
        folder = project.root / "sql" / "models"
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in models.items():
            (folder / f"{name}.sql").write_text(text)

    return put


def lines(*arguments: str) -> list[str]:
    done = minidata(*arguments)
    assert done.returncode == 0, done.stderr
    return [" ".join(line.split()) for line in done.stdout.splitlines()]


def result(*arguments: str) -> Any:
    done = minidata(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["result"]


def test_a_change_is_explained_built_compared_published_and_taken_back(project: Project, put: Put) -> None:
    (project.root / "minidata.toml").write_text("[analyze]\nthreads = 1\nkeep_versions = 5\n")
    put(a="{{ config(materialized='table') }} select 1 as n", b="select n from {{ ref('a') }}")
    assert lines("analyze", "--explain")[1:] == ["a build table it is new", "b build view it is new"]
    assert lines("analyze")[-1].startswith("published: 1 (analytics, run ")
    put(a="{{ config(materialized='table') }} select 2 as n")

    assert lines("analyze", "--explain", "--select", "a")[1:] == ["a build table its SQL has changed"]
    assert lines("analyze", "--no-publish")[-1] == "not published: 2 models; see `minidata diff`"
    assert lines("diff", "a")[1:] == ["a differs 1 1 0", 'a: removed: {"n": 1}', 'a: added: {"n": 2}']
    assert result("diff", "a")["models"][0]["changes"]["added"] == 1
    assert lines("analyze")[-1].startswith("published: 2 ")
    assert lines("analyze", "--rollback") == ["published: 3, which is 1 again (2 models)"]
    assert lines("analyze", "--rollback", "2") == ["published: 4, which is 2 again (2 models)"]
    assert lines("query", "select n from analytics.b", "--format", "csv") == ["n", "2"]


def test_what_has_no_model_any_more_is_dropped_when_that_is_said(project: Project, put: Put) -> None:
    put(a="select 1 as n", b="select 2 as n")
    lines("analyze")
    (project.root / "sql/models/a.sql").unlink()
    said = minidata("analyze").stderr
    assert "analytics.a has no model any more; it stays as it was until `minidata analyze --prune`" in said

    assert lines("analyze", "--prune") == ["dropped: analytics.a"]
    assert lines("analyze", "--prune") == ["nothing to drop: each published view has its model"]


def test_what_did_not_pass_is_told_with_where_it_can_be_looked_at(project: Project, put: Put) -> None:
    put(a="select 5 as n")
    (project.root / "sql/tests").mkdir()
    (project.root / "sql/tests/small.sql").write_text("select * from {{ ref('a') }} where n > 3")

    done = minidata("analyze")

    assert done.returncode == Exit.TESTS
    assert "what was built can be looked at: minidata_build.a__" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rollback", "--select", "a"], "--rollback and --select contradict each other"),
        (["--prune", "--full-refresh"], "--prune and --full-refresh contradict each other"),
        (["--rollback", "--prune"], "--rollback and --prune contradict each other"),
        (["7"], "7 is a publish, and only --rollback takes one"),
        (["--select", "a", "b"], "'b' would be a publish, and only --rollback takes one"),
        (["--rollback", "b"], "'b' is no publish"),
        (["--rollback"], "nothing is published"),
        (["--select", "tag:"], "names nothing"),
    ],
)
def test_what_cannot_be_is_one_line(put: Put, arguments: list[str], said: str) -> None:
    put(a="select 1 as n")

    done = minidata("analyze", *arguments)

    assert done.returncode == Exit.CONFIG
    assert said in done.stderr.splitlines()[0]


def test_a_selector_that_selects_nothing_is_told(put: Put) -> None:
    put(a="select 1 as n")

    done = minidata("analyze", "--select", "tag:none")

    assert (done.returncode, "'tag:none' selects nothing" in done.stderr) == (0, True), done.stderr
    assert minidata("analyze", "--explain", "--exclude", "a").stdout == "there are no such models\n"


def test_what_a_model_comes_to_can_be_piped_into_query(put: Put) -> None:
    put(
        a="{{ config(materialized='table') }} select 1 as n",
        b="select n + {{ var('more', 1) }} as n from {{ ref('a') }}",
    )
    lines("analyze")
    compiled = minidata("compile", "b", "--var", "more=41").stdout

    assert compiled == 'select n + 41 as n from "analytics"."a" as "a"\n'
    assert run("query", "-", "--format", "csv", stdin=compiled.encode()).stdout == b"n\n42\n"
    assert lines("compile", "+b")[::3] == ["-- sql/models/a.sql", "-- sql/models/b.sql"]
