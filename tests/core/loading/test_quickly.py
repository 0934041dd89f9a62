"""The quick way of preparing pages: whatever the page, the outcome is that of the plain way."""

import json
import os
import random
from collections.abc import Callable, Iterator
from copy import copy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field, NaiveDatetime, create_model

from minidata.core.loading.preparing import Prepared, prepare, prepare_plainly
from minidata.core.loading.quickly.quick import Quick
from minidata.core.rows import Row
from minidata.core.runs import Page
from minidata.core.source import Deleted, Stream
from minidata.demo.records import DemoShop
from minidata.sources.shop import shop

MUTATIONS = int(os.environ.get("MINIDATA_TEST_MUTATIONS", "2400"))


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


class Part(BaseModel):
    name: str
    price: Annotated[Decimal, Field(max_digits=8, decimal_places=2, ge=0)]
    count: int = Field(ge=1)


class Place(BaseModel):
    lat: float
    at: AwareDatetime | None = None


def dumped(*values: Any) -> list[str]:
    """JSON as Python writes it, in two ways."""
    return [json.dumps(value, ensure_ascii=only, separators=(",", ":")) for value in values for only in (True, False)]


WORDS = ["", "a", "\\N", "\t", "a\\b\n", '"', "/", "é", "\x7f\u2028", "\U0001f600", " x "]
DOCUMENTS = [
    {"a": 1, "b": [True, None, "x\\"]},
    {"a": 2, "b": []},
    [],
    {},
    "é",
    0,
    [1.5, [-2]],
    {"a": {"b": {"é": "/"}}},
]

