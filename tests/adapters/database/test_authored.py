"""SQL that a person wrote, run on a real Postgres."""

from collections.abc import Iterator

import pytest
from psycopg import sql
from pydantic import SecretStr

from minidata.adapters.database.authored import Authored, execute, limited
from minidata.adapters.database.connection import Database, connect
from minidata.core.errors import ConfigError, EngineError, LockedError
from minidata.core.places import Place

SELECT = sql.SQL("select * from (")


@pytest.fixture
def database(database_url: SecretStr) -> Iterator[Database]:
    with connect(database_url, lock_timeout=0.05) as database:
        database.run("create table public.kept as select 1 as n")
        yield database


def run(database: Database, text: str, *, seconds: float = 0) -> list[tuple[object, ...]]:
    query = Authored("model x", text, Place("x.sql"))
    with limited(database, seconds):
        return execute(database, query, query.within(SELECT, ") as x")).fetchall()


@pytest.mark.parametrize(
    "text", ["select 1) as x; drop table public.kept; select * from (select 1", "select 1; commit"]
)
def test_a_second_statement_never_runs(database: Database, text: str) -> None:
    with pytest.raises(ConfigError, match=r"multiple commands|syntax error"):
        run(database, text)

    assert database.rows("select n from public.kept") == [(1,)]


def test_a_comment_at_the_end_does_not_reach_what_follows(database: Database) -> None:
    assert run(database, "select '%s {}' as x -- the end") == [("%s {}",)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("select 1 as n,\n  nope", 'model x: column "nope" does not exist (x.sql:2)'),
        ("select 'é😀',\n\n nope", 'model x: column "nope" does not exist (x.sql:3)'),
        ("select 1 / (n - 1) from public.kept", "model x: division by zero (x.sql)"),
        ("select 'abc'::text::int", 'model x: invalid input syntax for type integer: "abc" (x.sql)'),
        ("select * from public.gone", 'model x: relation "public.gone" does not exist (x.sql:1)'),
    ],
)
def test_a_mistake_in_the_text_names_its_line(database: Database, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        run(database, text)

    assert str(caught.value) == said


def test_a_missing_privilege_is_no_mistake_of_the_text(database: Database) -> None:
    database.run("set role pg_monitor")

    with pytest.raises(EngineError, match="permission denied for table kept"):
        run(database, "select * from public.kept")


def test_a_query_may_take_only_so_long(database: Database) -> None:
    with pytest.raises(EngineError, match="statement timeout"):
        run(database, "select pg_sleep(60)", seconds=0.05)


def test_a_lock_that_others_hold_is_told_as_such(database: Database, database_url: SecretStr) -> None:
    with connect(database_url) as other, other.transaction():
        other.run("lock table public.kept in access exclusive mode")

        with pytest.raises(LockedError):
            run(database, "select * from public.kept")
