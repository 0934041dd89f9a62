"""A person's query on a real Postgres: only read, exact, streamed, ended in time."""

import csv as python_csv
import io
import json
import resource
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from pydantic import SecretStr

from minidata.adapters.database.connection import READER, Database, connect
from minidata.adapters.database.queries import NotPublished, asking
from minidata.adapters.database.scripts import run_script
from minidata.core.errors import ConfigError, EngineError, MinidataError, RefusedError
from minidata.core.formats.documents import json_lines
from minidata.core.formats.texts import csv

INIT = Path(__file__).parents[2] / "sql" / "init.sql"
DEADLINE = 20.0
ON_POSTGRES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
HOSTILE = (
    st.none()
    | st.text(st.sampled_from(",\"'\r\n\t\\.N;\x0b\x0c\x01\x1c\u2028é😀 "), max_size=6)
    | st.sampled_from(["\\.", "\\N", "NULL", ""])
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
)


@pytest.fixture(scope="module")
def url(postgres: str) -> Iterator[SecretStr]:
    """A database with one published table, which nobody may change."""
    head, _, tail = postgres.partition("/postgres?")
    with connect(SecretStr(postgres)) as owner:
        owner.run("create database test_queries")
        yield SecretStr(f"{head}/test_queries?{tail}")
        owner.run("drop database test_queries with (force)")


@pytest.fixture(scope="module")
def _prepared(url: SecretStr) -> None:
    with connect(url) as owner:
        run_script(owner, INIT.read_text(), name="init.sql")
        owner.run("create table analytics.kept as select 1 as n")
        owner.run("grant select on analytics.kept to minidata_reader")


@pytest.fixture
def database(url: SecretStr, _prepared: None) -> Iterator[Database]:
    with connect(url) as database:
        yield database


def answer(database: Database, text: str) -> list[tuple[str | None, ...]]:
    with asking(database, text, where="query") as question:
        return list(question.rows())


def as_json(database: Database, text: str) -> Any:
    with asking(database, text, where="query") as question:
        lines = list(json_lines(question.columns, question.rows()))
    assert all(line.count("\n") == 1 for line in lines)
    return [json.loads(line, parse_float=Decimal) for line in lines]


def literal(rows: list[tuple[str | None, ...]]) -> str:
    """Return a query that answers these *rows* of text."""
    lines = [sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, row))) for row in rows]
    names = sql.SQL(", ").join(
        sql.SQL("c{}::text as {}").format(sql.SQL(str(n)), sql.Identifier(name))
        for n, name in enumerate(NAMES[: len(rows[0])])
    )
    given = sql.SQL(", ").join(sql.SQL(f"c{n}") for n in range(len(rows[0])))
    return sql.SQL("select {} from (values {}) as t ({})").format(names, sql.SQL(", ").join(lines), given).as_string()


NAMES = ['a,"b', "é\n", "plain"]
TABLES = st.integers(1, 3).flatmap(lambda wide: st.lists(st.tuples(*[HOSTILE] * wide), min_size=1, max_size=6))


# -- exactness --------------------------------------------------------------------------------------------------------


@ON_POSTGRES
@given(rows=TABLES)
def test_rows_are_what_was_asked_for(database: Database, rows: list[tuple[str | None, ...]]) -> None:
    assert answer(database, literal(rows)) == rows


@ON_POSTGRES
@given(rows=TABLES)
def test_our_csv_is_that_of_postgres(database: Database, rows: list[tuple[str | None, ...]]) -> None:
    text = literal(rows)
    with asking(database, text, where="query") as question:
        theirs = b"".join(question.csv())
    with asking(database, text, where="query") as question:
        ours = "".join(csv(question.columns, question.rows())).encode()

    assert ours == theirs


@ON_POSTGRES
@given(rows=TABLES)
def test_csv_is_read_back_by_others(database: Database, rows: list[tuple[str | None, ...]]) -> None:
    with asking(database, literal(rows), where="query") as question:
        text = b"".join(question.csv()).decode()

    read = list(python_csv.reader(io.StringIO(text, newline="")))
    # Others see no difference between NULL and "", and a line of one NULL as an empty one.
    wanted = [[cell or "" for cell in row] for row in rows]
    assert read[0] == NAMES[: len(rows[0])]
    assert [row or [""] for row in read[1:]] == wanted


