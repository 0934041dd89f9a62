"""
How fast the pages come at all: loops that keep nothing.

Asked for by number, so many connections take the pages side by side and nobody looks into them. Where each page leads
to the next, one connection takes them one by one, and the fastest parser reads where to go on.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable

import httpx
import orjson

TIMEOUT = httpx.Timeout(30)


async def side_by_side(url: str, pages: int, connections: int) -> float:
    """Fetch all *pages* by number; return the seconds."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    async with httpx.AsyncClient(limits=limits, timeout=TIMEOUT) as client:
        numbers = iter(range(1, pages + 1))

        async def line() -> None:
            for number in numbers:
                (await client.get(url, params={"page": number})).raise_for_status()

        began = time.perf_counter()
        await asyncio.gather(*(line() for _ in range(connections)))
        return time.perf_counter() - began


def one_by_one(url: str, lead: Callable[[dict[str, str]], tuple[str, dict[str, str]] | None]) -> float:
    """Fetch from *url* on, to wherever *lead* says that an answer leads; return the seconds."""
    with httpx.Client(timeout=TIMEOUT) as client:
        began = time.perf_counter()
        ask: tuple[str, dict[str, str]] | None = (url, {})
        while ask is not None:
            at, params = ask
            response = client.get(at, params=params or None).raise_for_status()
            ask = lead(orjson.loads(response.content))
        return time.perf_counter() - began


def main(url: str, kind: str, pages: str, connections: str) -> None:
    """Fetch them, and print how long that took."""
    match kind:
        case "cursor":
            token = "next_cursor"  # noqa: S105 - a field's name
            seconds = one_by_one(url, lambda found: (url, {"cursor": found[token]}) if found[token] else None)
        case "next":
            seconds = one_by_one(url, lambda found: (found["next"], {}) if found["next"] else None)
        case _:
            seconds = asyncio.run(side_by_side(url, int(pages), int(connections)))
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