# What a field is annotated with, and JSON that it takes as a rule.
KINDS: dict[str, tuple[Any, list[str]]] = {
    "whole": (int, ["0", "-7", "42"]),
    "large": (int, ["9223372036854775807", "-9223372036854775808", "999999999999999999", "1000000000000000000"]),
    "positive": (Annotated[int, Field(ge=1)], ["1", "9"]),
    "at_least": (Annotated[int, Field(ge=0)], ["0", "9"]),
    "bounded": (Annotated[int, Field(gt=0, le=50)], ["1", "50"]),
    "text": (str, dumped(*WORDS)),
    "maybe": (str | None, dumped(*WORDS, None)),
    "default": (str | None, dumped(*WORDS, None)),
    "short": (Annotated[str, Field(max_length=5)], dumped(*WORDS)),
    "code": (Annotated[str, Field(pattern="^[A-Z]{2}$")], ['"DE"', '"CH"']),
    "stripped": (Annotated[str, BeforeValidator(lambda v: v.strip() if isinstance(v, str) else v)], dumped(*WORDS)),
    "upper": (Annotated[str, AfterValidator(str.upper)], dumped(*WORDS)),
    "word": (Literal["a", "b c"], ['"a"', '"b c"']),
    "number": (Literal[1, 2], ["1", "2"]),
    "size": (Size, ['"s"', '"l"']),
    "flag": (bool, ["true", "false"]),
    "ratio": (float, ["0.5", "1", "-3.25", "0.1", "12345.678901", "-0.0", "1e3", "0.1000"]),
    "half": (float | None, ["0.5", "null"]),
    "money": (Annotated[Decimal, Field(max_digits=6, decimal_places=2)], ["1.5", "1.50", "-2", "0", "1234.5"]),
    "price": (Annotated[Decimal, Field(max_digits=6, decimal_places=2, ge=0)], ['"1.50"', '"0.00"', '"9999"']),
    "exact": (Decimal, ["0.000001", "123456789012345678.1", "-0.0", "7"]),
    "instant": (
        AwareDatetime,
        dumped("2024-01-01T00:00:00Z", "2024-02-28T23:59:59+00:00", "1999-01-31T00:00:00-07:30"),
    ),
    "fine": (AwareDatetime | None, ['"2024-01-01T00:00:00.120000Z"', '"2024-01-01T00:00:00Z"', "null"]),
    "javascript": (datetime, dumped("2024-01-01T00:00:00.000Z", "2024-05-31T00:00:00.120Z")),
    "local": (NaiveDatetime, dumped("2024-01-01T00:00:00", "2024-01-01T00:00:00.000001")),
    "day": (date, dumped("2024-01-31", "2024-02-29", "2024-11-30")),
    "span": (timedelta, dumped("PT1H", "P1D")),
    "id": (UUID, dumped("6ba7b810-9dad-11d1-80b4-00c04fd430c8")),
    "host": (IPv4Address, dumped("10.0.0.1")),
    "raw": (bytes, dumped(*WORDS)),
    "document": (Any, dumped(*DOCUMENTS)),
    "object": (dict[str, Any], dumped({"a": 1}, {"a": "x\n"}, {"a": None, "b": [1]})),
    "counts": (dict[str, int], dumped({"a": 1, "b": 2}, {"a": 0, "b": 5})),
    "tags": (list[str], dumped([], ["a"], ["a", "\n", "é"])),
    "parts": (list[Part], ['[{"name":"x","price":1.50,"count":2}]', '[{"name":"y\\n","price":12,"count":1}]']),
    "place": (Place | None, ['{"lat":1.5}', '{"lat":2,"at":"2024-01-01T00:00:00Z"}', "null"]),
    "unnamed": (None, dumped(*DOCUMENTS)),
    "skipped": (None, dumped("x\t", 9, None)),
}
# JSON, or none, that few fields take.
ODD = [
    *("null", "true", "1", "-0", "1.0", "1e2", "1E400", "-0.0", "0.0000001", "[0.0000001]", "00", "-01", ".5", "1."),
    *('""', '"1"', '"\\/"', '"\\u0041"', '"\\u0000"', '"\\ud800"', '"\\ud83d\\ude00"', '"\\x"', '"\x01"', '"', "nul"),
    *("[]", "{}", "[null]", "[1,]", "[1 ,2]", '["\\/"]', '["\\u0041"]', '["\\b"]', "[-0]", "[1e2]", "[01]"),
    *('{"a":1,"a":2}', '{"a":1,}', '{"b":1,"a":2}', '{"a":1,"b":-0}', '{"a":1,"b":"\\u0000"}', '{"\\u0000":1}'),
    *('{"a":}', "+1", "9" * 1200, '{"a":1,"b":2,"c":3}', '{"a":1,"b":9223372036854775808}', "-Infinity"),
    *("NaN", "[" * 120 + "]" * 120),
    *('"2023-02-29T00:00:00Z"', '"2024-02-29T00:00:00Z"', '"2024-01-01t00:00:00z"', '"2024-01-01 00:00:00Z"'),
    *('"2024-01-01T24:00:00Z"', '"2024-01-01T00:00:60Z"', '"2024-01-01T00:00:00.000000Z"', '"2024-01-01T00:00-00:00"'),
    *('"2024-01-01T00:00:00-00:00"', '"2024-01-01T00:00:00Z "', '"2024-01-01T00:00:00.5Z"', '"2024-01-01T00:00:00,5Z"'),
    *('"2024-01-01T00:00:00+16:00"', '"0001-01-01T00:00:00Z"', '"2024-04-31"', '"2024-01-01T00:00:00.1234567Z"'),
    *('"2024-01-01T00:00:60.000Z"', '"2024-01-01T00:00:60"', '"2023-02-29"', '"2024-00-10"', '"2024-13-01"'),
    *('"0000-01-01"', '"minidata:0"', '{"name":"x","price":"1.50","count":2}', '[{"name":"x","price":1.5,"count":0}]'),
    *('"٣"', '"+1"'),
    *('[{"price":1.5,"name":"x","count":1}]', '[{"name":"x","price":1.5,"count":1,"more":1}]'),
    *('[{"name":"\\/","price":1.5,"count":1}]', '[{"name":"x","price":-0.0,"count":1}]', '"12345.1"', "10000"),
    *("1.001", "-1.5", '[{"name":"x","price":1.5}]', '"6BA7B810-9dad-11d1-80b4-00c04fd430c8"'),
    *('"6ba7b8109dad11d180b400c04fd430c8"', '"-1.50"', '"0.001"', '"007"', '"1e2"'),
]  # fmt: skip