def test_null_and_empty_and_their_lookalikes_are_four_texts_in_csv(database: Database) -> None:
    with asking(database, r"select null::text as a, '' as b, 'NULL' as c, '\N' as d", where="query") as question:
        assert list(question.csv()) == [b"a,b,c,d\n", b',"",NULL,\\N\n']


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("12345678901234567890123456789012345678::numeric", 12345678901234567890123456789012345678),
        ("0.10::numeric", Decimal("0.10")),
        ("9007199254740993::bigint", 9007199254740993),
        ("1e100::float8", Decimal("1e100")),
        ("0.1::real", Decimal("0.1")),
        ("'NaN'::float8", "NaN"),
        ("'-Infinity'::numeric", "-Infinity"),
        ("true", True),
        ("null::boolean", None),
        ("'0044-03-15 BC'::date", "0044-03-15 BC"),
        ("'infinity'::date", "infinity"),
        ("'294276-12-31 23:59:59Z'::timestamptz", "294276-12-31 23:59:59+00"),
        ("interval '1 year -2 days 3 seconds'", "1 year -2 days +00:00:03"),
        (r"'\x00ff'::bytea", "\\x00ff"),
        ("array[1, null]", "{1,NULL}"),
        ("array['a\"b', '']", '{"a\\"b",""}'),
        ("""'{"a": [1.10, "\\u2028|\u2028|\\n"]}'::jsonb""", {"a": [Decimal("1.10"), "\u2028|\u2028|\n"]}),
        ("'[1,\n\t2\r\n]'::json", [1, 2]),
        ("int4range(1, 3)", "[1,3)"),
    ],
)
def test_json_gives_back_what_postgres_holds(database: Database, expression: str, found: Any) -> None:
    assert as_json(database, f"select {expression} as x") == [{"x": found}]


def test_a_domain_is_what_it_is_made_of(database: Database) -> None:
    database.run("create domain public.euro as numeric check (value > 0)")

    assert as_json(database, "select 1.50::public.euro as x") == [{"x": Decimal("1.50")}]


def test_a_model_called_pg_type_hides_nothing(database: Database) -> None:
    database.run("create view analytics.pg_type as select 1 as n")

    assert as_json(database, "select n from pg_type") == [{"n": 1}]


# -- what may be written ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "select '%s %(x)s %%' as v, 7 % 4 as n",
        "select '{}{0}{x}' as v, 3 as n;",
        "select $$;'$$ as v, 3 as n -- ; at the end",
        "select ':x' as v, 3 as n /* /* nested */ ; */ ;\n\n",
        "select 'a' as v, 3 as n; -- done; really",
        "select e'\\';' as v, 3 as n;;",
        "\ufeffselect 'é😀' as v,\r\n 3 as n",
        "(select 'a' as v, 3 as n)",
        "-- first\nvalues ('v', 3)",
        "with a as (select 'a' as v, 3 as n) table a",
    ],
)
def test_a_query_is_passed_as_it_is(database: Database, text: str) -> None:
    with asking(database, text, where="query") as question:
        assert [row[1] for row in question.rows()] == ["3"]


@pytest.mark.parametrize(
    "text",
    [
        "select 1; select 2",
        "select 1 as n) to stdout; drop table analytics.kept; --",
        "select 1) to program 'touch /tmp/x'; --",
        "commit",
        "drop table analytics.kept",
        "insert into analytics.kept values (2) returning n",
        "with gone as (delete from analytics.kept returning n) select * from gone",
        "select * from analytics.kept for update",
        "select n into analytics.more from analytics.kept",
        "do $$ begin delete from analytics.kept; end $$",
        "copy analytics.kept to program 'true'",
        "copy (select 1) to stdout",
        "select set_config('transaction_read_only', 'off', true)",
        "set role none",
        "explain analyze delete from analytics.kept",
        "show all",
        "select $1",
        "select 'no end",
        "",
        " \n",
        "-- nothing",
        ";",
        "select '\0'",
    ],
)
def test_what_is_no_query_is_refused_and_changes_nothing(database: Database, text: str) -> None:
    with pytest.raises((ConfigError, RefusedError), match=r"\Aquery(:1)?: .*\Z"):
        answer(database, text)

    assert database.rows("select n from analytics.kept") == [(1,)]
    assert database.rows("select 1 from pg_class where relname = 'more'") == []


def test_what_would_write_is_refused(database: Database) -> None:
    with pytest.raises(RefusedError, match="a query only reads; cannot execute INSERT in a read-only transaction"):
        answer(database, "insert into analytics.kept values (2) returning n")


