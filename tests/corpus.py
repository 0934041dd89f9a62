"""
Bad and odd bodies, each with what must become of it: rows with exactly these values, or a place in the quarantine.

A body is one record, a list of records, or an object with a list of records at ``rows``.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import AwareDatetime

from minidata.core.rows import Row


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


class Case(NamedTuple):
    """One *body*; its *codes* in the quarantine, in the order of its records; *rows* are fields of what is loaded."""

    id: str
    body: bytes
    codes: tuple[str, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()

    @property
    def enveloped(self) -> bool:
        """Whether the records are at ``rows``."""
        return self.body.startswith(b'{"rows"')


def refused(number: str, body: bytes, *codes: str) -> Case:
    return Case(number, body, codes)


def loaded(number: str, body: bytes, /, **fields: Any) -> Case:
    return Case(number, body, (), (fields,))


def field(name: str, literal: str | bytes) -> bytes:
    """The body of one record with *literal* in the field *name*."""
    literal = literal.encode() if isinstance(literal, str) else literal
    return b'{"id":1,"' + name.encode() + b'":' + literal + b"}"


def deep(levels: int, opened: bytes = b"[", closed: bytes = b"]") -> bytes:
    """A record with so many levels in its document; it is one level itself."""
    return field("doc", opened * levels + closed * levels)


def fall(name: str, literal: str | bytes, code: str, number: str) -> Case:
    return refused(number, field(name, literal), code)


def hold(name: str, literal: str | bytes, value: Any, number: str) -> Case:
    return loaded(number, field(name, literal), **{name: value})


PARSING = [
    refused("JP01", b"", "EMPTY"),
    refused("JP02", b" \r\n\t", "EMPTY"),
    refused("JP03", b"\xef\xbb\xbf", "EMPTY"),
    refused("JP04", b'{"id":1,}', "NOT_JSON"),
    refused("JP05", b"{'id':1}", "NOT_JSON"),
    refused("JP06", b"{id:1}", "NOT_JSON"),
    refused("JP07", b'{"id":1} x', "NOT_JSON"),
    refused("JP08", b'{"id":1}{"id":2}', "NOT_JSON"),
    refused("JP09", b'{"id":1', "NOT_JSON"),
    refused("JP10", b"<!DOCTYPE html><html>", "NOT_JSON"),
    refused("JP11", b')]}\',\n{"id":1}', "NOT_JSON"),
    refused("JP12", b'{"id":1} // done', "NOT_JSON"),
    refused("JP13", b'{"id":01}', "NOT_JSON"),
    refused("JP14", b'{"id":+1}', "NOT_JSON"),
    refused("JP15", b'{"id":1.}', "NOT_JSON"),
    refused("JP15a", b'{"id":.1}', "NOT_JSON"),
    refused("JP15b", b'{"id":0x1}', "NOT_JSON"),
    refused("JP15c", b'{"id":1_0}', "NOT_JSON"),
    refused("JP16", b'{"id":1,"name":"a\tb"}', "NOT_JSON"),
    refused("JP17", b'{"id":1,"name":"a\x00b"}', "NOT_JSON"),
    refused("JP18", b'{"id":1,"name":"\\x41"}', "NOT_JSON"),
    refused("JP18a", b'{"id":1,"name":"\\u12"}', "NOT_JSON"),
    refused("JP18b", b'{"id":1,"name":"\\ud800\\u12"}', "NOT_JSON"),
    refused("JP18c", b'{"id":1,"name":"\\ud8', "NOT_JSON"),
    refused("JP19", b'\xff\xfe{\x00"\x00i\x00d\x00"\x00:\x001\x00}\x00', "NOT_UTF8"),
    refused("JP20", b'\x00{\x00"\x00i\x00d\x00"\x00:\x001\x00}', "NOT_JSON"),
    loaded("JP21", b'\xef\xbb\xbf{"id":1}', id=1),
    refused("JP21a", b'\xef\xbb\xbf\xef\xbb\xbf{"id":1}', "NOT_JSON"),
    refused("JP22", b'{"id":1,"name":"\xc0\xaf"}', "NOT_UTF8"),
    refused("JP23", b'{"id":1,"name":"\xed\xa0\x80"}', "NOT_UTF8"),
    refused("JP23a", b'{"id":1,"name":"\xf4\x90\x80\x80"}', "NOT_UTF8"),
    refused("JP23b", b'{"id":1,"name":"\xe4"}', "NOT_UTF8"),
    refused("JP24", b'{"id":NaN}', "NONFINITE"),
    refused("JP24a", b'[{"id":1},{"id":2,"ratio":Infinity}]', "NONFINITE"),
    refused("JP25", b'{"id":1,"doc":{"a":-Infinity}}', "NONFINITE"),
    refused("JP26", b'{"id":1,"id":2}', "DUPLICATE_KEY"),
    refused("JP27", b'{"id":1,"doc":{"a":1,"\\u0061":1}}', "DUPLICATE_KEY"),
    refused("JP27a", b'{"id":1,"nobody":{"a":1,"a":1}}', "DUPLICATE_KEY"),
    refused("JP27b", b'{"id":1,"name":"\\ud800","doc":{"a":1,"a":1}}', "DUPLICATE_KEY"),
    refused("JP28", b'{"id":1,"doc":{"a":1,"a":1}}', "DUPLICATE_KEY"),
    loaded("JP29", deep(98), id=1),
    loaded("JP30", deep(99), id=1),
    loaded("JP30a", b'{"id":1,"doc":' + b'{"a":' * 99 + b"1" + b"}" * 100, id=1),
    refused("JP30b", deep(100), "TOO_DEEP"),
    refused("JP30c", b'{"id":1,"doc":' + b'{"a":' * 100 + b"1" + b"}" * 101, "TOO_DEEP"),
    refused("JP30d", b'{"id":1,"nobody":' + b"[" * 150 + b"1" + b"]" * 150 + b"}", "TOO_DEEP"),
    refused("JP31", b"[" * 100_000, "TOO_DEEP"),
    refused("JP32", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "TOO_DEEP"),
    refused("JP33", b"null", "WRONG_ENVELOPE"),
    refused("JP34", b"1", "WRONG_ENVELOPE"),
    refused("JP35", b'"x"', "WRONG_ENVELOPE"),
    refused("JP36", b"true", "WRONG_ENVELOPE"),
    Case("JP37", b"[]"),
    Case("JP37a", b'{"rows":[]}'),
    Case("JP38", b'[1,{"id":1},null,[]]', ("NOT_A_ROW",) * 3, ({"id": 1},)),
    Case("JP39", b'{"rows":[{"id":1},{"id":2}]}', (), ({"id": 1}, {"id": 2})),
    refused("JP40", b'{"rows":null}', "WRONG_ENVELOPE"),
    refused("JP40a", b'{"rows":1}', "WRONG_ENVELOPE"),
    loaded("JP40b", b'{"rows":{"id":1}}', id=1),
    hold("name", r'"[[[[{{{{\"]]"', '[[[[{{{{"]]', "JP41"),
    loaded("JP42", b'{"id":1,"name":"' + b"[" * 300 + b'"}', name="[" * 300),
    refused("JP43", b'{"id":1}],[{"id":2}', "NOT_JSON"),
]

NUMBERS = [
    loaded("JN01", b'{"id":9223372036854775807}', id=2**63 - 1),
    loaded("JN02", b'{"id":-9223372036854775808}', id=-(2**63)),
    refused("JN03", b'{"id":9223372036854775808}', "OUT_OF_RANGE"),
    refused("JN04", b'{"id":-9223372036854775809}', "OUT_OF_RANGE"),
    loaded("JN05", b'{"id":9007199254740993}', id=9007199254740993),
    hold("price", "18446744073709551616", "18446744073709551616", "JN06"),
    refused("JN07", b'{"id":1.0}', "WRONG_TYPE"),
    refused("JN08", b'{"id":1e2}', "WRONG_TYPE"),
    refused("JN09", b'{"id":"1"}', "WRONG_TYPE"),
    refused("JN10", b'{"id":true}', "WRONG_TYPE"),
    refused("JN11", b'{"id":null}', "WRONG_TYPE"),
    loaded("JN12", b'{"id":-0}', id=0),
    hold("price", "12345678901234567.89", "12345678901234567.89", "JN13"),
    hold("price", "0.1", "0.1", "JN14"),
    hold("price", "1.10", "1.10", "JN15"),
    hold("price", "1E+2", "100", "JN16"),
    hold("price", "-0.00", "0.00", "JN16a"),
    hold("price", "1e999", "1" + "0" * 999, "JN17"),
    fall("price", "1e131072", "OUT_OF_RANGE", "JN18"),
    hold("price", "9e131071", "9" + "0" * 131071, "JN18a"),
    hold("price", "1e-16383", "0." + "0" * 16382 + "1", "JN19"),
    fall("price", "1e-16384", "OUT_OF_RANGE", "JN20"),
    fall("price", "1.0e-16383", "OUT_OF_RANGE", "JN20a"),
    fall("price", "0e-20000", "OUT_OF_RANGE", "JN20b"),
    hold("price", '"1.5"', "1.5", "JN21"),
    fall("price", '"NaN"', "WRONG_TYPE", "JN22"),
    fall("price", '"1_000"', "WRONG_TYPE", "JN22a"),
    fall("price", '" 1"', "WRONG_TYPE", "JN22b"),
    fall("price", '"\u0661"', "WRONG_TYPE", "JN22c"),
    fall("price", '"1,5"', "WRONG_TYPE", "JN22d"),
    fall("price", "true", "WRONG_TYPE", "JN22e"),
    fall("price", '""', "WRONG_TYPE", "JN22f"),
    refused("JN23", b'{"id":' + b"9" * 1001 + b"}", "NUMBER_TOO_LONG"),
    refused("JN23a", b'{"id":-' + b"9" * 5000 + b"}", "NUMBER_TOO_LONG"),
    hold("price", "9" * 1000, "9" * 1000, "JN23b"),
    fall("price", "9" * 1001, "NUMBER_TOO_LONG", "JN23c"),
    fall("price", "9" * 100_000, "NUMBER_TOO_LONG", "JN23d"),
    fall("ratio", "9" * 1001, "NUMBER_TOO_LONG", "JN23e"),
    fall("doc", "9" * 1001, "NUMBER_TOO_LONG", "JN23f"),
    fall("doc", "[" + "9" * 5000 + "]", "NUMBER_TOO_LONG", "JN23g"),
    Case(
        "JN23h",
        b'[{"id":1},{"id":2,"price":' + b"9" * 5000 + b'},{"id":3}]',
        ("NUMBER_TOO_LONG",),
        ({"id": 1}, {"id": 3}),
    ),
    fall("price", "0." + "1" * 5000, "NUMBER_TOO_LONG", "JN24"),
    hold("price", "0." + "1" * 1000, "0." + "1" * 1000, "JN24a"),
    fall("ratio", "1e999", "OUT_OF_RANGE", "JN25"),
    fall("ratio", "9" * 400, "OUT_OF_RANGE", "JN25a"),
    fall("ratio", "1e-400", "OUT_OF_RANGE", "JN26"),
    hold("ratio", "5e-324", 5e-324, "JN27"),
    fall("ratio", "2e-324", "OUT_OF_RANGE", "JN27a"),
    hold("ratio", "2.2250738585072011e-308", 2.2250738585072011e-308, "JN27b"),
    hold("ratio", "-0.0", -0.0, "JN28"),
    hold("ratio", "0e-400", 0.0, "JN28a"),
    hold("ratio", "1.7976931348623157e308", 1.7976931348623157e308, "JN28b"),
    fall("ratio", "1.7976931348623159e308", "OUT_OF_RANGE", "JN28c"),
    fall("ratio", '"nan"', "WRONG_TYPE", "JN29"),
    fall("ratio", '"1.5"', "WRONG_TYPE", "JN29a"),
    fall("ratio", "true", "WRONG_TYPE", "JN29b"),
    hold("ratio", "3", 3.0, "JN30"),
    hold("doc", '{"n":123456789012345678901234567890}', {"n": 123456789012345678901234567890}, "JN31"),
    hold("doc", '{"n":1.10,"m":1e-7,"k":-0}', {"n": Decimal("1.10"), "m": Decimal("1e-7"), "k": 0}, "JN31a"),
    hold("doc", "1e400", 10**400, "JN31b"),
    hold("doc", "[1e-16383]", [Decimal("1e-16383")], "JN31c"),
    fall("doc", '{"n":1e999999}', "OUT_OF_RANGE", "JN32"),
    fall("doc", '{"n":1e-16384}', "OUT_OF_RANGE", "JN32a"),
    fall("doc", "[1.5000000000000000000e-16380]", "OUT_OF_RANGE", "JN32b"),
    fall("price", "1e99999999999999999999", "OUT_OF_RANGE", "JN33"),
    fall("doc", "[-1e-99999999999999999999]", "OUT_OF_RANGE", "JN33a"),
    fall("price", '"1e999999999"', "OUT_OF_RANGE", "JN33b"),
    fall("price", '"1e99999999999999999999"', "WRONG_TYPE", "JN33c"),
    loaded("JN34", b'{"id":1,"nobody":1e99999999999999999999}', id=1),
]

STRINGS = [
    hold("name", '""', "", "JS01"),
    hold("name", "null", None, "JS02"),
    hold("name", r'"\\N"', "\\N", "JS03"),
    hold("name", r'"\\."', "\\.", "JS04"),
    hold("name", r'"a\tb\nc\rd\\e"', "a\tb\nc\rd\\e", "JS05"),
    hold("name", '"NULL"', "NULL", "JS06"),
    fall("name", r'"x\u0000"', "NUL_CHAR", "JS07"),
    fall("doc", r'{"a":["x\u0000"]}', "NUL_CHAR", "JS08"),
    fall("doc", r'{"\u0000":1}', "NUL_CHAR", "JS09"),
    hold("doc", r'["\\u0000","\\\\u0000"]', ["\\u0000", "\\\\u0000"], "JS10"),
    fall("doc", r'["\\\u0000"]', "NUL_CHAR", "JS10a"),
    fall("name", r'"\ud800"', "LONE_SURROGATE", "JS11"),
    fall("name", r'"\udc00\ud800"', "LONE_SURROGATE", "JS12"),
    fall("doc", r'{"a":"\ud800x"}', "LONE_SURROGATE", "JS13"),
    fall("doc", r'{"\udfff":1}', "LONE_SURROGATE", "JS13a"),
    Case(
        "JS13b",
        rb'[{"id":1,"name":"\ud83d\ude00"},{"id":2,"name":"\ud83d"},{"id":3,"price":1.10}]',
        ("LONE_SURROGATE",),
        ({"id": 1, "name": "\U0001f600"}, {"id": 3, "price": "1.10"}),
    ),
    loaded("JS13c", rb'{"id":1,"nobody":"\ud800"}', id=1),
    hold("name", r'"\ud83d\ude00"', "\U0001f600", "JS14"),
    hold("name", b'"\xef\xbf\xbf\xef\xbf\xbe\xef\xb7\x90"', "\uffff\ufffe\ufdd0", "JS15"),
    hold("name", b'"e\xcc\x81 \xc3\xa9"', "e\u0301 \u00e9", "JS16"),
    hold("name", b'"\xe2\x80\xaeevil\xe2\x80\x8b\xef\xbb\xbf"', "\u202eevil\u200b\ufeff", "JS17"),
    hold("name", r'"\u001b[31m\u0007"', "\x1b[31m\x07", "JS18"),
    hold("name", r'"<script>alert(1)<\/script>"', "<script>alert(1)</script>", "JS19"),
    hold("name", '"=1+1"', "=1+1", "JS20"),
    hold("name", '"%s %(x)s {0} ${y} $$"', "%s %(x)s {0} ${y} $$", "JS21"),
    hold("name", f'"{"x" * 10_000_000}"', "x" * 10_000_000, "JS22"),
    fall("name", "1", "WRONG_TYPE", "JS23"),
    fall("name", "[]", "WRONG_TYPE", "JS23a"),
    fall("name", "true", "WRONG_TYPE", "JS23b"),
    hold("name", b'"\x7f\xc2\x85\xe2\x80\xa8"', "\x7f\x85\u2028", "JS24"),
    hold("name", '" "', " ", "JS25"),
    hold("name", r'"\\\\N\\\t"', "\\\\N\\\t", "JS26"),
]

BOOLEANS = [
    hold("ok", "true", value=True, number="JB01"),
    fall("ok", "1", "WRONG_TYPE", "JB02"),
    hold("ok", "false", value=False, number="JB03"),
    fall("ok", '"true"', "WRONG_TYPE", "JB04"),
    fall("ok", "1.0", "WRONG_TYPE", "JB05"),
    hold("ok", "null", None, "JB06"),
]


TIMES = [
    hold("at", '"2024-01-01T00:00:00Z"', datetime(2024, 1, 1, 0, 0, 0, tzinfo=UTC), "JT01"),
    fall("at", '"2024-01-01T00:00:00"', "NAIVE_TIME", "JT02"),
    fall("at", '"2024-01-01"', "BAD_TIME", "JT03"),
    fall("at", "1700000000", "WRONG_TYPE", "JT04"),
    fall("at", '"1700000000"', "BAD_TIME", "JT05"),
    hold("at", '"2024-01-01T00:00:00.123456Z"', datetime(2024, 1, 1, 0, 0, 0, 123456, tzinfo=UTC), "JT06"),
    fall("at", '"2024-01-01T00:00:00.1234567Z"', "PRECISION", "JT07"),
    hold("at", '"2024-01-01T00:00:00.123456000Z"', datetime(2024, 1, 1, 0, 0, 0, 123456, tzinfo=UTC), "JT08"),
    fall("at", '"2024-06-30T23:59:60Z"', "BAD_TIME", "JT09"),
    fall("at", '"2024-01-01T24:00:00Z"', "BAD_TIME", "JT10"),
    fall("at", '"2024-02-30T00:00:00Z"', "BAD_TIME", "JT11"),
    fall("at", '"0000-01-01T00:00:00Z"', "BAD_TIME", "JT12"),
    hold("at", '"0001-01-01T00:00:00Z"', datetime(1, 1, 1, 0, 0, 0, tzinfo=UTC), "JT13"),
    fall("at", '"0001-01-01T00:00:00+14:00"', "OUT_OF_RANGE", "JT13a"),
    hold("at", '"0001-01-01T00:00:00-15:59"', datetime(1, 1, 1, 15, 59, 0, tzinfo=UTC), "JT13b"),
    fall("at", '"9999-12-31T23:59:59-14:00"', "OUT_OF_RANGE", "JT14"),
    hold("at", '"9999-12-31T23:59:59.999999Z"', datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "JT14a"),
    fall("at", '"2024-01-01T00:00:00+23:59"', "OUT_OF_RANGE", "JT15"),
    hold("at", '"2024-01-01T00:00:00+15:59"', datetime(2023, 12, 31, 8, 1, 0, tzinfo=UTC), "JT16"),
    fall("at", '"2024-01-01T00:00:00+16:00"', "OUT_OF_RANGE", "JT16a"),
    fall("at", '"10000-01-01T00:00:00Z"', "BAD_TIME", "JT17"),
    fall("at", '"infinity"', "BAD_TIME", "JT18"),
    fall("at", '"0044-03-15 00:00:00+00 BC"', "BAD_TIME", "JT19"),
    fall("at", '"now"', "BAD_TIME", "JT19a"),
    fall("at", '"Mon, 01 Jan 2024 00:00:00 GMT"', "BAD_TIME", "JT20"),
    hold("at", '"2024-03-31T02:30:00+01:00"', datetime(2024, 3, 31, 1, 30, 0, tzinfo=UTC), "JT21"),
    hold("at", '"2024-01-01 00:00:00-0530"', datetime(2024, 1, 1, 5, 30, 0, tzinfo=UTC), "JT22"),
    fall("at", '"2024-01-01T00:00:00[Europe/Paris]"', "BAD_TIME", "JT22a"),
    fall("at", '""', "BAD_TIME", "JT22b"),
    fall("at", f'"2024-01-01T00:00:00.{"1" * 1_000_000}x"', "BAD_TIME", "JT22c"),
    fall("day", '"01/02/2024"', "BAD_TIME", "JT23"),
    hold("day", '"2024-02-29"', date(2024, 2, 29), "JT24"),
    fall("day", '"2023-02-29"', "BAD_TIME", "JT25"),
    fall("day", '"2024-02-29T00:00:00Z"', "BAD_TIME", "JT26"),
    fall("day", '"20240229"', "BAD_TIME", "JT27"),
    fall("day", '"\u0662\u0660\u0662\u0664-01-01"', "BAD_TIME", "JT28"),
    hold("day", '"0001-01-01"', date(1, 1, 1), "JT29"),
    hold("day", '"9999-12-31"', date(9999, 12, 31), "JT30"),
    fall("day", '"-infinity"', "BAD_TIME", "JT31"),
    fall("day", "20240229", "WRONG_TYPE", "JT32"),
]

ROWS = [
    Case("JR01", b'[{"id":1,"name":"a"},{"id":1,"name":"b"}]', (), ({"name": "a"}, {"name": "b"})),
    Case("JR02", b'[{"id":1},{"id":"x"},{"id":3}]', ("WRONG_TYPE",), ({"id": 1}, {"id": 3})),
    refused("JR03", b'[{"id":"x"},{"id":null}]', "WRONG_TYPE", "WRONG_TYPE"),
    refused("JR04", b'{"name":"no id"}', "MISSING"),
    refused("JR04a", b"{}", "MISSING"),
    refused("JR04b", b'{"ID":1}', "MISSING"),
    refused("JR04c", b'{"id":"x","ok":1,"day":"x"}', "WRONG_TYPE", "WRONG_TYPE", "BAD_TIME"),
    loaded("JR05", b'{"id":1,"__proto__":{"x":1},"":2}', id=1),
    hold("doc", '{"":{"a":[1,"x",null,true,{}]}}', {"": {"a": [1, "x", None, True, {}]}}, "JR06"),
    hold("doc", "[]", [], "JR07"),
    hold("doc", "null", None, "JR08"),
    hold("doc", "[null]", [None], "JR09"),
    hold("doc", '"x"', "x", "JR10"),
    hold("doc", "false", value=False, number="JR11"),
]

# What people type into forms to see what breaks.
NAUGHTY: list[str] = [
    *json.loads((Path(__file__).parent / "data" / "naughty.json").read_text()),
    "x" * 8191,
    "é" * 4096,
]

CASES = [*PARSING, *NUMBERS, *STRINGS, *BOOLEANS, *TIMES, *ROWS] + [
    hold(where, json.dumps(value, ensure_ascii=place % 2 == 0), held, f"{number}{place:03}")
    for place, text in enumerate(NAUGHTY)
    for number, where, value, held in (("JSN", "name", text, text), ("JSD", "doc", {text: [text]}, {text: [text]}))
]