def row_of(names: list[str]) -> type[Row]:
    fields = {name: (KINDS[name][0], None if name == "default" else ...) for name in names if KINDS[name][0]}
    made: type[Row] = create_model("Made", __base__=Row, key=(int, ...), **fields)  # type: ignore[call-overload]
    return made


def streams() -> Iterator[tuple[Stream, list[str]]]:
    """Streams of many kinds, and the names of the fields that their API sends."""
    names = [*KINDS]
    for number, name in enumerate(names):
        some = list(dict.fromkeys([name, *(names[(number * step) % len(names)] for step in (3, 7, 11, 13))]))
        key = ("key", name) if name in {"text", "instant", "exact", "id", "word", "size"} else "key"
        lines = number % 5 == 0
        yield (
            Stream(
                "made",
                "/",
                row_of(some),
                key=() if number % 7 == 0 else key,
                records="" if lines or number % 2 else "data",
                format="ndjson" if lines else "json",
                deleted=Deleted(("skipped", "gone", "default")[number % 3]) if number % 7 in {1, 2, 3} else None,
            ),
            some,
        )


STREAMS = [*streams()]
# Documents, and what may be None.
NO_KEYS = {"maybe", "default", "half", "fine", "document", "object", "counts", "tags", "parts", "place"}
PAGE = Page(
    number=1, key="k", sha256="0" * 64, size=0, status=200, url="http://x/", fetched_at=datetime(2026, 1, 1, tzinfo=UTC)
)


def dumped_texts() -> st.SearchStrategy[str]:
    """Any text as JSON."""
    return st.builds(json.dumps, st.text(max_size=5), ensure_ascii=st.booleans())


@st.composite
def records(draw: st.DrawFn, names: list[str], comma: str, colon: str) -> str:
    """A record as JSON: as a rule one that its Row takes, with the fields in their usual order."""
    fields = {"key": str(draw(st.integers(0, 999)))}
    fields |= {name: draw(st.sampled_from(KINDS[name][1])) for name in names}
    odd = st.sampled_from(ODD) | dumped_texts()
    match draw(st.integers(0, 30)):
        case 0:
            fields[draw(st.sampled_from([*fields]))] = draw(odd)
        case 1:
            del fields[draw(st.sampled_from([*fields]))]
        case 2:
            fields["more"] = draw(odd)
        case 3:
            return draw(odd)
        case 4:
            fields = dict(reversed(fields.items()))
    twice = draw(st.integers(0, 60)) == 0
    pairs = [f'"{name}"{colon}{value}' for name, value in fields.items()]
    return "{" + comma.join([*pairs, *pairs[:twice]]) + "}"


@st.composite
def pages(draw: st.DrawFn, stream: Stream, names: list[str]) -> bytes:
    """A page's body."""
    comma, colon = draw(st.sampled_from([(",", ":"), (",", ":"), (", ", ": ")]))
    found = draw(st.lists(records(names, comma, colon), min_size=1, max_size=6))
    if stream.format == "ndjson":
        return draw(st.sampled_from(["\n", "\r\n"])).join(found).encode()
    text = f"[{comma.join(found)}]"
    if stream.records:
        text = f'{{"{stream.records}"{colon}{text}{comma}"next"{colon}{draw(st.sampled_from(["null", found[0]]))}}}'
    return draw(st.sampled_from(["", "", "", "\ufeff"])).encode() + text.encode()


@st.composite
def runs(draw: st.DrawFn) -> tuple[Stream, list[bytes]]:
    """A Stream and some pages of it, the first of which may be learned from."""
    stream, names = draw(st.sampled_from(STREAMS))
    return stream, draw(st.lists(pages(stream, names), min_size=1, max_size=3))


