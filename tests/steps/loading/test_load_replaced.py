"""replace: a Run that would leave too little is left out, told, and keeps nothing else from being loaded."""

from typing import Any

import pytest

from loading import put_run, rows, run_sql
from minidata.adapters.project import Project
from minidata.core.errors import EngineError, Exit
from minidata.steps.load import load
from minidata.steps.up import up
from shell import run_text

STOCK = """
from minidata import Row, Source, Stream

class Thing(Row):
    id: int

source = Source("depot", "http://127.0.0.1:1", [
    Stream("stock", "/stock", Thing, "id", mode="replace"),
    Stream("visits", "/visits", Thing),
])
"""
SHRINKS = "a run of depot.stock has 4 rows, the table has 10: less than half would be left"


def things(many: int) -> list[list[dict[str, Any]]]:
    """Two pages of things."""
    return [[{"id": number} for number in range(first, many, 2)] for first in range(2)]


@pytest.fixture
def depot(project: Project) -> Project:
    """A depot with ten things in stock."""
    (project.root / "sources").mkdir()
    (project.root / "sources" / "depot.py").write_text(STOCK)
    up(project)
    put_run(project, "depot.stock", things(10))
    load(project, project.sources)
    return project


def stock(project: Project) -> int:
    ((many,),) = rows(project, "select count(*) from depot.stock")
    return int(many)


def test_a_run_that_shrinks_a_table_is_told_and_everything_else_is_loaded(depot: Project) -> None:
    put_run(depot, "depot.stock", things(4), number=1)
    put_run(depot, "depot.visits", [[{"id": 1}]])

    done = load(depot, depot.sources)

    assert done.exit_code == Exit.REFUSED
    assert [(one.stream, one.objects, len(one.shrinks)) for one in done.streams] == [("stock", 0, 1), ("visits", 1, 0)]
    assert (stock(depot), rows(depot, "select id from depot.visits")) == (10, [(1,)])


def test_what_it_says_mends_it(depot: Project) -> None:
    run = put_run(depot, "depot.stock", things(4), number=1).run

    refused = run_text("load", cwd=depot.root)
    taken = run_text("load", "--allow-shrink", cwd=depot.root)

    assert (refused.returncode, refused.stderr.splitlines()) == (
        Exit.REFUSED,
        [
            f"error: {SHRINKS} (run {run})",
            "hint: look at that run; if it is right, `minidata load --allow-shrink` takes it",
        ],
    )
    assert (taken.returncode, taken.stderr, stock(depot)) == (Exit.DONE, "", 4)


def test_before_a_run_that_shrinks_the_one_before_it_is_taken(depot: Project) -> None:
    """As it is when each is loaded as soon as it is there."""
    for number, many in enumerate((9, 8, 1), start=1):
        put_run(depot, "depot.stock", things(many), number=number)

    for _ in range(2):
        assert load(depot, depot.sources).exit_code == Exit.REFUSED
        assert stock(depot) == 8


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_without_pages_empties_a_table_only_when_that_is_wanted(depot: Project, workers: int) -> None:
    put_run(depot, "depot.stock", [], number=1)

    for _ in range(2):
        assert load(depot, depot.sources, workers=workers).exit_code == Exit.REFUSED
        assert stock(depot) == 10
    assert load(depot, depot.sources, workers=workers, allow_shrink=True).streams[0].runs == 1
    assert stock(depot) == 0
    assert load(depot, depot.sources, workers=workers).nothing_new


def test_a_table_of_somebodys_that_leads_to_rows_is_told_and_may_lead_to_those_that_come_again(depot: Project) -> None:
    run_sql(
        depot,
        "create table public.mine (id bigint constraint leads_there references depot.stock)",
        "insert into public.mine values (1)",
    )
    put_run(depot, "depot.stock", things(9), number=1)

    with pytest.raises(EngineError, match="violates foreign key constraint") as caught:
        load(depot, depot.sources)

    assert (stock(depot), caught.value.exit_code) == (10, Exit.ENGINE)
    mend = caught.value.hint.rpartition(": ")[2]
    run_sql(depot, mend.replace("table …", "table public.mine").replace("constraint …", "constraint leads_there"))
    assert load(depot, depot.sources).exit_code == Exit.DONE
    assert stock(depot) == 9
