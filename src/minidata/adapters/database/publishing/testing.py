"""Tests run: how many rows break a rule, and the first of them kept where a person can look at them."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from minidata.adapters.database.authored import Authored, count_of, execute, limited
from minidata.adapters.database.connection import Database, translated

_DDL = """
create table if not exists minidata.test_failure (
  id bigint generated always as identity primary key,
  run text not null,
  test text not null,
  about text not null,
  severity text not null,
  failures bigint not null,
  query text not null,
  "row" jsonb not null,
  tested_at timestamptz not null default now()
);
create index if not exists test_failure_test on minidata.test_failure (test);
comment on table minidata.test_failure is 'Rows that broke a rule, the first of each test, from its last failing run.';
"""


@dataclass(frozen=True)
class Failing:
    """How many rows break a rule, and the first of them, as JSON."""

    count: int
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Evidence:
    """What is kept of a test that failed."""

    test: str
    about: str
    severity: str
    query: str
    failing: Failing


def failing_rows(database: Database, query: Authored, *, keep: int, timeout: float) -> Failing:
    """
    Run one test; of the rows that break its rule return the number, and *keep* of them.

    Raises ConfigError when the query is at fault, naming file and line, EngineError when Postgres is.
    """
    with limited(database, timeout):
        counting = query.within(sql.SQL("select count(*) from ("), ") as failing")
        count = count_of(execute(database, query, counting))
        if not count or not keep:
            return Failing(count, ())
        showing = query.within(sql.SQL("select to_jsonb(failing)::text from ("), ") as failing limit ")
        rows = execute(database, query, showing + sql.Literal(keep)).fetchall()
        return Failing(count, tuple(row for (row,) in rows))


def keep_evidence(database: Database, run: str, evidence: Sequence[Evidence]) -> None:
    """Keep the rows that broke rules in *run*; of each test that failed only those of its last failing run stay."""
    if not evidence:
        return
    insert = sql.SQL(
        "insert into minidata.test_failure (run, test, about, severity, failures, query, row)"
        " values (%s, %s, %s, %s, %s, %s, %s)"
    )
    with database.transaction():
        database.run(_DDL)
        database.run("delete from minidata.test_failure where test = any(%s)", [[one.test for one in evidence]])
        with translated(), database.connection.cursor() as cursor:
            for one in evidence:
                told = (run, one.test, one.about, one.severity, one.failing.count, one.query)
                cursor.executemany(insert, [(*told, row) for row in one.failing.rows])
