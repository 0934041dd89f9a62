"""Rows that are written down: their formats, and how each value stands in SQL."""

from typing import Any

import pytest

from minidata.core.dialect.jinja import SqlFile
from minidata.core.errors import ConfigError
from minidata.core.places import Place
from minidata.core.testing.fixtures import Rows, empty, read_csv, read_rows, values
from minidata.core.yamltext import read_yaml

HERE = Place("a.yml", 3)


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        (None, "text", "cast(null as text)"),
        (1, "bigint", "cast(1 as bigint)"),
        (-1, "bigint", "cast(-1 as bigint)"),
        (1, "text", "cast(1 as text)"),
        (2.5, "numeric(8,2)", "cast(2.5 as numeric(8,2))"),
        (float("inf"), "double precision", "cast('inf' as double precision)"),
        (True, "boolean", "cast(true as boolean)"),
        ("it's", "text", "cast('it''s' as text)"),
        ("longer", "character varying(3)", "cast('longer' as character varying)"),
        (7, "character varying(3)", "cast(7 as character varying(3))"),
        ({"a": [1, None]}, "jsonb", """cast('{"a": [1, null]}' as jsonb)"""),
        ([1, 2], "jsonb", "cast('[1, 2]' as jsonb)"),
        (7, "jsonb", "cast('7' as jsonb)"),
        ('{"a": 1}', "json", """cast('{"a": 1}' as json)"""),
        (["a", 'b"\\', None, True], "text[]", """cast('{"a","b\\"\\\\",null,"true"}' as text[])"""),
        ([[1], [2]], "integer[]", """cast('{{"1"},{"2"}}' as integer[])"""),
    ],
)
def test_each_value_is_cast_to_the_type_of_its_column(value: Any, kind: str, written: str) -> None:
    query = values(Rows(HERE, ({"n": value},)), {"n": kind}, "it")

    assert query == f'select * from (values ({written})) as given ("n")'


def test_what_a_row_leaves_out_is_null_and_cases_do_not_count() -> None:
    rows = Rows(HERE, ({"ID": 1}, {"name": "x"}))

    assert values(rows, {"id": "int", "name": "text"}, "it") == (
        "select * from (values (cast(1 as int), cast(null as text)), (cast(null as int), cast('x' as text)))"
        ' as given ("id", "name")'
    )
    assert values(Rows(HERE), {"id": "int"}, "it") == empty({"id": "int"}) == 'select cast(null as int) as "id" limit 0'


def test_a_csv_has_nulls_quotes_and_short_rows() -> None:
    assert read_csv('\nid,name\n1,"a,\n""b"""\n\n2\n,""\n', HERE) == (
        {"id": "1", "name": 'a,\n"b"'},
        {"id": "2", "name": None},
        {"id": None, "name": None},
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,a\n1,2", "a.yml:3: a column is there twice"),
        ("a,b\n1,2,3", "a.yml:3: a row has 3 cells and the header 2: 1,2,3"),
        ('a\n"b', "a.yml:3: it is no CSV"),
    ],
)
def test_a_csv_that_cannot_be_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_csv(text, HERE)

    assert str(caught.value).startswith(said)


def test_a_fixture_is_a_file_of_its_format() -> None:
    files = {
        "x.csv": SqlFile("tests/fixtures/x.csv", "a\n1\n"),
        "x.sql": SqlFile("tests/fixtures/x.sql", "select 1 as a"),
    }

    def read(form: str) -> Rows | None:
        return read_rows(read_yaml(f"fixture: x\nformat: {form}", "u.yml"), files)

    assert read("csv") == Rows(Place("tests/fixtures/x.csv"), ({"a": "1"},))
    assert read("sql") == Rows(Place("tests/fixtures/x.sql"), sql="select 1 as a")
    with pytest.raises(ConfigError, match=r"^u\.yml:1: a fixture is of the format csv or sql"):
        read("dict")
