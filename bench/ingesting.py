"""
Ingest: the same pages of an API on loopback, by minidata and by its peers.

The API answers 50 ms after it is asked, with 1,000 records of 275 bytes. Where it can be asked for several pages at the
same time, 16 connections do it; where each page leads to the next, there is one. The bare loops keep nothing and check
nothing: they are how fast the pages come at all.

The seconds are those of the fetching alone, as each peer counts them itself: from before the first request until
everything is in the store. The note has the whole process, with its start.
"""

import json
import shutil
import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Command, Finished, Measured, finished
from bench.serving import serving

PEERS = Path(__file__).parent / "peers"
LATENCY = 0.05
RECORDS = 1_000
CONNECTIONS = 16
BARE_MANY = "asyncio + httpx, 16 connections"
BARE_ONE = "httpx, 1 connection"

SOURCE = """
from datetime import datetime
from minidata import Cursor, NextCursor, NextUrl, Offset, PageNumber, Row, Source, Stream

class Order(Row):
    id: int
    updated_at: datetime

def stream(name, pages):
    since = Cursor("updated_at", param="updated_since")
    return Stream(name, path=name, row=Order, key="id", records="data", since=since, pages=pages)

source = Source(name="bench", base_url="{base}", concurrency={connections}, streams=[
    stream("total", PageNumber(size={records}, total="total")),
    stream("number", PageNumber(size={records})),
    stream("offset", Offset(size={records})),
    stream("cursor", NextCursor()),
    stream("next", NextUrl()),
])
"""


@dataclass(frozen=True)
class Bench:
    """A project in *folder*, and the *address* of the API that it asks."""

    folder: Path
    address: str

    @property
    def project(self) -> Path:
        """The project's folder."""
        return self.folder / "ingesting"

    def minidata(self, kind: str, pages: int, records: int = RECORDS, env: Mapping[str, str] | None = None) -> Finished:
        """Ingest so many pages into a store that is empty."""
        if not self.project.exists():
            finished([_program("minidata"), "init", self.project, "--quiet"])
        base = f"{self.address}/{pages}/{records}"
        text = SOURCE.format(base=base, connections=CONNECTIONS, records=records)
        (self.project / "sources" / "bench.py").write_text(text)
        shutil.rmtree(self.project / "object_store", ignore_errors=True)
        done = finished(
            [_program("minidata"), "ingest", "--stream", f"bench.{kind}", "--json", "--quiet"],
            cwd=self.project,
            env=env,
        )
        facts = _facts(done)
        # Asked without a total, the empty page at the end is one more.
        if facts["pages"] not in {pages, pages + 1} or facts["records"] != pages * records:
            raise SystemExit(f"minidata fetched {facts}, not {pages} pages: nothing measured here would mean anything")
        return done

    def into_bucket(self, kind: str, pages: int) -> Finished:
        """Ingest into a bucket that answers as slowly as the API."""
        with serving("bucket", LATENCY) as endpoint:
            env = {
                "MINIDATA_STORE_URL": "s3://bench/raw",
                "MINIDATA_STORE_ENDPOINT": endpoint,
                "AWS_ACCESS_KEY_ID": "bench",
                "AWS_SECRET_ACCESS_KEY": "bench",
                "AWS_REGION": "us-east-1",
            }
            return self.minidata(kind, pages, env=env)

    def bare(self, kind: str, pages: int) -> Finished:
        """Fetch them by a bare loop."""
        url = f"{self.address}/{pages}/{RECORDS}/{kind}"
        return finished([sys.executable, PEERS / "bare_http.py", url, kind, str(pages), str(CONNECTIONS)])

    def dlt(self, kind: str, pages: int, parts: int) -> Finished:
        """Extract them by dlt."""
        path = f"{pages}/{RECORDS}/{kind}"
        command: Command = [sys.executable, PEERS / "dlt_rest.py", self.address, path, kind, str(pages), str(parts)]
        done = finished(command, cwd=self.folder)
        if json.loads(done.output)["records"] != pages * RECORDS:
            raise SystemExit(f"dlt says {done.output!r}: nothing measured here would mean anything")
        return done


