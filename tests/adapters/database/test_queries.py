"""Questions asked of a real Postgres: what comes back is exact, and nothing but reading is done."""

import csv
import io
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import islice

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from minidata.adapters.database.asking.queries import copy_csv, reading, stream
from minidata.adapters.database.connection import Database, connect
from minidata.core.answers import Cells, Column, MissingRelation, Question
from minidata.core.errors import ConfigError, EngineDown, EngineError, RefusedError

HOSTILE = [
    "a,b",
    "a;b",
    'a"b',
    "a\nb",
    "a\r\nb",
    "end\\",
    "NULL",
    r"\N",
    r"\.",
    "",
    "=1+1",
    "\x1b[31m",
    "\u202e",
    "\t",
    "%s",
]
CELLS = (
    st.none()
    | st.sampled_from(HOSTILE)
    | st.text(st.sampled_from(",\"'\r\n\t\\.N;%\x0b\x01\x1c\u2028é😀 "), max_size=6)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
)


@pytest.fixture
def database(database_url: SecretStr) -> Iterator[Database]:
    with connect(database_url) as opened:
        yield opened


def ask(database: Database, text: str) -> tuple[tuple[Column, ...], list[Cells]]:
    with reading(database):
        columns, rows = stream(database, Question("the query", text))
        return columns, list(rows)


def as_csv(database: Database, text: str) -> bytes:
    written = io.BytesIO()
    with reading(database):
        copy_csv(database, Question("the query", text), written.write)
    return written.getvalue()


def copied(url: SecretStr, query: str) -> bytes:
    statement = f"copy ({query}) to stdout (format csv, header)"
    with psycopg.connect(url.get_secret_value()) as plain, plain.cursor().copy(statement.encode()) as copy:
        return b"".join(copy)


@pytest.mark.parametrize(
    ("expression", "cell"),
    [
        ("date '0044-03-15 BC'", "0044-03-15 BC"),
        ("date 'infinity'", "infinity"),
        ("timestamptz '294276-12-31 23:59:59+00'", "294276-12-31 23:59:59+00"),
        ("12345678901234567890123456789012345678.90::numeric", "12345678901234567890123456789012345678.90"),
        ("'NaN'::float8", "NaN"),
        ("0.1::float8 + 0.2", "0.30000000000000004"),
        ('jsonb \'{"b": 1e2, "a": [null]}\'', '{"a": [null], "b": 100}'),
        ("array[1, null, 3]", "{1,NULL,3}"),
        (r"bytea '\x00ff'", r"\x00ff"),
        ("interval '1 year -2 days'", "1 year -2 days"),
        ("int4range(1, 5)", "[1,5)"),
        ("true", "t"),
        ("null::integer", None),
        ("''", ""),
    ],
)
def test_a_cell_is_the_text_that_postgres_writes(database: Database, expression: str, cell: str | None) -> None:
    assert ask(database, f"select {expression}")[1] == [(cell,)]


def test_columns_are_known_by_name_and_type(database: Database) -> None:
    columns, _ = ask(database, "select 1::bigint as n, 1.5::numeric(12,2) as \"a b\", 'x'::text")

    assert columns == (Column("n", "bigint"), Column("a b", "numeric(12,2)"), Column("text", "text"))
    assert [column.numeric for column in columns] == [True, True, False]


def test_a_model_with_the_name_of_a_catalog_hides_nothing(database: Database) -> None:
    database.run("create schema analytics; create view analytics.pg_roles as select 1 as n")
    database.run("create view analytics.pg_type as select 2 as n")

    with reading(database):
        columns, rows = stream(database, Question("the query", "select r.n, t.n as m from pg_roles r, pg_type t"))
        assert (columns[0].type, list(rows)) == ("integer", [("1", "2")])


def test_what_the_database_has_set_does_not_change_the_text(database_url: SecretStr) -> None:
    with psycopg.connect(database_url.get_secret_value(), autocommit=True) as owner:
        owner.execute(f'alter database "{owner.info.dbname}" set extra_float_digits = -15')
        owner.execute(f"alter database \"{owner.info.dbname}\" set bytea_output = 'escape'")
        owner.execute(f"alter database \"{owner.info.dbname}\" set timezone = 'Asia/Tokyo'")
    with connect(database_url) as database:
        _, rows = ask(database, r"select 1.5::float8 / 7, bytea '\x00', timestamptz '2025-01-01 00:00+00'")

    assert rows == [("0.21428571428571427", r"\x00", "2025-01-01 00:00:00+00")]