def test_what_a_query_sets_ends_with_it(database: Database) -> None:
    answer(database, "select set_config('role', 'minidata_reader', false), set_config('datestyle', 'german', false)")

    assert database.rows("select current_user = session_user, current_setting('datestyle')") == [(True, "ISO, YMD")]


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("select 1\n\nfrm kept", ConfigError, 'q.sql:3: syntax error at or near "kept"'),
        ("\r\nselect 'é😀',\r\n nope from kept", ConfigError, 'q.sql:3: column "nope" does not exist'),
        ("select *\nfrom keptt", NotPublished, 'q.sql:2: relation "keptt" does not exist'),
        ("select *\nfrom shop.orders", NotPublished, 'q.sql:2: relation "shop.orders" does not exist'),
        ("select k.n\nfrom kept", ConfigError, 'q.sql:1: missing FROM-clause entry for table "k"'),
        ("select 1 / n - 1 / (n - n) from kept", ConfigError, "q.sql: division by zero"),
        ("select 'x'::text::int", ConfigError, 'q.sql: invalid input syntax for type integer: "x"'),
    ],
)
def test_an_error_names_its_place(database: Database, text: str, kind: type[MinidataError], message: str) -> None:
    with pytest.raises(kind) as caught, asking(database, text, where="q.sql") as question:
        list(question.rows())

    assert (type(caught.value), str(caught.value)) == (kind, message)


def test_a_lost_connection_is_no_fault_of_the_query(url: SecretStr, database: Database) -> None:
    with connect(url) as lost, asking(lost, "select 1", where="query") as question:
        database.run("select pg_terminate_backend(%s, 5000)", [lost.connection.info.backend_pid])
        with pytest.raises(EngineError, match="terminating connection"):
            list(question.rows())


@pytest.mark.parametrize(
    "text", ["select * from secret.orders", "select * from minidata.publish", "select 1 from pg_authid"]
)
def test_a_reader_reads_what_is_published_and_nothing_else(url: SecretStr, database: Database, text: str) -> None:
    database.run("create schema if not exists secret")
    database.run("create table if not exists secret.orders ()")
    database.run("create table if not exists minidata.publish ()")

    with connect(url, role=READER) as reader:
        assert answer(reader, "select n from kept") == [("1",)]
        with pytest.raises(EngineError, match=r"\Aquery.*: permission denied for"):
            answer(reader, text)


# -- the stream -------------------------------------------------------------------------------------------------------

# The first rows are there at once, the last ones would take an hour.
ENDLESS = "select n, pg_sleep(case when n > 1000 then 0.01 else 0 end) from generate_series(1, 1000000) as n"


class Full:
    """A stdout whose reader goes away after the first line."""

    def __init__(self) -> None:
        self.lines = 0

    def write(self, data: bytes) -> int:
        self.lines += 1
        if self.lines > 1:
            raise BrokenPipeError
        return len(data)


def in_time(done: threading.Thread) -> bool:
    done.start()
    done.join(DEADLINE)
    return not done.is_alive()


@pytest.mark.parametrize("form", ["csv", "rows"])
def test_a_reader_who_has_had_enough_ends_the_query_at_once(database: Database, form: str) -> None:
    caught: list[BaseException] = []

    def read() -> None:
        file = Full()
        try:
            with asking(database, ENDLESS, where="query") as question:
                for item in question.csv() if form == "csv" else question.rows():
                    file.write(repr(item).encode())
        except BrokenPipeError as exc:
            caught.append(exc)

    assert in_time(threading.Thread(target=read, daemon=True))
    assert len(caught) == 1
    # The connection is free again, and out of its transaction.
    assert answer(database, "select n from kept") == [("1",)]
    assert database.rows("select now() = statement_timestamp()") == [(True,)]


def test_a_reader_may_stop_without_a_word(database: Database) -> None:
    def read() -> None:
        with asking(database, ENDLESS, where="query") as question:
            next(iter(question.rows()))

    assert in_time(threading.Thread(target=read, daemon=True))
    assert answer(database, "select n from kept") == [("1",)]


def test_an_error_after_the_first_rows_is_told(database: Database) -> None:
    text = "select 1 / (5000 - n) from generate_series(1, 10000) as n"

    with pytest.raises(ConfigError, match="query: division by zero"), asking(database, text, where="query") as question:
        for _ in question.rows():
            pass


def test_many_rows_take_no_more_memory_than_few(database: Database) -> None:
    text = "select n, repeat('x', 400) as text from generate_series(1, 300000) as n"
    with asking(database, "select 1", where="query") as question:
        list(question.rows())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with asking(database, text, where="query") as question:
        count = sum(1 for _ in question.csv()) - 1
    with asking(database, text, where="query") as question:
        count += sum(1 for _ in question.rows())

    # 120 MB went by, twice.
    assert count == 600_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000
