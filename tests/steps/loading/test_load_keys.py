"""load, key by key: what tells rows apart is what the API sent, as long as an index can hold it."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import HttpUrl

from loading import put_run, rows
from minidata.adapters.project import Project
from minidata.core.rows import Row
from minidata.core.source import Source, Stream
from minidata.steps.load import Loaded, load
from minidata.steps.up import up


class Text(Row):
    key: str
    n: int = 0


class Raw(Row):
    key: bytes
    n: int = 0


class Number(Row):
    key: Decimal
    n: int = 0


class Link(Row):
    key: HttpUrl
    n: int = 0


class Both(Row):
    key: str
    n: int = 0
    part: str = ""


pytestmark = pytest.mark.every_postgres


@pytest.fixture
def project(project: Project) -> Project:
    up(project)
    return project


def loaded(project: Project, row: type[Row], *pages: list[dict[str, Any]], key: Any = "key") -> Loaded:
    put_run(project, "keyed.rows", pages)
    return load(project, {"keyed": Source("keyed", "http://127.0.0.1:1", [Stream("rows", "/", row, key)])})


def test_keys_that_look_alike_are_different_ones(project: Project) -> None:
    keys = [
        "",
        " ",
        "a",
        "A",
        "a ",
        " a",
        "\u00e9",
        "e\u0301",
        "ß",
        "ss",
        "null",
        "\\N",
        "0",
        "00",
        "\U0001f600",
        "a\tb",
    ]

    done = loaded(project, Text, [{"key": key, "n": n} for n, key in enumerate(keys)])

    assert done.counts.loaded == len(keys)
    assert rows(project, "select key from keyed.rows order by n") == [(key,) for key in keys]


def test_a_key_that_is_missing_or_null_is_quarantined(project: Project) -> None:
    done = loaded(project, Text, [{"n": 1}, {"key": None}, {"key": 1}, {"key": "a"}])

    assert done.streams[0].reasons == {"MISSING": 1, "WRONG_TYPE": 2}
    assert rows(project, "select key from keyed.rows") == [("a",)]


@pytest.mark.parametrize(
    ("row", "fits", "long"),
    [
        (Text, "x" * 2600, "x" * 2601),
        (Text, "é" * 1300, "é" * 1301),
        (Text, "".join(map(chr, range(0x4E00, 0x4E00 + 866))), "".join(map(chr, range(0x4E00, 0x4E00 + 1000)))),
        (Raw, "é" * 1300, "é" * 1500),
        (Number, "1" * 1000, None),
        (Link, f"http://x/{'y' * 2000}", None),
    ],
)
def test_a_key_that_no_index_can_hold_costs_its_record(project: Project, row: type[Row], fits: str, long: Any) -> None:
    done = loaded(project, row, [{"key": key} for key in (fits, long) if key])

    assert (done.counts.loaded, done.streams[0].reasons) == (1, {"KEY_TOO_LONG": 1} if long else {})


def test_parts_of_a_key_are_long_together(project: Project) -> None:
    done = loaded(
        project,
        Both,
        [{"key": "x" * 1300, "part": "y" * 1300}, {"key": "x" * 1300, "part": "y" * 1301}],
        key=("key", "part"),
    )

    assert (done.counts.loaded, done.streams[0].reasons) == (1, {"KEY_TOO_LONG": 1})


def test_of_one_key_the_last_is_the_row(project: Project) -> None:
    pages = [[{"key": key, "n": 10 * page + place} for place, key in enumerate(("a", "b", "a"))] for page in range(3)]

    done = loaded(project, Text, *pages)

    assert (done.counts.fetched, done.counts.loaded, done.counts.deduplicated) == (9, 6, 3)
    assert rows(project, "select key, n from keyed.rows order by key") == [("a", 22), ("b", 21)]


def test_numbers_that_are_equal_are_one_key(project: Project) -> None:
    put_run(project, "keyed.rows", [b'[{"key":1.10,"n":1},{"key":1.1,"n":2},{"key":"11e-1","n":3},{"key":1,"n":4}]'])
    load(project, {"keyed": Source("keyed", "http://127.0.0.1:1", [Stream("rows", "/", Number, "key")])})

    assert rows(project, "select key::text, n from keyed.rows order by n") == [("1.1", 3), ("1", 4)]