def outcome(of: Prepared) -> tuple[Any, ...]:
    """All that a Load gets of a page."""
    lines = [(found.texts, list(found.places), list(found.keys)) for found in (of.rows, of.gone)]
    return of.fetched, of.loaded, of.quarantined, of.rejected, lines


@settings(max_examples=60)
@given(runs())
def test_the_outcome_is_that_of_the_plain_way(run: tuple[Stream, list[bytes]]) -> None:
    stream, bodies = run
    quick = Quick(stream, worth=0)

    for body in [*bodies, bodies[0]]:
        assert outcome(prepare(stream, PAGE, body, quick=quick)) == outcome(prepare_plainly(stream, PAGE, body))


def record(name: str, value: str, comma: str, colon: str, key: int) -> str:
    return f'{{"key"{colon}{key}{comma}"{name}"{colon}{value}{comma}"last"{colon}1}}'


# Kinds of fields, what they are to the Stream, and how its API writes.
CASES = [
    *((name, "value", ",", ":") for name in KINDS),
    *((name, "value", ", ", ": ") for name in ("text", "instant", "parts", "document", "unnamed")),
    *((name, "key", ",", ":") for name in KINDS if KINDS[name][0] and name not in NO_KEYS),
    *((name, "delete", ",", ":") for name in ("default", "fine", "skipped", "unnamed")),
]


@pytest.mark.parametrize(("name", "use", "comma", "colon"), CASES)
def test_each_kind_of_field_takes_what_it_took(name: str, use: str, comma: str, colon: str) -> None:
    key = ("key", name) if use == "key" else "key"
    deleted = Deleted(name) if use == "delete" else None
    stream = Stream("made", "/", row_of([name]), key=key, deleted=deleted)
    usual = [record(name, value, comma, colon, number) for number, value in enumerate(KINDS[name][1], start=10)]
    learned = Quick(stream, worth=0)
    learned.prompt(f"[{comma.join(usual)}]".encode())

    for value in {*ODD, *(text for _, texts in KINDS.values() for text in texts)}:
        odd = record(name, value, comma, colon, 1)
        body = f"[{comma.join([usual[0], odd, usual[-1]])}]".encode()
        quick = copy(learned)
        assert outcome(prepare(stream, PAGE, body, quick=quick)) == outcome(prepare_plainly(stream, PAGE, body)), odd


SHOP = DemoShop(seed=42, orders=400, flaws=False)
PIECES = [
    *(b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"null", b"true", b"0", b"00", b"-", b"e5", b".5", b" ", b"\n"),
    *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\\u0000", b"\\ud800", b'"id":1,', "é".encode(), b"9" * 30, b"T", b"Z"),
]


def page_of(name: str, numbers: range, write: Callable[[Any], bytes]) -> bytes:
    """A page of the shop's stream *name*."""
    found: list[Any] = [getattr(SHOP, name[:-1])(number) for number in numbers]
    return write(json.loads(orjson.dumps({"data": found, "next_cursor": "1"})))


def mutated(body: bytes, chance: random.Random) -> bytes:
    """What becomes of *body* when a few bytes of it are lost, put in, or come twice."""
    found = bytearray(body)
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        start = chance.randrange(len(found))
        end = start + chance.choice([0, 0, 1, 1, 2, 20])
        found[start:end] = chance.choice(
            [
                b"",
                bytes([chance.randrange(256)]),
                chance.choice(PIECES),
                chance.choice(PIECES),
                bytes(found[start : end + 1]) * 2,
            ]
        )
    return bytes(found)