def test_csv_is_what_copy_writes(database: Database, database_url: SecretStr) -> None:
    query = "select i, i / 7.0 as x, nullif('c' || i, 'c3') as t, now() - now() as d from generate_series(1, 5000) i"

    assert as_csv(database, query) == copied(database_url, query)


def test_hostile_cells_come_back_from_csv(database: Database) -> None:
    values = ", ".join(f"({number}, {_literal(cell)})" for number, cell in enumerate(HOSTILE))

    text = as_csv(database, f"select cell from (values {values}) as v (number, cell) order by number").decode()

    assert [row[0] for row in csv.reader(io.StringIO(text, newline=""))] == ["cell", *HOSTILE]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.integers(1, 3).flatmap(lambda wide: st.lists(st.tuples(*[CELLS] * wide), min_size=1, max_size=5)))
def test_any_cells_come_back_by_both_ways(database: Database, rows: list[Cells]) -> None:
    lines = ", ".join(f"({', '.join('null' if cell is None else _literal(cell) for cell in row)})" for row in rows)
    query = f"select {', '.join(f'c{n}::text' for n in range(len(rows[0])))} from (values {lines}) as t "
    query += f"({', '.join(f'c{n}' for n in range(len(rows[0])))})"

    read = list(csv.reader(io.StringIO(as_csv(database, query).decode(), newline="")))

    assert ask(database, query)[1] == rows
    # Others see no difference between NULL and the empty text, and one NULL alone as an empty line.
    assert [row or [""] for row in read[1:]] == [[cell or "" for cell in row] for row in rows]


def test_null_and_the_empty_text_differ_in_csv(database: Database) -> None:
    assert as_csv(database, "select null as a, '' as b, 'NULL' as c") == b'a,b,c\n,"",NULL\n'


@pytest.mark.parametrize(
    "text",
    ["select 1 as n;", "select 1 as n ; -- ; done", "select 1 as n /* ; /* ; */ ; */;;", "-- a;b\nselect 1 as n -- ;"],
)
def test_a_semicolon_at_the_end_and_comments_are_no_matter(database: Database, text: str) -> None:
    assert as_csv(database, text) == b"n\n1\n"
    assert ask(database, text)[1] == [("1",)]


def test_a_semicolon_inside_is_a_character(database: Database) -> None:
    text = """select ';' as "a;b", $$;'$$ as c, $x$;$$;$x$ as d, E'\\';' as e;"""

    assert as_csv(database, text) == b"a;b,c,d,e\n;,;',;$$;,';\n"


def test_percent_signs_colons_and_braces_are_characters(database: Database) -> None:
    text = "select '%s %(x)s {} {0} :x' as t, 7 % 4 as m"

    assert ask(database, text)[1] == [("%s %(x)s {} {0} :x", "3")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("select 1; drop table public.kept", "more than one statement"),
        ("select 1; commit; drop table public.kept", "more than one statement"),
        ("commit", "no query"),
        ("drop table public.kept", "no query"),
        ("set role none", "no query"),
        ("copy public.kept to stdout", "no query"),
        ("do $$ begin drop table public.kept; end $$", "no query"),
        ("select 1 into public.kept2", "no query"),
        ("", "no query"),
        ("-- nothing", "no query"),
        ("select 1) to stdout; drop table public.kept; copy (select 1", "syntax error"),
        ("select $1::int", "parameters"),
        ("select 'a\0b'", "NUL"),
        ("select '\udcff'", "UTF-8"),
        ("select 1 / 0", "division by zero"),
        ("select 'x'::int", "invalid input syntax"),
        ("select nope", "nope"),
    ],
)
def test_what_is_no_single_query_is_one_clear_error(database: Database, text: str, told: str) -> None:
    database.run("create table public.kept ()")

    for way in (ask, as_csv):
        with pytest.raises(ConfigError, match=told):
            way(database, text)
    assert database.one("select to_regclass('public.kept') is not null, to_regclass('public.kept2')") == (True, None)


