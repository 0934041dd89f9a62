"""Every type that a column can have: literals at its borders, and what each means, told by other means than ours."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network, ip_interface
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from pydantic import (
    AnyUrl,
    AwareDatetime,
    BaseModel,
    Field,
    HttpUrl,
    IPvAnyAddress,
    IPvAnyInterface,
    Json,
    NaiveDatetime,
)


class Colour(Enum):
    RED = "red"
    ODD = "b\\c\t"


class Level(IntEnum):
    LOW = -(2**63)
    HIGH = 2**63 - 1


class Part(BaseModel):
    sku: str
    price: Decimal | None = None
    tags: list[str] | None = None


class Kind(NamedTuple):
    """
    A column's *type*; JSON literals that it *takes*, and those that it *refuses*, with the code of the quarantine.

    *meant* says what Postgres must give back for a literal, read from JSON with every digit.
    """

    type: Any
    meant: Callable[[Any], Any]
    takes: tuple[str, ...]
    refuses: Mapping[str, str]


def _same(value: Any) -> Any:
    return value


def _seconds(text: str) -> timedelta:
    """An ISO 8601 duration, counted in fractions."""
    sign, days, clock = re.fullmatch(r"([-+]?)P([^T]*)T?(.*)", text).groups()  # type: ignore[union-attr]
    units = {"W": 604_800, "D": 86_400, "H": 3_600, "M": 60, "S": 1}
    total = sum(
        (
            Fraction(number.replace(",", ".")) * units[unit]
            for number, unit in re.findall(r"([\d.,]+)([A-Z])", days + clock)
        ),
        Fraction(0),
    )
    whole, rest = divmod(total, 86_400)
    found = timedelta(days=int(whole), seconds=int(rest), microseconds=int(rest % 1 * 10**6))
    return -found if sign == "-" else found


def _address(text: str) -> Any:
    found = ip_interface(text)
    return found.ip if found.network.num_addresses == 1 else found


def _price(value: Any) -> Any:
    return None if value is None else Decimal(value)


def _part(value: dict[str, Any]) -> dict[str, Any]:
    return {"sku": value["sku"], "price": _price(value.get("price")), "tags": value.get("tags")}


def _parts(value: list[Any]) -> list[Any]:
    return list(map(_part, value))


def _decimals(value: list[Any]) -> list[Decimal]:
    return list(map(Decimal, value))


def _doubles(value: list[Any]) -> list[Decimal]:
    return [Decimal(repr(float(one))) for one in value]


def exactly(text: str) -> Any:
    """What JSON says, with every digit."""
    return json.loads(text, parse_float=Decimal)


def _wrong(*literals: str) -> dict[str, str]:
    return dict.fromkeys(literals, "WRONG_TYPE")


def _bad(*literals: str) -> dict[str, str]:
    return dict.fromkeys(literals, "BAD_TIME")


def _far(*literals: str) -> dict[str, str]:
    return dict.fromkeys(literals, "OUT_OF_RANGE")


_BIG = "9" * 1001
_INT = ('"12"', "1.0", "1e2", "true", "[]", "{}", '"x"')
_DEEP = "[" * 90 + "]" * 90

KINDS: Mapping[str, Kind] = {
    "int": Kind(
        int,
        int,
        ("0", "-0", "9223372036854775807", "-9223372036854775808", "9007199254740993"),
        {**_wrong(*_INT), **_far("9223372036854775808", "-9223372036854775809"), _BIG: "NUMBER_TOO_LONG"},
    ),
    "small": Kind(Annotated[int, Field(gt=0, le=10)], int, ("1", "10"), _far("0", "11", "-1")),
    "float": Kind(
        float,
        float,
        (
            "0.1",
            "-0.0",
            "3",
            "5e-324",
            "2.2250738585072014e-308",
            "1e308",
            "-1.7976931348623157e308",
            "1e22",
            "1e-7",
            "9007199254740993",
        ),
        {
            **_wrong('"1"', '"nan"', '"inf"', "true"),
            **_far("1e309", "1e-400", "2e-324", "9" * 400),
            _BIG: "NUMBER_TOO_LONG",
        },
    ),
    "decimal": Kind(
        Decimal,
        Decimal,
        (
            "1.10",
            "1e5",
            "-0",
            "12345678901234567.89",
            "9" * 1000,
            "1e131071",
            "1e-16383",
            "0e131071",
            '"1e5"',
            '".5"',
            '"-5."',
            "0." + "1" * 1000,
        ),
        {
            **_wrong("true", '"NaN"', '"1_0"', '" 1"', '"1\\n"', '"0x1"', '""', "[]", '"\\u0661"'),
            **_far("1e131072", "1e-16384", "1.00e-16382", "0e-20000", '"1e999999999"'),
            **dict.fromkeys((_BIG, f'"{_BIG}"', "0." + "1" * 1001), "NUMBER_TOO_LONG"),
        },
    ),
    "money": Kind(
        Annotated[Decimal, Field(max_digits=12, decimal_places=2)],
        Decimal,
        ("1.1", "1.100", "9999999999.99", "-9999999999.99", "0e-9", "0e50", "1e9", "100e-3", '"1.50"'),
        {"0.001": "PRECISION", "1e-3": "PRECISION", **_far("10000000000", "9999999999.995", "1e10", "1e131072")},
    ),
    "digits": Kind(
        Annotated[Decimal, Field(max_digits=4)], Decimal, ("1.234", "9999", "0.0001"), _far("12345", "1e10")
    ),
    "str": Kind(
        str,
        _same,
        (
            '""',
            '" "',
            r'"\\N"',
            r'"\\."',
            r'"a\tb\nc\rd\\e"',
            r'"\u0001\ud83d\ude00"',
            '"NULL"',
            '"\x7f\x85\u2028"',
            '"' + "é" * 9000 + '"',
        ),
        {**_wrong("1", "true", "[]", "{}"), r'"a\u0000b"': "NUL_CHAR", r'"\ud800"': "LONE_SURROGATE"},
    ),
    "bool": Kind(bool, _same, ("true", "false"), _wrong("1", "0", "1.0", '"true"', '"t"')),
    "date": Kind(
        date,
        date.fromisoformat,
        ('"2024-02-29"', '"0001-01-01"', '"9999-12-31"'),
        {
            **_bad(
                '"2023-02-29"',
                '"0000-01-01"',
                '"10000-01-01"',
                '"infinity"',
                '"0044-03-15 BC"',
                '"-0001-01-01"',
                '"20240229"',
                '"2024-1-1"',
                '"2024-02-29T00:00:00"',
                '"2024-01-01\\n"',
            ),
            "20240229": "WRONG_TYPE",
        },
    ),
    "instant": Kind(
        AwareDatetime,
        datetime.fromisoformat,
        (
            '"2024-02-29T12:00:00Z"',
            '"2024-02-29 12:00Z"',
            '"0001-01-01T00:00:00+00:00"',
            '"0001-01-01T00:00:00-15:59"',
            '"9999-12-31T23:59:59.999999Z"',
            '"9999-12-31T23:59:59+15:59"',
            '"2024-03-31T02:30:00+01:00"',
            '"2024-01-01T00:00:00.123456000-0530"',
            '"2024-01-01T00:00:00,5Z"',
        ),
        {
            **_far(
                '"0001-01-01T00:00:00+00:01"',
                '"9999-12-31T23:59:59-00:01"',
                '"2024-01-01T00:00:00+16:00"',
                '"2024-01-01T00:00:00+23:59"',
            ),
            **_bad(
                '"2024-02-29T24:00:00Z"',
                '"2024-02-29T23:59:60Z"',
                '"2024-02-29T12Z"',
                '"2024-02-29"',
                '"infinity"',
                '"1700000000"',
                '"2024-01-01T00:00:00-05"',
                '"2024-01-01T00:00:00+05:30:15"',
            ),
            '"2024-02-29T12:00:00"': "NAIVE_TIME",
            '"2024-02-29T12:00:00.1234567Z"': "PRECISION",
            "1700000000": "WRONG_TYPE",
        },
    ),
    "local": Kind(
        NaiveDatetime,
        datetime.fromisoformat,
        ('"2024-02-29T12:00:00.5"', '"0001-01-01T00:00:00"', '"9999-12-31T23:59:59.999999"'),
        {
            **_bad('"2024-02-29T12:00:00Z"', '"0000-01-01T00:00:00"', '"2024-02-30T00:00"', '"now"'),
            '"2024-02-29T12:00:00.1234567"': "PRECISION",
        },
    ),
    "time": Kind(
        time,
        time.fromisoformat,
        ('"00:00"', '"23:59:59.999999"', '"12:00:00.500000000"'),
        {
            **_bad('"24:00:00"', '"23:59:60"', '"12:00:00Z"', '"12:00:00+02:00"', '"1:00"', '"noon"'),
            '"12:00:00.0000001"': "PRECISION",
            "43200": "WRONG_TYPE",
        },
    ),
    "span": Kind(
        timedelta,
        _seconds,
        (
            '"P1DT2H3M4.5S"',
            '"-PT1S"',
            '"+P1D"',
            '"P1W"',
            '"PT36H"',
            '"P0.5D"',
            '"PT0,000001S"',
            '"P999999999D"',
            '"-P999999999D"',
            '"-P1DT0.000001S"',
            '"P999999999DT23H59M59.999999S"',
        ),
        {
            **_bad('"P1M"', '"P1Y"', '"P1Y2M3DT4H"', '"P"', '"PT"', '"P1DT"', '"01:00:00"', '"1 day"', '"P-1D"'),
            **_far('"P1000000000D"', '"PT99999999999999999999S"'),
            '"PT0.0000001S"': "PRECISION",
            "3600": "WRONG_TYPE",
        },
    ),
    "uuid": Kind(
        UUID,
        UUID,
        (
            '"00000000-0000-4000-8000-00000000000a"',
            '"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"',
            '"0000000000004000800000000000000a"',
        ),
        _wrong('"x"', '"AAAAAAAAAAAAAAAA"', "1", '"00000000-0000-4000-8000-00000000000g"'),
    ),
    "bytes": Kind(
        bytes, str.encode, ('""', r'"a\\b\u00e9\\x00"', '"\\n\\t"'), {**_wrong("1", "[]"), r'"\u0000"': "NUL_CHAR"}
    ),
    "word": Kind(Literal["a", "b\\c"], _same, ('"a"', r'"b\\c"'), _far('"A"', '"a "', "1")),
    "number": Kind(Literal[1, 2], _same, ("1", "2"), {**_wrong("1.0", "true", '"1"', "1e0"), **_far("3")}),
    "colour": Kind(Colour, _same, ('"red"', r'"b\\c\t"'), _far('"blue"', '"RED"', "1")),
    "level": Kind(
        Level, _same, ("9223372036854775807", "-9223372036854775808"), {**_wrong("true", '"1"', "1.0"), **_far("1")}
    ),
    "ip4": Kind(
        IPv4Address,
        _address,
        ('"192.0.2.1"', '"255.255.255.255"'),
        _wrong('"192.0.2.1/32"', "3221225985", '"::1"', '"192.0.2.01"', '"1.2.3"'),
    ),
    "ip6": Kind(
        IPv6Address,
        _address,
        ('"::1"', '"2001:DB8::FF"', '"::ffff:1.2.3.4"'),
        {**_wrong('"1.2.3.4"', '"::g"'), **_far('"fe80::1%eth0"')},
    ),
    "host": Kind(
        IPv4Interface, _address, ('"192.0.2.1/24"', '"192.0.2.1"', '"192.0.2.1/0"'), _wrong('"192.0.2.1/33"', "1")
    ),
    "net4": Kind(
        IPv4Network, _address, ('"192.0.2.0/24"', '"0.0.0.0/0"', '"192.0.2.1"'), _wrong('"192.0.2.1/24"', "1")
    ),
    "net6": Kind(
        IPv6Network, _address, ('"2001:db8::/32"', '"::/0"'), {**_wrong('"2001:db8::1/32"'), **_far('"fe80::%eth0/64"')}
    ),
    "host6": Kind(IPv6Interface, _address, ('"2001:db8::1/32"',), _far('"fe80::1%eth0/64"')),
    "any_ip": Kind(IPvAnyAddress, _address, ('"192.0.2.1"', '"::1"'), {**_wrong("1", '"x"'), **_far('"fe80::1%1"')}),
    "any_host": Kind(IPvAnyInterface, _address, ('"192.0.2.1/24"', '"2001:db8::1/64"'), _wrong('"192.0.2.1/99"')),
    "url": Kind(
        HttpUrl,
        _same,
        (
            '"https://example.com"',
            '"HTTPS://EXAMPLE.com:443/ä?q=ü#f"',
            '"https://münchen.de/a b"',
            '"https://example.com/a/../b"',
            r'"https://example.com/a\\b\t"',
        ),
        {**_wrong('"ftp://example.com"', '"x"', "1"), **_far(f'"https://example.com/{"x" * 3000}"')},
    ),
    "link": Kind(AnyUrl, _same, ('"mailto:a@example.com"', '"urn:isbn:1"'), _wrong('"x"')),
    "any": Kind(
        Any,
        _same,
        (
            "1.10",
            "-0",
            "1e-7",
            "1e400",
            "123456789012345678901234567890",
            '{"a":[1,null,{"":"x"}]}',
            r'"\\u0000"',
            "true",
            "[]",
            "[1e-16383]",
            r'{"\ud83d\ude00":"\\\\"}',
            _DEEP,
            "9" * 1000,
        ),
        {
            **_far("1e131072", "[1e-16384]", "[1.500e-16382]", '{"a":0e-99999}'),
            r'["\u0000"]': "NUL_CHAR",
            r'{"a\ud800":1}': "LONE_SURROGATE",
            _BIG: "NUMBER_TOO_LONG",
            "[0." + "1" * 20_000 + "]": "NUMBER_TOO_LONG",
        },
    ),
    "ints": Kind(
        list[int],
        _same,
        ("[]", "[1,-0,123456789012345678901234567890]"),
        _wrong("[1.0]", '["1"]', "[true]", "[null]", "1", "{}"),
    ),
    "texts": Kind(list[str], _same, (r'["","\\N","{}","a,b","\""]',), {**_wrong("[1]"), r'["\u0000"]': "NUL_CHAR"}),
    "decimals": Kind(list[Decimal], _decimals, ('[1.10,"1.50",1e999]',), _far("[1e131072]")),
    "doubles": Kind(list[float], _doubles, ("[0.1,3,5e-324]",), _far("[1e999]", "[1e-400]")),
    "mapping": Kind(dict[str, Any], _same, ('{"a":1.10,"":{"b":[]}}', "{}"), _wrong("[]", "1")),
    "part": Kind(
        Part,
        _part,
        ('{"sku":"a"}', '{"sku":"","price":"1.10","tags":["x"],"more":1}'),
        {'{"sku":1}': "WRONG_TYPE", '{"sku":"a","price":1e131072}': "OUT_OF_RANGE", "{}": "MISSING"},
    ),
    "parts": Kind(
        list[Part],
        _parts,
        ("[]", '[{"sku":"a","price":1e-300},{"sku":"b"}]'),
        {'[{"sku":null}]': "WRONG_TYPE", r'[{"sku":"\u0000"}]': "NUL_CHAR"},
    ),
    "inner": Kind(
        Json[Any],  # type: ignore[misc]
        exactly,
        (r'"{\"a\": [1.10, 12345678901234567.89]}"', '"[]"'),
        _wrong("1", '"{"', r'"{\"a\":1,\"a\":1}"', '"[NaN]"'),
    ),
}
