"""Bad and odd payloads, each with its expected outcome: loaded exactly, or quarantined with a code."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import AwareDatetime

from minidata.core.checking import Checked, checker_of, rejected_body
from minidata.core.payload import PayloadError, parse, records_of
from minidata.core.preparing import prepare
from minidata.core.rows import Row
from minidata.core.runs import Page
from minidata.core.source import Stream


class Probe(Row):
    """One column of every type that JSON has a way to say."""

    id: int
    name: str | None = None
    price: Decimal | None = None
    ratio: float | None = None
    ok: bool | None = None
    at: AwareDatetime | None = None
    day: date | None = None
    doc: Any = None


def outcome(body: bytes) -> Checked:
    try:
        document = parse(body)
        path = "rows" if isinstance(document, dict) and "rows" in document else ""
        records = records_of(document, path)
    except PayloadError as error:
        return rejected_body(error)
    return checker_of(Probe).check(records, suspicious=b"\\u0000" in body)


def deep(levels: int) -> bytes:
    return b'{"id":1,"doc":' + b"[" * levels + b"]" * levels + b"}"


REFUSED = [
    (b"", "EMPTY"),
    (b" \r\n\t", "EMPTY"),
    (b'{"id":1,}', "NOT_JSON"),
    (b"{'id':1}", "NOT_JSON"),
    (b'{"id":1} x', "NOT_JSON"),
    (b'{"id":1}{"id":2}', "NOT_JSON"),
    (b"<!DOCTYPE html><html>", "NOT_JSON"),
    (b')]}\',\n{"id":1}', "NOT_JSON"),
    (b'{"id":01}', "NOT_JSON"),
    (b'{"id":+1}', "NOT_JSON"),
    (b'{"id":1,"name":"a\tb"}', "NOT_JSON"),
    (b'{"id":1,"name":"a\x00b"}', "NOT_JSON"),
    (b"\xff\xfe{\x00}\x00", "NOT_UTF8"),
    (b'\x00{\x00"\x00i\x00d\x00"\x00:\x001\x00}', "NOT_JSON"),
    (b'{"id":1,"name":"\xc0\xaf"}', "NOT_UTF8"),
    (b'{"id":1,"name":"\xed\xa0\x80"}', "NOT_UTF8"),
    (b'{"id":1,"doc":{"a":-Infinity}}', "NONFINITE"),
    (b'{"id":NaN}', "NONFINITE"),
    (b'{"id":1,"id":2}', "DUPLICATE_KEY"),
    (b'{"id":1,"doc":{"a":1,"\\u0061":1}}', "DUPLICATE_KEY"),
    (b"[" * 100_000, "TOO_DEEP"),
    (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "TOO_DEEP"),
    (b"1", "WRONG_ENVELOPE"),
    (b'"x"', "WRONG_ENVELOPE"),
    (b'{"rows":null}', "WRONG_ENVELOPE"),
    (b'{"id":9223372036854775808}', "OUT_OF_RANGE"),
    (b'{"id":1e2}', "WRONG_TYPE"),
    (b'{"id":"1"}', "WRONG_TYPE"),
    (b'{"id":null}', "WRONG_TYPE"),
    (b'{"id":true}', "WRONG_TYPE"),
    (b'{"id":1,"price":1e131072}', "OUT_OF_RANGE"),
    (b'{"id":1,"price":1e-16384}', "OUT_OF_RANGE"),
    (b'{"id":1,"price":"NaN"}', "WRONG_TYPE"),
    (b'{"id":1,"price":true}', "WRONG_TYPE"),
    (b'{"id":' + b"9" * 1001 + b"}", "OUT_OF_RANGE"),
    (b'{"id":1,"price":0.' + b"1" * 5000 + b"}", "NUMBER_TOO_LONG"),
    (b'{"id":1,"price":1e99999999999999999999}', "OUT_OF_RANGE"),
    (b'{"id":1,"ratio":1e-400}', "OUT_OF_RANGE"),
    (b'{"id":1,"ratio":1e999}', "OUT_OF_RANGE"),
    (b'{"id":1,"ratio":"nan"}', "WRONG_TYPE"),
    (b'{"id":1,"doc":{"a":["x\\u0000"]}}', "NUL_CHAR"),
    (b'{"id":1,"doc":{"\\u0000":1}}', "NUL_CHAR"),
    (b'{"id":1,"name":"\\ud800"}', "LONE_SURROGATE"),
    (b'{"id":1,"name":"\\udc00\\ud800"}', "LONE_SURROGATE"),
    (b'{"id":1,"name":1}', "WRONG_TYPE"),
    (b'{"id":1,"ok":1}', "WRONG_TYPE"),
    (b'{"id":1,"at":"2024-01-01T00:00:00"}', "NAIVE_TIME"),
    (b'{"id":1,"at":"2024-01-01"}', "BAD_TIME"),
    (b'{"id":1,"at":1700000000}', "WRONG_TYPE"),
    (b'{"id":1,"at":"1700000000"}', "BAD_TIME"),
    (b'{"id":1,"at":"2024-01-01T00:00:00.1234567Z"}', "PRECISION"),
    (b'{"id":1,"at":"2024-06-30T23:59:60Z"}', "BAD_TIME"),
    (b'{"id":1,"at":"2024-02-30T00:00:00Z"}', "BAD_TIME"),
    (b'{"id":1,"at":"0000-01-01T00:00:00Z"}', "BAD_TIME"),
    (b'{"id":1,"at":"9999-12-31T23:59:59-14:00"}', "OUT_OF_RANGE"),
    (b'{"id":1,"at":"2024-01-01T00:00:00+23:59"}', "OUT_OF_RANGE"),
    (b'{"id":1,"at":"10000-01-01T00:00:00Z"}', "BAD_TIME"),
    (b'{"id":1,"at":"infinity"}', "BAD_TIME"),
    (b'{"id":1,"at":"Mon, 01 Jan 2024 00:00:00 GMT"}', "BAD_TIME"),
    (b'{"id":1,"day":"01/02/2024"}', "BAD_TIME"),
    (b'{"id":1,"day":"2024-02-29T00:00:00Z"}', "BAD_TIME"),
    (b'{"name":"no id"}', "MISSING"),
    (b"[1]", "NOT_A_ROW"),
]

LOADED = [
    (b'\xef\xbb\xbf{"id":1}', "id", 1),
    (deep(98), "id", 1),
    (b'{"id":1,"name":"[[[[{{{{\\"]]"}', "name", '[[[[{{{{"]]'),
    (b'{"id":-9223372036854775808}', "id", -(2**63)),
    (b'{"id":9007199254740993}', "id", 9007199254740993),
    (b'{"id":-0}', "id", 0),
    (b'{"id":1,"price":18446744073709551616}', "price", Decimal(18446744073709551616)),
    (b'{"id":1,"price":12345678901234567.89}', "price", Decimal("12345678901234567.89")),
    (b'{"id":1,"price":1e999}', "price", Decimal("1e999")),
    (b'{"id":1,"price":"1.5"}', "price", Decimal("1.5")),
    (b'{"id":1,"ratio":5e-324}', "ratio", 5e-324),
    (b'{"id":1,"ratio":3}', "ratio", 3.0),
    (b'{"id":1,"name":"\\\\N"}', "name", "\\N"),
    (b'{"id":1,"name":"a\\tb\\nc\\rd\\\\e"}', "name", "a\tb\nc\rd\\e"),
    (b'{"id":1,"name":"\\ud83d\\ude00"}', "name", "\U0001f600"),
    (b'{"id":1,"name":"\xef\xbf\xbf\xef\xbf\xbe"}', "name", "\uffff\ufffe"),
    (b'{"id":1,"name":"%s %(x)s {0} ${y} $$"}', "name", "%s %(x)s {0} ${y} $$"),
    (b'{"id":1,"ok":false}', "ok", False),
    (b'{"id":1,"at":"2024-01-01T00:00:00.123456000Z"}', "at", datetime(2024, 1, 1, 0, 0, 0, 123456, UTC)),
    (b'{"id":1,"at":"2024-03-31T02:30:00+01:00"}', "at", datetime(2024, 3, 31, 1, 30, tzinfo=UTC)),
    (b'{"id":1,"day":"2024-02-29"}', "day", date(2024, 2, 29)),
    (b'{"id":1,"__proto__":{"x":1},"":2}', "id", 1),
    (b'{"id":1,"doc":[]}', "doc", []),
    (b'{"id":1,"doc":null}', "doc", None),
]


@pytest.mark.parametrize(("body", "code"), REFUSED, ids=lambda value: repr(value)[:60])
def test_what_is_wrong_is_quarantined_with_its_code(body: bytes, code: str) -> None:
    checked = outcome(body)

    assert [reason.code for reason in checked.rejected] == [code]
    assert not checked.rows


@pytest.mark.parametrize(("body", "field", "value"), LOADED, ids=lambda value: repr(value)[:60])
def test_what_is_odd_but_right_is_exact(body: bytes, field: str, value: Any) -> None:
    checked = outcome(body)

    assert checked.rejected == ()
    assert checked.rows[0][field] == value
    assert type(checked.rows[0][field]) is type(value)


def test_the_scale_of_a_decimal_is_kept() -> None:
    assert str(outcome(b'{"id":1,"price":1.10}').rows[0]["price"]) == "1.10"


def test_a_wrong_record_does_not_take_its_neighbours_along() -> None:
    checked = outcome(b'[{"id":1},{"id":"x"},null,{"id":3}]')

    assert [row["id"] for row in checked.rows] == [1, 3]
    assert list(checked.places) == [0, 3]
    assert [(reason.record, reason.code) for reason in checked.rejected] == [(1, "WRONG_TYPE"), (2, "NOT_A_ROW")]


def test_no_reason_repeats_the_value() -> None:
    checked = outcome(b'{"id":"s3cret","price":"s3cret","at":"s3cret"}')

    assert len(checked.rejected) == 3
    assert "s3cret" not in repr(checked.rejected)


def test_a_number_that_jsonb_cannot_hold_is_quarantined() -> None:
    stream = Stream("probes", path="/", row=Probe, key="id")
    page = Page(number=1, key="k", sha256="0" * 64, size=1, status=200, url="u", fetched_at=datetime.now(UTC))

    prepared = prepare(stream, page, b'[{"id":1,"doc":{"n":1e999999}},{"id":2,"doc":{"n":1e999}}]')

    assert [(reason.record, reason.code) for reason in prepared.rejected] == [(0, "OUT_OF_RANGE")]
    assert prepared.rows.keys == [2]