@pytest.mark.parametrize(
    "text",
    [
        "insert into public.kept values (1) returning 1",
        "with gone as (delete from public.kept returning 1) select * from gone",
        "select nextval('public.counter')",
        "select * from public.kept for update",
        "select lo_create(0)",
    ],
)
def test_what_would_write_is_refused(database: Database, text: str) -> None:
    database.run("create table public.kept (n int)")
    database.run("create sequence public.counter")

    for way in (ask, as_csv):
        with pytest.raises(RefusedError, match="read-only transaction"):
            way(database, text)


@pytest.mark.every_postgres
def test_what_a_server_lets_through_is_undone(database: Database) -> None:
    """Before Postgres 16 large objects may be made in a transaction that only reads."""
    for way in (ask, as_csv):
        with suppress(RefusedError):
            way(database, "select lo_create(0), set_config('search_path', 'pg_temp', false)")

    assert database.one("select count(*) from pg_largeobject_metadata") == (0,)
    assert database.one("show search_path") != ("pg_temp",)


def test_an_error_names_its_file_and_line(database: Database) -> None:
    question = Question("report r", "-- title: r\n\nselect 1,\n  nope\n", "sql/reports/r.sql")

    with pytest.raises(ConfigError, match=r"^report r: .*nope.* \(sql/reports/r\.sql:4\)$"), reading(database):
        stream(database, question)


def test_a_missing_relation_is_told_by_its_name(database: Database) -> None:
    with pytest.raises(MissingRelation) as caught:
        ask(database, 'select * from analytics."Not there" n')

    assert caught.value.relation == 'analytics."Not there"'


@pytest.fixture
def deadline(database: Database, database_url: SecretStr) -> Iterator[None]:
    """End the database's session when the test takes too long: it fails then, where it would hang."""

    def end() -> None:
        with psycopg.connect(database_url.get_secret_value(), autocommit=True) as owner:
            owner.execute("select pg_terminate_backend(%s)", [database.connection.info.backend_pid])

    timer = threading.Timer(20, end)
    timer.start()
    yield
    timer.cancel()


# Its first rows are there at once, its last would take hours.
SLOW = "select n, pg_sleep(case when n > 2000 then 0.01 else 0 end) from generate_series(1, 10000000) as n"


@pytest.mark.usefixtures("deadline")
def test_rows_left_early_leave_the_connection_fit(database: Database) -> None:
    with reading(database):
        _, rows = stream(database, Question("the query", SLOW))
        with closing(rows):
            assert list(islice(rows, 3)) == [("1", ""), ("2", ""), ("3", "")]

    assert database.one("select 1") == (1,)


@pytest.mark.usefixtures("deadline")
def test_a_csv_whose_reader_leaves_leaves_the_connection_fit(database: Database) -> None:
    def leave(_piece: memoryview) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError), reading(database):
        copy_csv(database, Question("the query", SLOW), leave)

    assert database.one("select 1") == (1,)


def test_an_error_after_many_rows_is_an_error(database: Database) -> None:
    text = "select 1 / (100000 - i) from generate_series(1, 200000) i"

    for way in (ask, as_csv):
        with pytest.raises(ConfigError, match="division by zero"):
            way(database, text)


def test_a_database_that_goes_away_is_told(database: Database, database_url: SecretStr) -> None:
    def pull_the_plug(_piece: memoryview) -> None:
        with psycopg.connect(database_url.get_secret_value(), autocommit=True) as owner:
            owner.execute("select pg_terminate_backend(%s)", [database.connection.info.backend_pid])

    question = Question("the query", "select repeat('x', 1000) from generate_series(1, 1000000)")
    with pytest.raises(EngineError) as caught, reading(database):
        copy_csv(database, question, pull_the_plug)

    assert isinstance(caught.value, EngineDown) or "terminat" in str(caught.value)


def test_questions_of_one_reading_see_one_state(database: Database, database_url: SecretStr) -> None:
    database.run("create table public.t as select 1 as n")
    with reading(database):
        _, before = stream(database, Question("the query", "select * from public.t"))
        list(before)
        with psycopg.connect(database_url.get_secret_value(), autocommit=True) as other:
            other.execute("insert into public.t values (2)")
        _, after = stream(database, Question("the query", "select * from public.t"))

        assert list(after) == [("1",)]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
