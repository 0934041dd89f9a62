"""Which records came before, where there is no key to tell."""

from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from minidata.core.bodies.payload import PayloadError, parse
from minidata.core.fetching.boundaries import digests, repeated_places

RECORDS = st.lists(st.sampled_from([{"a": 1}, {"a": 2}, {"a": 1, "b": None}, 3, "3"]), max_size=8)


def digest(record: Any) -> str:
    return digests([record])[0]


def test_equal_records_have_equal_digests() -> None:
    assert digest({"a": 1, "b": [1, {"c": "é", "d": None}]}) == digest({"b": [1, {"d": None, "c": "é"}], "a": 1})
    assert digest(parse(b'{"a": 1.10}')) == digest({"a": Decimal("1.10")}) == "7073561826bc408f668b3ccc055c20d7"


def test_records_that_differ_have_other_digests() -> None:
    values = b'1 1.0 1.10 1.1 "1.1" true null {} [] [1,2] [2,1] "" "\\u0020"'.split()
    records = [parse(b'{"a":' + value + b"}") for value in values]
    records += [{}, {"b": 1}, [], None, 123456789012345678901, 123456789012345678902]

    assert len(set(digests(records))) == len(records)


def test_what_cannot_be_read_equals_nothing() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]

    assert digests([PayloadError("NOT_JSON", "x"), deep]) == ["", ""]


@given(before=RECORDS, now=RECORDS)
def test_each_record_is_repeated_as_often_as_it_was_there(before: list[Any], now: list[Any]) -> None:
    remaining = dict(Counter(digests(before)))
    places = repeated_places(now, remaining)

    repeated = [now[place] for place in places]
    assert sorted(places) == list(places)
    assert Counter(digests(repeated)) == Counter(digests(before)) & Counter(digests(now))
    assert remaining == dict(Counter(digests(before)) - Counter(digests(now)))
