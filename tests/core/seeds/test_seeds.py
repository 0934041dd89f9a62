"""Seeds: what a CSV file's columns and cells become, and that dbt makes the same of them."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from dbts import answers
from minidata.core.errors import ConfigError
from minidata.core.places import Place
from minidata.core.seeds.reading import SeedOptions, SeedTable, read_seed

HERE = Place("seeds/countries.csv")


def read(text: str | bytes, **options: Any) -> SeedTable:
    return read_seed(text if isinstance(text, bytes) else text.encode(), HERE, SeedOptions(**options))


def columns(text: str, **options: Any) -> list[tuple[str, str]]:
    return [(column.name, column.type) for column in read(text, **options).columns]


@pytest.mark.parametrize(
    ("cells", "kind", "spelled"),
    [
        (["1", "-2147483648", ""], "integer", ["1", "-2147483648", "\\N"]),
        (["2147483648"], "bigint", ["2147483648"]),
        (["-9223372036854775809"], "numeric", ["-9223372036854775809"]),
        (["1.0", "2"], "integer", ["1", "2"]),
        (["1.5", "2"], "float8", ["1.5", "2"]),
        (["$1,000", "5%", " -€3 "], "integer", ["1000", "5", "-3"]),
        (["1e3"], "integer", ["1000"]),
        (["-0.0", "0.5"], "float8", ["0", "0.5"]),
        (["NaN", "nan"], "float8", ["NaN", "NaN"]),
        (["2024-05-31", "NULL"], "date", ["2024-05-31", "\\N"]),
        (["2024-5-1"], "date", ["2024-05-01"]),
        (["2024-05-31 10:00:00"], "timestamp without time zone", ["2024-05-31T10:00:00"]),
        (["2024-05-31T10:00:00+02:00"], "timestamp without time zone", ["2024-05-31T08:00:00"]),
        (["2024-W05-1T10"], "timestamp without time zone", ["2024-01-29T10:00:00"]),
        (["2024-05-31", "2024-05-31 10:00:00"], "text", ["2024-05-31", "2024-05-31 10:00:00"]),
        (["2024-13-01"], "text", ["2024-13-01"]),
        (["true", "FALSE", ""], "boolean", ["true", "false", "\\N"]),
        (["yes"], "text", ["yes"]),
        (["1", "x"], "text", ["1", "x"]),
        (["", "null", " Null "], "integer", ["\\N", "\\N", "\\N"]),
        ([" a ", "null"], "text", [" a ", "\\N"]),
        (["--5"], "integer", ["5"]),
    ],
)
def test_a_column_has_the_type_that_all_its_cells_have(cells: list[str], kind: str, spelled: list[str]) -> None:
    lines = "\n".join(f'"{cell}"' for cell in cells)

    seed = read(f"a\n{lines}\n")

    assert (seed.columns[0].type, list(seed.lines)) == (kind, spelled)


def test_without_rows_all_columns_are_integers() -> None:
    assert columns("id,name\n") == [("id", "integer"), ("name", "integer")]


def test_cells_are_escaped_for_copy() -> None:
    seed = read('a,b\n"x\\y\t","one\r\ntwo"\n\\.,\\N\n')

    assert list(seed.lines) == ["x\\\\y\\t\tone\\ntwo", "\\\\.\t\\\\N"]


def test_a_type_that_is_said_leaves_the_cells_as_they_are() -> None:
    seed = read("zip,n\n01234,1\n,2\nnull,3\n", column_types={"zip": "varchar(5)"})

    assert [(column.name, column.type) for column in seed.columns] == [("zip", "varchar(5)"), ("n", "integer")]
    assert list(seed.lines) == ["01234\t1", "\\N\t2", "\\N\t3"]


def test_a_type_for_no_column_is_told_of() -> None:
    assert read("a\n1\n", column_types={"A": "text"}).notes == (
        "seeds/countries.csv has no column 'A', for which column_types has a type",
    )


def test_the_delimiter_can_be_another() -> None:
    assert columns("a;b\n1,5;x\n", delimiter=";") == [("a", "integer"), ("b", "text")]


def test_names_are_kept_as_they_are_written_or_folded_without_quotes() -> None:
    assert columns('First Name,"b"""\n') == [("First Name", "integer"), ('b"', "integer")]
    assert columns("First_Name\n", quote_columns=False) == [("first_name", "integer")]


def test_a_byte_order_mark_is_no_part_of_a_name() -> None:
    assert columns("\ufeffid\n1\n") == [("id", "integer")]


@pytest.mark.parametrize(
    ("text", "names", "note"),
    [
        ("a,a,a\n1,2,3\n", ["a", "a_2", "a_3"], "countries.csv:1: column 2 is 'a', and becomes 'a_2'"),
        ("a,\n1,2\n", ["a", "b"], "countries.csv:1: column 2 is '', and becomes 'b'"),
        ("\n1,2\n", ["a", "b"], "countries.csv:1 names no columns"),
        ('a,b\n1,"x\ny"\n\n2,z\n', ["a", "b"], "countries.csv:4 has too few values"),
    ],
)
def test_what_dbt_takes_is_taken_with_a_note(text: str, names: list[str], note: str) -> None:
    seed = read(text)

    assert [column.name for column in seed.columns] == names
    assert any(note in one for one in seed.notes)


