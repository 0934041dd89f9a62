"""fixture: what is cut out of a table comes back out of a unit test as it was."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.types.json import Json, Jsonb

from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.testing.fixtures import read_rows, values
from minidata.core.yamltext import read_yaml
from minidata.steps.fixture import fixture

TYPES = {
    "id": "bigint",
    "small": "smallint",
    "whole": "integer",
    "price": "numeric(12,2)",
    "exact": "numeric",
    "float": "double precision",
    "is": "boolean",
    "text": "text",
    "short": "character varying(4)",
    "fixed": "character(3)",
    "day": "date",
    "at": "timestamp with time zone",
    "local": "timestamp without time zone",
    "span": "interval",
    "bytes": "bytea",
    "tags": "text[]",
    "bag": "jsonb",
    "raw": "json",
    'Odd "name': "uuid",
}
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
AWARE = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.timezones())  # noqa: DTZ001 - they get one
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "small": st.integers(-(2**15), 2**15 - 1),
    "whole": st.integers(-(2**31), 2**31 - 1),
    "price": st.decimals(-(10**9), 10**9, places=2),
    "exact": st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from([Decimal("1.500"), Decimal("NaN")]),
    "float": st.floats(),
    "is": st.booleans(),
    "text": TEXTS
    | st.sampled_from(["", " ", "null", "1", "no", "2024-01-01", "a\nb", "\r", "- x", "{{ x }}", "'", "\\", "#"]),
    "short": st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=4),
    "fixed": st.text("abc", max_size=3),
    "day": st.dates(),
    "at": AWARE | st.just("infinity"),
    "local": st.datetimes(),
    "span": st.timedeltas(),
    "bytes": st.binary(),
    "tags": st.lists(TEXTS),
    "bag": st.recursive(st.none() | st.booleans() | st.integers() | TEXTS, st.lists, max_leaves=3).map(Jsonb),
    "raw": st.dictionaries(TEXTS, st.floats(allow_nan=False, allow_infinity=False)).map(Json),
    'Odd "name': st.uuids(),
}
ROWS = st.lists(st.fixed_dictionaries({name: st.none() | one for name, one in VALUES.items()}), max_size=3)


@pytest.fixture
def table(owner: Database) -> Callable[[list[dict[str, Any]]], None]:
    """Fill the table odd.kinds with rows."""
    columns = ", ".join('"{}" {}'.format(name.replace('"', '""'), kind) for name, kind in TYPES.items())
    owner.run("create schema odd")
    owner.run(f"create table odd.kinds ({columns}, _object bigint, _record int, primary key (id))")
    owner.run("grant usage on schema odd to minidata_analyst")
    owner.run("grant select on all tables in schema odd to minidata_analyst")

    def table(rows: list[dict[str, Any]]) -> None:
        owner.run("truncate odd.kinds")
        names = sql.SQL(", ").join(map(sql.Identifier, ["id", *VALUES]))
        marks = sql.SQL(", ").join([sql.Placeholder()] * (len(VALUES) + 1))
        insert = sql.SQL("insert into odd.kinds ({}) values ({})").format(names, marks)
        for number, row in enumerate(rows):
            owner.run(insert, [number, *(row[name] for name in VALUES)])

    return table


@pytest.mark.parametrize("form", ["yaml", "sql", "csv"])
def test_values_and_types_come_back_exactly(
    project: Project, table: Callable[[list[dict[str, Any]]], None], owner: Database, form: str
) -> None:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(ROWS)
    def check(rows: list[dict[str, Any]]) -> None:
        table(rows)
        cells = sql.SQL(", ").join(
            sql.SQL("{0}::text, pg_typeof({0})::text").format(sql.Identifier(name)) for name in TYPES
        )
        stored = owner.rows(sql.SQL("select {} from odd.kinds order by id").format(cells))

        try:
            facts = fixture(project, "odd.kinds", form=form)
        except ConfigError:
            assert form == "csv"
            assert any(cell == "" for row in stored for cell in row)
            return

        (entry,) = read_yaml("given:\n" + facts.text, "units.yml").entries("given")
        found = read_rows(entry, {})
        assert found is not None
        query = found.sql or values(found, TYPES, "kinds")
        again = owner.rows(sql.SQL("select {} from ({}) x order by id").format(cells, sql.SQL(query)))
        assert again == stored

    check()


def test_it_is_ready_to_stand_among_what_is_given(project: Project, owner: Database) -> None:
    owner.run("create schema shop")
    owner.run(
        "create table shop.orders (id int primary key, total numeric(8,2), status text, _object int, _record int)"
    )
    owner.run("grant usage on schema shop to minidata_analyst")
    owner.run("grant select on all tables in schema shop to minidata_analyst")
    owner.run("insert into shop.orders values (3, 2.5, 'it''s new'), (1, 10, null), (2, 7, 'null')")

    assert fixture(project, "shop.orders", rows=2).text == (
        "- input: source('shop', 'orders')\n"
        "  rows:\n"
        "    - {id: 1, total: '10.00', status: null}\n"
        "    - {id: 2, total: '7.00', status: 'null'}\n"
    )
    assert fixture(project, "shop.orders", where="total < 5", form="csv").text == (
        "- input: source('shop', 'orders')\n  format: csv\n  rows: |\n    id,total,status\n    3,2.50,it's new\n"
    )
    assert fixture(project, "shop.orders", rows=1, form="sql").text == (
        "- input: source('shop', 'orders')\n"
        "  format: sql\n"
        "  rows: |\n"
        "    select * from (values (cast('1' as integer), cast('10.00' as numeric(8,2)), cast(null as text)))"
        ' as given ("id", "total", "status")\n'
    )


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("shop.orders", {}, "shop.orders is not there"),
        ("orders", {}, "unknown model 'orders'"),
        ("odd.kinds", {"form": "xml"}, "unknown format 'xml'"),
        ("odd.kinds", {"where": "true); drop table odd.kinds"}, "--where: the SQL cannot be read"),
        ("odd.kinds", {"where": "true; select 1"}, "--where: there is more than one statement"),
        ("odd.kinds", {"where": "nope > 1"}, 'the condition: column "nope" does not exist (--where:1)'),
        ("odd.kinds", {"where": "nextval('s') > 1"}, 'the condition: relation "s" does not exist (--where:1)'),
    ],
)
@pytest.mark.usefixtures("table")
def test_what_cannot_be_cut_is_refused(project: Project, name: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises((ConfigError, UnknownName)) as caught:
        fixture(project, name, **options)

    assert str(caught.value).startswith(said)
