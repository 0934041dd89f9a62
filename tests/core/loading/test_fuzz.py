"""
Bodies with something broken in them, by the hundred thousand: whatever comes, each record is accounted for.

MINIDATA_TEST_FUZZ says how many.
"""

import json
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import orjson
from pydantic import AwareDatetime, BaseModel, Field

from corpus import CASES, Probe
from loading import put_run, rows
from minidata.adapters.project import Project
from minidata.core.bodies.apart import parse_apart
from minidata.core.loading.preparing import prepare
from minidata.core.rows import Child, Row
from minidata.core.runs import Page
from minidata.core.source import Source, Stream
from minidata.demo.records import DemoShop
from minidata.sources import SOURCES
from minidata.steps.load import load
from minidata.steps.up import up

DATA = Path(__file__).parents[2] / "data"
MANY = int(os.environ.get("MINIDATA_TEST_FUZZ", "100000"))
# So many of the bodies that are accepted go through Postgres.
LOADED = MANY // 50
STREAMS = 5
PAGE = Page(number=1, key="k", sha256="0" * 64, size=1, status=200, url="u", fetched_at=datetime.now(UTC))
TOKENS = [
    # Numbers, texts, brackets and times that have made trouble somewhere.
    *(
        b"null",
        b"true",
        b"1e999",
        b"-1e-400",
        b"9223372036854775808",
        b"1e131072",
        b"9" * 1001,
        b"NaN",
        b"-0.0",
        b"1.0",
    ),
    *(
        b'"\\u0000"',
        b'"\\ud800"',
        b"\\ud83d",
        b"\\N",
        b"\\.",
        b'\\"',
        b"\t",
        b"\n",
        b"\x00",
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
    ),
    *(b"[", b"]", b"{", b"}", b'"', b",", b":", b"[]", b"{}", b"[" * 120, b'{"a":' * 120, b'"id":1,', b"\xef\xbb\xbf"),
    *(
        b'"2024-02-30"',
        b"0001-01-01T00:00:00+14:00",
        b"+23:59",
        b".1234567Z",
        b"infinity",
        b"P1M",
        b"fe80::1%eth0",
        b"e5",
    ),
]
PAYLOAD = {"EMPTY", "NOT_UTF8", "NOT_JSON", "NONFINITE", "DUPLICATE_KEY", "TOO_DEEP", "WRONG_ENVELOPE"}
RECORD = {
    *(
        "NOT_A_ROW",
        "MISSING",
        "WRONG_TYPE",
        "OUT_OF_RANGE",
        "PRECISION",
        "NUL_CHAR",
        "LONE_SURROGATE",
        "NUMBER_TOO_LONG",
    ),
    *("NAIVE_TIME", "BAD_TIME", "VALIDATOR_ERROR"),
}


class Item(BaseModel):
    product_id: int
    quantity: Annotated[int, Field(gt=0)]
    unit_price: Decimal = Field(max_digits=12, decimal_places=2)


class Order(Row):
    """With a table of its own for what is in it."""

    id: int
    status: Literal["placed", "shipped", "delivered", "returned"]
    ordered_at: AwareDatetime
    total: Decimal
    note: str | None = None
    items: Annotated[list[Item], Child()]


def seeds() -> list[tuple[Stream, list[bytes]]]:
    """Streams with real records, one a body; they are rows of their own, whatever their keys."""
    github = json.loads((DATA / "github_small.json").read_text())
    quakes = json.loads((DATA / "usgs_small.geojson").read_text())["features"]
    found = [
        (SOURCES["github"].stream("issues"), github["issues"]),
        (SOURCES["github"].stream("commits"), github["commits"]),
        (SOURCES["usgs"].stream("quakes"), quakes),
    ]
    probes = [case.body for case in CASES if len(case.body) < 300 and not case.enveloped]
    shop = DemoShop(orders=40, flaws=False)
    orders = [orjson.dumps(shop.order(number)) for number in range(1, 41)]
    return [
        (Stream("probes", "/", Probe), probes),
        (Stream("orders", "/", Order), orders),
        *(
            (Stream(stream.name, "/", stream.row), [json.dumps(one).encode() for one in records])
            for stream, records in found
        ),
    ]


def mutants(chance: random.Random, seeds: list[bytes]) -> Iterator[bytes]:
    """Endless bodies, each with one to three things done to a seed."""
    while True:
        body = chance.choice(seeds)
        for _ in range(chance.choice((1, 1, 2, 3))):
            at, to = sorted((chance.randrange(len(body) + 1), chance.randrange(len(body) + 1)))
            match chance.randrange(12):
                case 0:
                    body = body[:at] + bytes((chance.randrange(256),)) + body[at + 1 :]
                case 1:
                    body = body[:at]
                case 2:
                    body = body[:at] + body[at : at + chance.randrange(40)] + body[at:]
                case 3:
                    body = body[:at] + body[to:]
                case 4:
                    other = chance.choice(seeds)
                    body = body[:at] + other[chance.randrange(len(other) + 1) :]
                case 5:
                    body = body[:at] + chance.choice(TOKENS) + body[at:]
                case _:
                    # In the place of a value: most of these are still JSON.
                    start = body.rfind(b":", 0, at) + 1
                    body = body[:start] + chance.choice(TOKENS) + body[_end_of_value(body, start) :]
        yield body


def _end_of_value(body: bytes, start: int) -> int:
    ends = [end for sign in (b",", b"}", b"]") if (end := body.find(sign, start)) >= 0]
    return min(ends, default=len(body))


def test_whatever_comes_is_accounted_for_and_what_is_accepted_is_loaded(project: Project) -> None:
    chance = random.Random(MANY)  # noqa: S311 - so that it can be done again
    accepted: list[tuple[Stream, list[bytes]]] = []
    codes: set[str] = set()
    for stream, bodies in seeds():
        accepted.append((stream, []))
        for body, _ in zip(mutants(chance, bodies), range(MANY // STREAMS), strict=False):
            prepared = prepare(stream, PAGE, body)
            assert prepared.fetched == prepared.kept + prepared.quarantined, body
            codes |= {reason.code for reason in prepared.rejected}
            if prepared.fetched == prepared.kept == 1 and body.startswith(b"{") and b"\n" not in body:
                accepted[-1][1].append(body)

    assert codes == PAYLOAD | RECORD
    up(project)
    for stream, bodies in accepted:
        chosen = bodies[: LOADED // STREAMS]
        put_run(project, f"fuzz.{stream.name}", [b"\n".join(chosen)])
        lines = Source("fuzz", "http://127.0.0.1:1", [replace(stream, format="ndjson")])
        counts = load(project, {"fuzz": lines}).counts
        assert (len(chosen), counts.loaded, counts.quarantined) == (LOADED // STREAMS, LOADED // STREAMS, 0)
        assert rows(project, f"select count(*) from fuzz.{stream.name}") == [(len(chosen),)]
    ((items,),) = rows(project, "select count(*) from fuzz.orders_items")
    (orders,) = (bodies[: LOADED // STREAMS] for stream, bodies in accepted if stream.name == "orders")
    assert items == sum(len(parse_apart(body)["items"]) for body in orders) > 0
