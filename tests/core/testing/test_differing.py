"""Rows compared as values, and told as people read them."""

import json
from collections import Counter
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.testing.differing import difference, table_of

CELLS = st.none() | st.sampled_from(['"a"', '"b"', "1", "2.50", "true", "null", '{"a": [1]}'])
ROWS = st.lists(st.tuples(CELLS, CELLS), max_size=6)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [("2.5", "2.50"), ('{"a": 1, "b": [2.0]}', '{"b": [2], "a": 1.0}'), ("1e2", "100"), (None, None), ('"x"', '"x"')],
)
def test_values_are_equal_however_they_are_spelled(expected: str | None, actual: str | None) -> None:
    assert difference(["n"], [(expected,)], [(actual,)]) is None


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("1", "true"),
        ("1", '"1"'),
        (None, "null"),
        (None, '""'),
        ("[1, 2]", "[2, 1]"),
        ('"a"', '"A"'),
        ("0.1", "0.10001"),
    ],
)
def test_other_values_are_not(expected: str | None, actual: str | None) -> None:
    assert difference(["n"], [(expected,)], [(actual,)]) is not None


@given(ROWS, ROWS)
def test_what_is_told_makes_the_one_out_of_the_other(
    expected: list[tuple[str, ...]], actual: list[tuple[str, ...]]
) -> None:
    found = difference(["a", "b"], expected, actual)

    def shown(rows: list[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
        return Counter(tuple("null" if cell is None else _bare(cell) for cell in row) for row in rows)

    if found is None:
        assert Counter(expected) == Counter(actual)
        return
    one, other = shown(expected), shown(actual)
    less = Counter([*found.missing, *(row.expected for row in found.changed)])
    more = Counter([*found.unexpected, *(row.actual for row in found.changed)])
    assert one - less + more == other
    assert less <= one


def _bare(cell: str) -> str:
    return str(json.loads(cell)) if cell.startswith('"') else cell


@given(ROWS, st.randoms(use_true_random=False))
def test_order_does_not_count(rows: list[tuple[str, ...]], random: Random) -> None:
    assert difference(["a", "b"], rows, random.sample(rows, len(rows))) is None


def test_a_row_that_is_there_once_too_often_is_told() -> None:
    found = difference(["n"], [("1",)], [("1",), ("1",)])

    assert found is not None
    assert (found.missing, found.unexpected, str(found)) == ((), (("1",),), "1 row too many")


def test_rows_are_paired_with_those_they_resemble_most() -> None:
    found = difference(
        ["id", "name", "n"],
        [("1", '"a"', "5"), ("2", '"b"', "6")],
        [("2", '"b"', "7"), ("1", '"a"', None), ("3", "4", "9")],
    )

    assert found is not None
    assert table_of(found) == [
        "@@  id | name | n",
        "→   1  | a    | 5→null",
        "→   2  | b    | 6→7",
        "+++ 3  | 4    | 9",
    ]


def test_much_is_cut_short_and_nothing_moves_a_cursor() -> None:
    found = difference(["n"], [], [(json.dumps("\x1b[2J" + "x" * 99),), *((str(n),) for n in range(100, 130))])

    assert found is not None
    lines = table_of(found)
    assert lines[-1] == "… and 11 rows more"
    assert max(map(len, lines)) <= 4 + 40
    assert all(line.isprintable() for line in lines)
    assert Decimal(lines[1].split()[1]) == 100
