"""Reading bodies, also those that are not quite right, and finding one's way in them."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import Probe
from minidata.core.bodies import payload
from minidata.core.bodies.apart import parse_apart
from minidata.core.bodies.payload import MAX_DEPTH, PayloadError, at_path, parse, read
from minidata.core.loading.preparing import prepare
from minidata.core.runs import Page
from minidata.core.source import Stream


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"a":1,"a":2}', "DUPLICATE_KEY"),
        (b'["\\ud800"]', "LONE_SURROGATE"),
        (b"[NaN]", "NONFINITE"),
        (b"[" + b"9" * 5000 + b"]", "NUMBER_TOO_LONG"),
    ],
)
def test_a_page_that_a_load_will_reject_still_says_what_is_next(body: bytes, code: str) -> None:
    document, wrong = read(body)

    assert document
    assert re.match(code, wrong)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a":[1,', b"\xff\xfe"])
def test_what_is_no_json_is_not_read(body: bytes) -> None:
    with pytest.raises(PayloadError):
        read(body)


def test_an_exact_page_has_nothing_wrong() -> None:
    assert read(b'{"a":1}') == ({"a": 1}, "")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", {"data": [{"id": 1}, {"id": 2}], "-1": "x"}),
        ("data.0.id", 1),
        ("data.-1.id", 2),
        ("data.-2.id", 1),
        ("data.2.id", None),
        ("data.-3.id", None),
        ("data.id", None),
        ("data.--1", None),
        ("data.1.0", None),
        ("-1", "x"),
        ("nothing.here", None),
    ],
)
def test_a_path_leads_into_objects_and_lists(path: str, found: object) -> None:
    assert at_path({"data": [{"id": 1}, {"id": 2}], "-1": "x"}, path) == found
    assert at_path([], "-1.id") is None


# Bodies that want too much.

BRACKETS = st.recursive(
    st.sampled_from(["1", '"[{\\""', '"]"', "{}", "[]"]),
    lambda inner: inner.map("[{}]".format) | inner.map('{{"a":{}}}'.format) | inner.map("[1,{},[]]".format),
    max_leaves=3,
)


def depth_of(document: Any) -> int:
    inner = document.values() if isinstance(document, dict) else document
    return 1 + max(map(depth_of, inner), default=0) if isinstance(document, dict | list) else 0


@given(BRACKETS, st.integers(90, 101), st.booleans())
def test_a_body_may_be_so_deep_and_no_deeper(inner: str, more: int, lists: bool) -> None:  # noqa: FBT001 - it is drawn
    opened, closed = ("[", "]") if lists else ('{"a":', "}")
    body = f"{opened * more}{inner}{closed * more}".encode()
    deep = more + depth_of(json.loads(inner))

    if deep > MAX_DEPTH:
        for reading in (parse, parse_apart):
            with pytest.raises(PayloadError, match="deep") as caught:
                reading(body)
            assert caught.value.code == "TOO_DEEP"
    else:
        assert depth_of(parse(body)) == depth_of(parse_apart(body)) == deep


def test_a_body_that_no_line_could_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload, "MAX_BODY", 10)

    with pytest.raises(PayloadError) as caught:
        parse(b'{"a":"123"}')

    assert caught.value.code == "TOO_LARGE"
    assert parse(b'{"a":"12"}') == {"a": "12"}


@settings(max_examples=30)
@given(
    st.recursive(st.none() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False), st.lists)
)
def test_what_stands_apart_changes_nothing_else(document: Any) -> None:
    text = json.dumps(document, default=str)

    strange, half, last = parse_apart(f'[{text},"\\ud800",1e99999999999999999999]'.encode())

    assert strange == parse(text.encode())
    assert half == "\ud800"
    assert isinstance(last, PayloadError)


# What takes long grows with the size of a body, and not with its square: these come to an end at all.


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[" * 10**6, "TOO_DEEP"),
        (b'{"id":1,"price":' + b"9" * 10**6 + b"}", "NUMBER_TOO_LONG"),
        (b'{"id":1,"price":0.' + b"9" * 10**6 + b"}", "NUMBER_TOO_LONG"),
        (b'{"id":1,"price":1e' + b"9" * 10**5 + b"}", "OUT_OF_RANGE"),
        (b'{"id":1,"doc":[' + b"1e999999," * 10**5 + b"1]}", "OUT_OF_RANGE"),
        (b'{"id":1,"at":"2024-01-01T00:00:00.' + b"1" * 10**6 + b'x"}', "BAD_TIME"),
        (b'{"id":1,"price":"' + b"1" * 10**6 + b'x"}', "NUMBER_TOO_LONG"),
        (b'{"id":1,"name":"' + b"\\\\" * 10**6, "NOT_JSON"),
        (b'{"id":1,' + b",".join(b'"k%d":1' % n for n in range(10**5)) + b"}", ""),
        (b'{"id":1,"doc":{' + b",".join(b'"k%d":1' % n for n in range(10**5)) + b"}}", ""),
        (b'{"id":1,"doc":[' + b"0," * 10**6 + b"0]}", ""),
        (b'{"id":1,"name":"' + b"x" * 10**7 + b'"}', ""),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_bomb_does_not_go_off(body: bytes, code: str) -> None:
    page = Page(number=1, key="k", sha256="0" * 64, size=1, status=200, url="u", fetched_at=datetime.now(UTC))

    prepared = prepare(Stream("probes", "/", Probe), page, body)

    assert [reason.code for reason in prepared.rejected] == ([code] if code else [])
