"""Readers who ask a thousand times a second while all is built and published again and again."""

import os
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack

from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.steps.analyze import Wishes, analyze
from minidata.steps.rollback import rollback
from readers import Row, reading

Write = Callable[..., None]

# MINIDATA_TEST_REBUILDS says how often; a hundred times shows more than ten.
REBUILDS = int(os.environ.get("MINIDATA_TEST_REBUILDS", "10"))
PAUSE = 0.001
SEEN = """
select a.n, b.n, c.n, (select n from analytics.a), (select max(n) from analytics.grown),
  (select count(*) from analytics.grown) - 1
from analytics.c, analytics.a, analytics.b
"""


def asking(query: str) -> Callable[[Database], Iterable[Row]]:
    """Return what asks *query* a thousand times a second; an empty answer is seen as one."""

    def ask(database: Database) -> Iterable[Row]:
        time.sleep(PAUSE)
        return database.rows(query) or [()]

    return ask


def write_generation(write: Write, n: int) -> None:
    # Every third time the column's type changes too, so that views are made again.
    number = f"{n}::{'numeric' if n % 3 == 0 else 'bigint'}"
    table = f"{{{{ config(materialized='table') }}}} select {number} as n"
    write(
        a=table,
        b=table.replace("table", "view"),
        c="{{ config(schema='other') }} select n from {{ ref('a') }}",
        grown="{{ config(materialized='incremental') }} select n::int as n from {{ ref('a') }}",
    )


def test_readers_see_whole_publishes_without_an_error_or_an_empty_table(
    project: Project, write: Write, owner: Database
) -> None:
    write_generation(write, 0)
    analyze(project)
    query = SEEN.replace("analytics.c", "analytics_other.c")

    with ExitStack() as readers:
        seen = [readers.enter_context(reading(project, asking(query))) for _ in range(2)]
        for n in range(1, REBUILDS + 1):
            write_generation(write, n)
            facts = analyze(project, Wishes(threads=4))
            assert (facts.exit_code, facts.published) == (Exit.DONE, True), facts.models
            if n % 4 == 0:
                rollback(project)
                analyze(project)

    rows = [row for answers in seen for row in answers]
    assert len(rows) > REBUILDS
    assert {row for row in rows if len(set(row)) != 1} == set()
    assert owner.rows(query)[0][0] == REBUILDS
