"""Looking into pages: what is found quickly is what is found by reading all of it."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AliasChoices, AliasPath, Field

from conftest import SHARED_DATA
from minidata.core.bodies.payload import PayloadError
from minidata.core.fetching.cursors import Watermark, mark_of
from minidata.core.fetching.gist import Gist
from minidata.core.fetching.peeking import Peek, peek_of
from minidata.core.fetching.peeking.marks import reach_of
from minidata.core.fetching.peeking.plainly import found_in, found_in_lines
from minidata.core.fetching.peeking.quickly import Quick
from minidata.core.fetching.peeking.wanted import Wanted
from minidata.core.pages import NextCursor, NextUrl, PageNumber
from minidata.core.rows import Row
from minidata.core.source import Cursor, Stream
from minidata.sources.github import github
from minidata.sources.usgs import usgs

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Thing(Row):
    id: int


class Inner(Row):
    id: int
    sub: str = Field(validation_alias=AliasPath("in", "sub"))


class Named(Row):
    id: int = Field(validation_alias=AliasChoices("at", "id"))


class Placed(Row):
    id: int = Field(validation_alias=AliasPath("x", 0))


def stream(row: type[Row] = Thing, **more: Any) -> Stream:
    return Stream("things", path="/things", row=row, **more)


STREAMS = {
    "tokens": stream(
        key="id",
        records="data",
        pages=NextCursor("meta.next", more="meta.more"),
        since=Cursor("at", param="since"),
    ),
    "a list": stream(Inner, key=("id", "sub"), since=Cursor("in.at", param="since")),
    "totals": stream(records="meta.data", pages=PageNumber(5, total="meta.total", total_pages="in")),
    "the last record": stream(records="data", pages=NextCursor("data.-1.id"), since=Cursor("id", param="since")),
    "the last of a list": stream(pages=NextCursor("-1.id")),
    "only an address": stream(records="data", pages=NextUrl("in.next")),
    "a path in a path": stream(records="data", pages=NextUrl("data"), since=Cursor("in.at", param="since")),
    "the records are told": stream(records="data", pages=NextCursor("data.0.id")),
    "the first of a list": stream(pages=NextCursor("0.id")),
    "several names": stream(Named, key="id", records="data"),
    "a place in a list": stream(Placed, key="id"),
    "a single page": stream(records="data", key="id"),
    "lines": stream(Inner, format="ndjson", key=("id", "sub"), since=Cursor("at", param="since")),
    "lines that lead on": stream(format="ndjson", pages=NextCursor("-1.id"), since=Cursor("in.at", param="since")),
}
PEEKS = {name: peek_of(one) for name, one in STREAMS.items()}
PLAIN = {name: Peek(one, quickly=False) for name, one in STREAMS.items()}


def outcome(peek: Peek, body: bytes, began: datetime | None = None) -> Gist | str:
    try:
        return peek.gist(body, began)
    except PayloadError as error:
        return f"{error.code}: {error}"


def less_loose(found: Gist | str) -> Gist | str:
    """What is wrong with what nobody needs is not seen by who passes over it."""
    return found if isinstance(found, str) else found.model_copy(update={"loose": ""})


TIMES = st.datetimes(min_value=datetime(2026, 2, 27), max_value=datetime(2026, 3, 3)).map(  # noqa: DTZ001 - in UTC
    lambda moment: f"{moment:%Y-%m-%dT%H:%M:%SZ}"
)
ODD = st.sampled_from(
    [
        "null",
        "true",
        "false",
        '""',
        '"abc"',
        '"\\u00e9"',
        '"\\ud83d\\ude00"',
        '"é"',
        '"7"',
        "0",
        "-0",
        "7",
        "1.50",
        "1e5",
        "1E-3",
        "1e400",
        "18446744073709551616",
        "-9223372036854775809",
        "0.1000000000000000000000000001",
        "9999999999999999999999999999999999",
        '"2026-03-01T12:00:00+01:00"',
        '"2026-13-01T12:00:00Z"',
        '"2026-03-01T24:00:00Z"',
        '"2026-03-01"',
        '"2026-03-01T12:00:00.123456789Z"',
        '"2026-03-01T12:00:00.5Z"',
    ]
)
LEAVES = st.one_of(ODD, TIMES.map(json.dumps), st.integers(0, 9).map(str))
NAMES = st.sampled_from(["id", "at", "in", "sub", "data", "meta", "next", "more", "total", "x", "\\u0069d"])
SPACE = st.sampled_from(["", "", "", " ", "\t\r"])


def listed(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda one, space: f"[{space}{','.join(one)}{space}]", st.lists(values, max_size=5), SPACE)


def objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """JSON objects; a name may come twice."""
    pairs = st.lists(st.tuples(NAMES, values), max_size=5)
    members = pairs.map(lambda found: ",".join(f'"{name}": {value}' for name, value in found))
    return st.builds("{{{1}{0}{1}}}".format, members, SPACE)


JSON = st.recursive(LEAVES, lambda inner: st.one_of(listed(inner), objects(inner)), max_leaves=12)
RECORDS = st.builds(
    '{{"id":{0},"at":{1},"in":{{"sub":{2},"at":{1}}},"x":{3}}}'.format,
    LEAVES,
    st.one_of(TIMES.map(json.dumps), LEAVES),
    LEAVES,
    JSON,
)
GOOD = listed(RECORDS)
MANY = st.one_of(GOOD, GOOD, GOOD, listed(st.one_of(RECORDS, JSON)), JSON)
INSIDE = st.one_of(LEAVES, st.just("null"), LEAVES.map('{{"next": {0}, "sub": {0}}}'.format))
PAGES = st.builds(
    '{{"data":{0},"meta":{{"next":{1},"more":{1},"total":{2},"data":{0}}},"next":{1},"has_more":{2},"in":{3}}}'.format,
    MANY,
    LEAVES,
    LEAVES,
    INSIDE,
)
LINES = st.lists(st.one_of(RECORDS, RECORDS, JSON, st.just("")), max_size=4).map("\n".join)
ODD_BODIES = st.one_of(PAGES, MANY, JSON, LINES)
SPOILT = st.sampled_from(
    [b'"', b"{", b"]", b",", b":", b"\\", b"\xff", b"\x00", b"\n", b"NaN", b"\xef\xbb\xbf", b"0", b"e", b"\xc3\xa9"]
)


@st.composite
def bodies(draw: st.DrawFn, name: str) -> bytes:
    """Return what the API of the Stream *name* may answer, and now and then what it may not."""
    kind = LINES if STREAMS[name].format == "ndjson" else PAGES if STREAMS[name].records else MANY
    body = draw(draw(st.sampled_from([kind, kind, kind, ODD_BODIES]))).encode()
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.one_of(st.just(b""), SPOILT)) + body[at + draw(st.integers(0, 3)) :]
    return body


@pytest.mark.parametrize("name", STREAMS)
@settings(max_examples=40)
@given(data=st.data(), began=st.sampled_from([None, BEGAN]))
def test_what_is_found_quickly_is_what_is_found_plainly(name: str, data: st.DataObject, began: datetime | None) -> None:
    body = data.draw(bodies(name))

    assert less_loose(outcome(PEEKS[name], body, began)) == less_loose(outcome(PLAIN[name], body, began))


VALUES: st.SearchStrategy[list[Any]] = st.lists(
    st.one_of(
        TIMES,
        st.sampled_from(["2026-03-01T12:00:00+01:00", "2026-13-01T12:00:00Z", "2026-02-30T00:00:00Z", "n/a", "", "7"]),
        st.integers(-3, 3),
        st.sampled_from([None, True, 10**40, Decimal("1.5"), [], {"a": 1}]),
    ),
    max_size=6,
)


# What looks like a time, and some of which are none.
LOOKALIKES = st.lists(
    st.one_of(TIMES, st.sampled_from(["0000-01-01T00:00:00Z", "2026-02-30T12:00:00Z", "2026-99-01T00:00:00Z"])),
    max_size=6,
)


@given(pages=st.lists(st.one_of(LOOKALIKES, VALUES), max_size=4), before=st.one_of(st.none(), TIMES))
def test_a_cursor_rises_as_far_with_gists_as_with_records(pages: list[list[Any]], before: str | None) -> None:
    by_record, by_gist = Watermark("at", before), Watermark("at", before)
    for mark in (by_record, by_gist):
        mark.begin(BEGAN, BEGAN)
    for values in pages:
        by_record.see([{"at": value} for value in values])
        reach = reach_of(values, BEGAN)
        by_gist.see_gist(Gist(records=len(values), low=reach.low, high=reach.high, late=reach.late))

    assert by_gist.after == by_record.after
    assert by_gist.warning(BEGAN) == by_record.warning(BEGAN)


@given(values=st.one_of(LOOKALIKES, VALUES), began=st.sampled_from([None, BEGAN]))
def test_the_low_is_of_the_kind_of_the_high(values: list[Any], began: datetime | None) -> None:
    reach = reach_of(values, began)
    low, high = mark_of(reach.low), mark_of(reach.high)

    assert (low is None) == (high is None)
    if low and high:
        assert (low.rank[0], low.rank <= high.rank) == (high.rank[0], True)


def test_a_gist_tells_how_to_go_on_and_how_far_it_reaches() -> None:
    records = b'{"id": 5, "at": "2026-03-01T11:00:00Z"}, {"id": "x", "at": "2026-03-02T00:00:00Z"}, {"id": 1}'
    body = b'{"data": [' + records + b'], "meta": {"next": "abc", "more": true}}'

    gist = PEEKS["tokens"].gist(body, BEGAN)

    assert gist.model_dump(exclude={"ids"}, exclude_defaults=True) == {
        "records": 3,
        "next": "abc",
        "more": True,
        "low": "2026-03-01T11:00:00Z",
        "high": "2026-03-01T11:00:00Z",
        "late": "2026-03-02T00:00:00Z",
    }
    # They are kept in journals: another process must find the same.
    assert gist.ids == (5, 5395104992458594383, 1)
    assert Gist.model_validate_json(gist.model_dump_json()) == gist


def test_no_more_is_said_of_keys_when_a_record_has_none() -> None:
    assert PEEKS["tokens"].gist(b'{"data": [{"id": 5}, {}]}').ids == ()
    assert PEEKS["a list"].gist(b'[{"id": 5}, {"in": {"sub": "a"}}]').ids != ()
    assert PEEKS["a list"].gist(b'[{"id": 5}, {"in": {"sub": null}}]').ids == ()


@pytest.mark.parametrize(
    ("told", "count"), [("12", 12), ('"12"', 12), ("0", 0), ("-1", None), ("1.5", None), ("true", None), ('"a"', None)]
)
def test_a_total_is_a_count(told: str, count: int | None) -> None:
    body = f'{{"meta": {{"data": [], "total": {told}}}, "in": {told}}}'.encode()

    gist = PEEKS["totals"].gist(body)

    assert (gist.total, gist.total_pages) == (count, count)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "EMPTY"),
        (b"<html>", "NOT_JSON"),
        (b'{"data": [{"id": 1}', "NOT_JSON"),
        (b'{"data": [{"id": 1, "x": "\xff"}]}', "NOT_UTF8"),
        (b'{"rows": []}', "WRONG_ENVELOPE"),
        (b'{"data": null}', "WRONG_ENVELOPE"),
    ],
)
def test_a_page_without_records_is_an_error(body: bytes, code: str) -> None:
    with pytest.raises(PayloadError) as caught:
        PEEKS["tokens"].gist(body)
    assert caught.value.code == code


def test_a_page_that_can_be_read_only_loosely_says_so() -> None:
    gist = PEEKS["tokens"].gist(b'{"data": [{"id": NaN}], "meta": {"next": "abc"}}')

    assert (gist.next, gist.records) == ("abc", 1)
    assert gist.loose.startswith("NONFINITE: ")


def test_lines_that_cannot_be_read_hold_up_no_others() -> None:
    gist = PEEKS["lines"].gist(b'{"id": 1, "at": "2026-01-01T00:00:00Z"}\n\n{"id": 2\n{"id": 3, "id": 3}\n')

    assert (gist.records, gist.high, gist.ids) == (3, "2026-01-01T00:00:00Z", ())
    assert gist.loose.startswith("2 of its lines are not right, the first is record 2: NOT_JSON: ")
    assert PEEKS["lines"].gist(b"\n") == Gist(records=0)
    with pytest.raises(PayloadError, match="none of its lines can be read: "):
        PEEKS["lines"].gist(b"<html>\n</html>\n")


def test_a_document_of_lines_is_the_list_of_their_records() -> None:
    records = PEEKS["lines"].records(b'{"id": 1}\nx\n')

    assert PEEKS["lines"].document(b"1\n2\n") == [1, 2]
    assert records[0] == {"id": 1}
    assert isinstance(records[1], PayloadError)
    assert PEEKS["tokens"].document(b'{"data": [], "data": [{"id": 1.10}]}') == {"data": [{"id": Decimal("1.10")}]}
    assert PEEKS["tokens"].records(b'{"data": [{"id": 1.10}]}') == [{"id": Decimal("1.10")}]


@pytest.mark.parametrize("name", ["tokens", "a list", "totals", "the last record", "a single page", "lines"])
def test_ordinary_pages_are_found_quickly(name: str) -> None:
    wanted = Wanted.of(STREAMS[name])
    quick = Quick(wanted, lines=STREAMS[name].format == "ndjson")
    records = [{"id": place, "at": "2026-03-01T11:00:00Z", "in": {"sub": "ä"}, "x": 1.5} for place in range(9)]
    bodies = {
        "a list": json.dumps(records),
        "lines": "\n".join(map(json.dumps, records)),
        "totals": json.dumps({"meta": {"data": records, "total": 9}, "in": 1}),
    }
    body = bodies.get(name, json.dumps({"data": records, "meta": {"next": "abc"}})).encode()

    assert quick.found_in(body) == (found_in_lines if name == "lines" else found_in)(wanted, body)


def test_real_pages_are_found_quickly() -> None:
    if not SHARED_DATA.exists():
        pytest.skip("the recorded answers are not here")
    recorded = json.loads((SHARED_DATA / "github_paginate_issues.json").read_text())
    answers = [json.dumps(one["response"]).encode() for one in recorded if isinstance(one["response"], list)]
    assert answers
    issues, quakes = github("octokit", "fixtures").stream("issues"), usgs.stream("quakes")
    for one, body in [(quakes, (SHARED_DATA / "usgs_all_week.geojson").read_bytes()), *((issues, a) for a in answers)]:
        wanted = Wanted.of(one)
        assert Quick(wanted, lines=False).found_in(body) == found_in(wanted, body)