def test_a_short_line_ends_in_nulls() -> None:
    assert list(read("a,b\n1\n\n2,x\n").lines) == ["1\t\\N", "\\N\t\\N", "2\tx"]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"", {}, "seeds/countries.csv is empty"),
        (b"\n", {}, "seeds/countries.csv has no columns"),
        (b"a\n1\n2,3\n", {}, "seeds/countries.csv:3 has 2 values, but there are 1 columns"),
        (b"a\n1\n\xff\n", {}, "seeds/countries.csv:3: it is not UTF-8"),
        (b"a\n\x00\n", {}, "seeds/countries.csv:2: there is a NUL"),
        (b"a\n" + b"x" * 140_000, {}, "seeds/countries.csv:2: field larger than field limit"),
        (b"a\n", {"delimiter": "||"}, "seeds/countries.csv: delimiter is '||'"),
        (b"a\n", {"delimiter": ""}, "seeds/countries.csv: delimiter is ''"),
        (b"a\n", {"column_types": {"a": "int); drop table x"}}, "column_types has no type for a"),
        (b"a b\n", {"quote_columns": False}, "seeds/countries.csv:1: the column 'a b' needs quotes"),
        (b"a,A\n", {"quote_columns": False}, "seeds/countries.csv:1: two columns are 'a'"),
    ],
)
def test_what_is_no_seed_is_one_clear_error(content: bytes, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as found:
        read(content, **options)

    assert message in str(found.value)


DIGITS = st.text("0123456789", min_size=1, max_size=12)
CELL_KINDS = [
    st.sampled_from(["", "null", "NULL", " ", "Null "]),
    st.integers(-(2**31), 2**31 - 1).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-1000, max_value=1000).map(str),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9).map(repr),
    st.tuples(st.sampled_from(["$", "-", "--", "€", "%", "+", " ", ".", "1_", "1,", "1e"]), DIGITS).map("".join),
    st.tuples(DIGITS, st.sampled_from(["%", "$", ",", ".", ".0", "e2", ".5.1", "-", "nan"])).map("".join),
    st.dates().map(str),
    st.tuples(DIGITS, st.sampled_from("-/"), DIGITS, st.just("-"), DIGITS).map("".join),
    st.datetimes().map(lambda moment: str(moment.replace(microsecond=0))),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.from_regex(
        r"[12][0-9]{3}(-?(0[0-9]|1[0-3])(-?[0-3][0-9])?|-?W[0-5][0-9](-?[0-8])?|-?[0-3][0-9][0-9])?T"
        r"([012][0-9](:?[0-6][0-9](:?[0-6][0-9])?)?)([.,][0-9]{1,8})?(Z|[+-][01][0-9](:?[0-5][0-9])?)?",
        fullmatch=True,
    ),
    st.sampled_from(["true", "False", "TRUE ", "yes", "t", "tr,ue", ","]),
    st.sampled_from(["nan", "NaN", "text", "a b", "\\", "\\N", "\\.", 'x"y', "tab\there", "é😀", "0x1F", "٣"]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6),
]


@st.composite
def seeds(draw: st.DrawFn) -> dict[str, Any]:
    """A CSV file: each column of one kind of cells, or two."""
    delimiter = draw(st.sampled_from([",", ",", ";", "\t", "|"]))
    width, height = draw(st.integers(1, 4)), draw(st.integers(0, 5))
    names = draw(st.lists(st.sampled_from(["id", "Name", "a b", "é", "", "id"]), min_size=width, max_size=width))
    kinds = [st.one_of(*draw(st.lists(st.sampled_from(CELL_KINDS), min_size=1, max_size=2))) for _ in range(width)]
    rows = [[draw(kind) for kind in kinds][: draw(st.integers(width - 1, width))] for _ in range(height)]
    forced = {name: "text" for name in draw(st.lists(st.sampled_from(["id", "Name"]), max_size=1)) if name in names}
    quoted = draw(st.booleans())
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    lines = [delimiter.join(_cell(cell, delimiter, quoted=quoted) for cell in row) for row in [names, *rows]]
    return {"text": ending.join([*lines, ""]), "column_types": forced, "delimiter": delimiter}


def _cell(cell: str, delimiter: str, *, quoted: bool) -> str:
    if quoted or any(sign in cell for sign in (delimiter, '"', "\n", "\r")):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _rows(connection: psycopg.Connection[Any], table: str) -> list[Any]:
    typed = "select array_agg(array[attname, format_type(atttypid, atttypmod)] order by attnum) from pg_attribute"
    kinds = connection.execute(f"{typed} where attrelid = '{table}'::regclass and attnum > 0").fetchone()
    return [kinds, *connection.execute(f"select t::text from {table} t order by ctid").fetchall()]


@pytest.mark.dbt
@settings(
    max_examples=10,
    # To find a smaller one, too, would ask dbt again and again.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cases=st.lists(seeds().filter(lambda case: case["text"].strip()), min_size=20, max_size=30))
def test_dbt_makes_the_same_of_them(dbt_venv: Path, database_url: SecretStr, cases: list[dict[str, Any]]) -> None:
    url = database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop schema if exists theirs cascade; create schema theirs; set timezone = 'UTC'")
        asked = {"url": url, "cases": cases}
        failures = answers(dbt_venv, Path(__file__).with_name("dbts_seeding.py"), asked)

        for number, (case, failure) in enumerate(zip(cases, failures, strict=True)):
            if not failure:
                _load(connection, case)
                assert _rows(connection, "ours") == _rows(connection, f"theirs.seed_{number}"), case

        assert failures.count("") > len(cases) / 4


def _load(connection: psycopg.Connection[Any], case: dict[str, Any]) -> None:
    options = SeedOptions(case["delimiter"], case["column_types"])
    seed = read_seed(case["text"].encode(), HERE, options)
    names = [column.name.replace('"', '""') for column in seed.columns]
    kinds = ", ".join(f'"{name}" {column.type}' for name, column in zip(names, seed.columns, strict=True))
    connection.execute(f"drop table if exists ours; create table ours ({kinds})".encode())
    with connection.cursor().copy(b"copy ours from stdin") as copy:
        copy.write("".join(f"{line}\n" for line in seed.lines))