SPELLINGS: dict[str, Callable[[Any], bytes]] = {
    "as most do": orjson.dumps,
    "as Python does": lambda value: json.dumps(value).encode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", ["orders", "customers", "products", "refunds"])
def test_a_mutated_page_comes_out_as_ever(name: str, spelling: str) -> None:
    stream, write = shop.stream(name), SPELLINGS[spelling]
    learned = Quick(stream, worth=0)
    learned.prompt(page_of(name, range(1, 30), write))
    chance = random.Random(name + spelling)  # noqa: S311 - the same each time

    for number in range(MUTATIONS // 8):
        start = 1 + number % 25
        body = mutated(page_of(name, range(start, start + 3), write), chance)
        quick = copy(learned)
        assert outcome(prepare(stream, PAGE, body, quick=quick)) == outcome(prepare_plainly(stream, PAGE, body)), body


REPEATED = [
    *(b'\\"', b"\\\\", b"\\u00e9", b"\\ud83d\\ude00", b"a", "é".encode(), b"9", b"0.", b"1e5", b"-", b" "),
    *(b"[", b"[]", b'"x",', b"null,", b'"a":1,', b'{"a":1},'),
]


def test_no_pattern_tries_again_and_again() -> None:
    """V12: what matches far and fails in the end would keep a pattern with two ways through it busy for ever."""
    stream = shop.stream("orders")
    learned = Quick(stream, worth=0)
    learned.prompt(page_of("orders", range(1, 30), orjson.dumps))
    page = page_of("orders", range(1, 3), orjson.dumps)
    places = [page.index(found) + len(found) for found in (b'"number":"SO', b'"total":3', b'"items":[')]

    for piece in REPEATED:
        for place in places:
            body = page[:place] + piece * 20_000 + page[place:]
            found = prepare(stream, PAGE, body, quick=copy(learned))
            assert outcome(found) == outcome(prepare_plainly(stream, PAGE, body)), (piece, place)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", ["orders", "customers", "products", "refunds"])
def test_of_an_orderly_page_nothing_is_left_to_be_read(name: str, spelling: str) -> None:
    quick = Quick(shop.stream(name), worth=0)
    quick.prompt(page_of(name, range(1, 40), SPELLINGS[spelling]))

    found = quick.prompt(page_of(name, range(30, 50), SPELLINGS[spelling]))

    assert found
    assert not found.left


def test_nothing_that_was_sent_is_taken_for_a_mark() -> None:
    class Some(Row):
        id: int

    stream = Stream("some", "/", Some, key="id")
    learned = Quick(stream, worth=0)
    learned.prompt(b'[{"id":1},{"id":2}]')

    for sign in ('"minidata:0"', '"\\u006dinidata:0"', '"minidata:\\u0030"', '"minidata\\u003A0"'):
        for inside in ('{"id":3}', sign):
            body = f'[{sign},{{"inside":{inside}}},{{"id":4}}]'.encode()
            found = prepare(stream, PAGE, body, quick=copy(learned))
            assert outcome(found) == outcome(prepare_plainly(stream, PAGE, body)), body


def test_a_stream_is_learned_from_when_there_is_enough_of_it() -> None:
    body = page_of("orders", range(1, 100), orjson.dumps)
    quick = Quick(shop.stream("orders"), worth=3 * len(body))

    assert [bool(quick.prompt(body)) for _ in range(4)] == [False, False, True, True]


def test_what_comes_in_four_shapes_is_learned_and_what_is_never_alike_is_given_up() -> None:
    class Some(Row):
        id: int

    stream = Stream("some", "/", Some, key="id")
    shapes = [[{"id": number, f"only_{shape}": {"x": [number]}} for number in range(9)] for shape in range(4)]
    quick = Quick(stream, worth=0)

    assert [len(found.lines.texts) for shape in shapes if (found := quick.prompt(orjson.dumps(shape)))] == [9] * 4
    assert quick.prompt(orjson.dumps([{"id": 1}, {"id": 2}])) is None
    for _ in range(6):
        quick.prompt(orjson.dumps([{"id": 1, "none": number} for number in range(1_000)]))
    assert quick.prompt(orjson.dumps(shapes[0])) is None
