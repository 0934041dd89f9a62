"""Tests run: how many rows break a rule, and the first of them kept where a person can look at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from minidata.adapters.database.authored import Authored, execute, limited
from minidata.adapters.database.connection import Database, translated
from minidata.core.errors import ConfigError
from minidata.core.testing.configuring import DataTestConfig

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
# Whoever makes or fills the table does it alone, until the transaction ends.
_ALONE = "select pg_advisory_xact_lock(hashtext('minidata.test_failure'))"


@dataclass(frozen=True)
class Judged:
    """What was computed over the rows that break a rule, how that compares, and the first of the rows, as JSON."""

    failures: int
    should_warn: bool
    should_error: bool
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What is kept of a test that failed."""

    test: str
    about: str
    severity: str
    query: str
    failures: int
    rows: tuple[str, ...]


def judge(database: Database, query: Authored, config: DataTestConfig, *, keep: int, timeout: float) -> Judged:
    """
    Run one test as *config* says; of the rows that break its rule return the first, *keep* of them.

    Raises ConfigError when the query is at fault, naming file and line, EngineError when Postgres is.
    """
    limit = sql.SQL(" limit {}").format(sql.Literal(config.limit)) if config.limit is not None else sql.SQL("")
    with limited(database, timeout):
        begin = sql.SQL("select {} from (select * from (").format(_computed(config))
        counting = query.within(begin, ") as failing") + limit + sql.SQL(") as dbt_internal_test")
        row = execute(database, query, counting).fetchone() or (None, None, None)
        if row[0] is None:
            raise ConfigError(
                f"{query.what}: {config.fail_calc} is null ({query.place})", hint="write coalesce(…, 0) around it"
            )
        judged = Judged(int(row[0]), _is_true(row[1]), _is_true(row[2]))
        if not keep or not (judged.should_warn or judged.should_error):
            return judged
        kept = keep if config.limit is None else min(keep, config.limit)
        showing = query.within(sql.SQL("select to_jsonb(failing)::text from ("), ") as failing limit ")
        rows = execute(database, query, showing + sql.Literal(kept)).fetchall()
        return Judged(judged.failures, judged.should_warn, judged.should_error, tuple(row for (row,) in rows))


def _computed(config: DataTestConfig) -> sql.Composed:
    """Return the number, and the two comparisons with it."""
    # Read by core/testing/configuring as pieces of SQL that end nothing; braces and percent signs are only characters.
    calc, warn, error = (sql.SQL(text) for text in (config.fail_calc, config.warn_if, config.error_if))
    return sql.SQL("{calc}, {calc} {warn}, {calc} {error}").format(calc=calc, warn=warn, error=error)


def _is_true(value: Any) -> bool:
    return value is True or (isinstance(value, int) and value != 0)


def keep_evidence(database: Database, run: str, evidence: Sequence[Evidence]) -> None:
    """Keep the rows that broke rules in *run*; of each test that failed only those of its last failing run stay."""
    if not any(one.rows for one in evidence):
        return
    insert = sql.SQL(
        "insert into minidata.test_failure (run, test, about, severity, failures, query, row)"
        " values (%s, %s, %s, %s, %s, %s, %s)"
    )
    with database.transaction():
        database.run(_ALONE)
        database.run(_DDL)
        database.run("delete from minidata.test_failure where test = any(%s)", [[one.test for one in evidence]])
        with translated(), database.connection.cursor() as cursor:
            for one in evidence:
                told = (run, one.test, one.about, one.severity, one.failures, one.query)
                cursor.executemany(insert, [(*told, row) for row in one.rows])