def side_by_side(folder: Path, pages: int, runs: int) -> list[Measured]:
    """Measure what can be asked for side by side, with a bare loop of as many connections as reference."""
    with serving("api", LATENCY) as address:
        bench = Bench(folder, address)
        return _in_turn(
            runs,
            {
                BARE_MANY: (pages, lambda: bench.bare("total", pages)),
                "minidata, total": (pages, lambda: bench.minidata("total", pages)),
                "minidata, page number": (pages, lambda: bench.minidata("number", pages)),
                "minidata, offset": (pages, lambda: bench.minidata("offset", pages)),
                "minidata, total, S3 of 50 ms": (pages, lambda: bench.into_bucket("total", pages)),
                "dlt rest_api, 16 parts by hand": (pages // 4, lambda: bench.dlt("number", pages // 4, CONNECTIONS)),
                "dlt rest_api": (pages // 10, lambda: bench.dlt("number", pages // 10, 1)),
            },
        )


def one_by_one(folder: Path, pages: int, runs: int) -> list[Measured]:
    """Measure what leads from page to page, with a bare loop that looks for the next one as reference."""
    with serving("api", LATENCY) as address:
        bench = Bench(folder, address)
        return _in_turn(
            runs,
            {
                BARE_ONE: (pages, lambda: bench.bare("cursor", pages)),
                "minidata, cursor": (pages, lambda: bench.minidata("cursor", pages)),
                "minidata, next address": (pages, lambda: bench.minidata("next", pages)),
                "minidata, cursor, S3 of 50 ms": (pages, lambda: bench.into_bucket("cursor", pages)),
                "dlt rest_api": (pages, lambda: bench.dlt("cursor", pages, 1)),
            },
        )


def memory(folder: Path, most: int) -> list[tuple[int, int, int]]:
    """Return the peak bytes of a whole ingest for 200 pages, 2,000 and *most*, each as (pages, bytes a page, peak)."""
    with serving("api", LATENCY) as address:
        bench = Bench(folder, address)
        # Beyond 2,000 the pages are small: the disk is not what is measured.
        sizes = [(200, RECORDS), (2_000, RECORDS), (200, 10), (2_000, 10), *([(most, 10)] if most > 2_000 else [])]  # noqa: PLR2004
        found = []
        for pages, records in sizes:
            done = bench.minidata("total", pages, records)
            found.append((pages, _facts(done)["bytes"] // pages, done.peak))
            print(f"  memory: {pages:,} pages: {done.peak / 2**20:.0f} MB", file=sys.stderr)
        return found


def _in_turn(runs: int, peers: Mapping[str, tuple[int, Callable[[], Finished]]]) -> list[Measured]:
    """Measure all *peers* once, then again, so that a slow minute is slow for all."""
    found: dict[str, list[Finished]] = {name: [] for name in peers}
    for _ in range(runs):
        for name, (_, run) in peers.items():
            found[name].append(run())
            print(f"  {name}: {_seconds(found[name][-1]):.2f} s", file=sys.stderr)
    return [_measured(name, found[name], amount) for name, (amount, _) in peers.items()]


def _measured(name: str, done: list[Finished], amount: int) -> Measured:
    whole = statistics.median(one.seconds for one in done)
    seconds = tuple(_seconds(one) for one in done)
    return Measured(name, seconds, max(one.peak for one in done), f"whole process {whole:.2f} s", amount)


def _seconds(done: Finished) -> float:
    """Return how long the fetching took, as the peer itself says."""
    told = json.loads(done.output)
    return float(told["result"]["streams"][0]["seconds"] if "result" in told else told["seconds"])


def _facts(done: Finished) -> dict[str, int]:
    """Return what minidata says of the Stream."""
    facts: dict[str, int] = json.loads(done.output)["result"]["streams"][0]
    return facts


def _program(name: str) -> Path:
    return Path(sys.executable).with_name(name)
