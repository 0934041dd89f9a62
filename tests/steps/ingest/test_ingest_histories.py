"""
ingest against an API that changes while it is asked: after any history, nothing is missing and nothing is there twice.

A model: a history is a random series of changes, ingests of all kinds, and failures in their middle. What the API held
at the beginning of a Run, and did not touch since, must be in the table when that Run is finished; what is in the table
the API must have said; and once the API stands still, one more ingest makes the two equal.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from faults.changing import ChangingApi, Send, changing_api, honest
from faults.desks import Desk, folder_in_memory
from faults.kept import appended, merged, runs_begun
from faults.shapes import Shape
from faults.tables import LAG, Changes, Record, Table, finer, zulu

HISTORIES = int(os.environ.get("MINIDATA_TEST_HISTORIES", "80"))
SHARDS = 10
SHAPES = (
    Shape("cursor"),
    Shape("cursor", post=True),
    Shape("cursor", newest_first=True),
    Shape("url", size=3),
    Shape("link", lines=True),
    Shape("link", newest_first=True),
    Shape("number"),
    Shape("number", lines=True, post=True),
    Shape("total", size=3),
    Shape("offset"),
)


SPELLINGS = (zulu, partial(finer, 3), partial(finer, 6), partial(finer, 9))


@pytest.fixture(scope="module")
def api() -> Iterator[ChangingApi]:
    with changing_api() as api:
        yield api


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_in_memory() as folder:
        yield folder


class History:
    """One history, all of it said by its *seed*."""

    def __init__(self, seed: int, root: Path, api: ChangingApi, *, events: bool = False) -> None:
        self.chance = chance = random.Random(seed)  # noqa: S311 - the same history each time
        self.api, self.events = api, events
        shape = chance.choice([shape for shape in SHAPES if shape.keeps_place or not events])
        self.table = Table(spell=chance.choice(SPELLINGS))
        lag = chance.choice([timedelta(0), LAG]) if events else LAG
        self.changes = Changes(self.table, chance, loses=shape.keeps_place, events=events, late=bool(lag))
        # Pages that have numbers, asked for side by side: no client gets all records if some move from page to page.
        at_once = chance.choice([1, 4])
        behind = at_once > 1 and not shape.keeps_place
        change = partial(self.changes.some, 1, behind=behind)
        api.serves(self.table, shape, lambda: change() if chance.random() < 0.4 else None)
        source = shape.source(api.url, key=() if events else "id", lag=lag, at_once=at_once)
        skew = timedelta(minutes=chance.choice([0, 0, -90, 300]))
        self.desk = Desk(root, api, source, skew)
        # What the API held when a Run began, and when a stretch of time was first asked for.
        self.held: dict[str, list[Record]] = {}
        self.read: dict[str, list[Record]] = {}
        self.fetched = False
        self._held_now: list[Record] = []
        self.told: list[str] = [f"{shape}, {skew}"]

    def play(self) -> None:
        self._change(12)
        for _ in range(self.chance.randint(2, 6)):
            self.chance.choice([self.plain, self.plain, self.plain] if self.events else self.verbs())()
            self._change(6)
            if self.chance.random() < 0.1:
                self.table.now += timedelta(days=2)
        self.settle()

    def _change(self, most: int) -> None:
        # A request that nobody waits for any more may still be on its way.
        with self.api.lock:
            self.changes.some(most)

    def verbs(self) -> list[Any]:
        """What may be done next; before anything was fetched, --since would say that nothing older is wanted."""
        further = [self.since] * self.fetched
        return [self.plain] * 3 + [self.full, *further, *[self.window] * self.api.shape.keeps_place]

    def plain(self) -> None:
        self._check_forward(self._ingest())

    def full(self) -> None:
        self._check_forward(self._ingest(full=True))

    def since(self) -> None:
        since = self.table.now - timedelta(days=self.chance.choice([1, 3]))
        if self._ingest(since=zulu(since)):
            self._check_since(since, datetime.max.replace(tzinfo=UTC), self._held_now)

    def window(self) -> None:
        """Ask for a stretch of time that is over, in pieces; again, when that failed."""
        until = (self.table.now - LAG).replace(microsecond=0)
        since = until - timedelta(hours=self.chance.choice([1, 4]))
        held = list(self.table.rows.values())
        for _ in range(4):
            if self._ingest(since=zulu(since), until=zulu(until), window=self.chance.choice(["20m", "7h"])):
                self._check_since(since, until, held)
                return

    def settle(self) -> None:
        """The API stands still, and the next ingests are not disturbed."""
        self.api.change = lambda: None
        self.table.now += timedelta(hours=1)
        # The first one may go on with a Run that began earlier.
        for _ in range(2):
            self.api.listens()
            self.desk.done()
        rows = self.table.rows
        if self.events:
            assert _counted(appended(self.desk.store, self.read)) == _counted(rows.values()), self.told
        else:
            found = merged(self.desk.store, self.read)
            assert {one: found.get(one) for one in rows} == rows, self.told

    def _ingest(self, **options: Any) -> bool:
        """Ingest, and be disturbed now and then; whether it was done."""
        self._held_now = list(self.table.rows.values())
        self.api.listens(partial(_failing, *self._trouble()))
        done = self.desk.ingest(**options)
        for run in runs_begun(self.desk.store):
            self.held.setdefault(run, self._held_now)
        self.told.append(f"{options} {[stream.run for stream in done.streams]} {done.failures}")
        self._check_nothing_invented()
        return not done.failures

    def _trouble(self) -> tuple[range, float]:
        """Which requests fail, and how much of their answers comes all the same."""
        first = self.chance.randint(1, 8)
        last = self.chance.choice([0, 0, first + 1, 10_000])
        return range(first, last), self.chance.choice([0, 0, 0.5, 0.99])

    def _check_forward(self, done: bool) -> None:  # noqa: FBT001 - what _ingest returned
        if done:
            self.fetched = True
            self._check_has(self.held[max(self.read).split("/")[4]])

    def _check_since(self, since: datetime, until: datetime, held: list[Record]) -> None:
        moments, rows = self.table.moments, self.table.rows
        within = {id(rows[one]) for one, moment in moments.items() if since <= moment < until}
        self._check_has([record for record in held if id(record) in within])

    def _check_has(self, held: list[Record]) -> None:
        """What was held and is still as it was, is in the table."""
        untouched = {id(record) for record in self.table.rows.values()}
        must = [record for record in held if id(record) in untouched]
        if self.events:
            assert _counted(must) <= _counted(appended(self.desk.store, self.read)), self.told
        else:
            found = merged(self.desk.store, self.read)
            assert [found.get(record["id"]) for record in must] == must, self.told

    def _check_nothing_invented(self) -> None:
        loaded = _counted(appended(self.desk.store, self.read))
        if self.events:
            assert loaded <= _counted(self.table.ever), self.told
        else:
            assert loaded.keys() <= _counted(self.table.ever).keys(), self.told


def _failing(numbers: range, part: float, number: int, response: bytes, send: Send) -> None:
    if number not in numbers:
        honest(number, response, send)
    elif part:
        send(response[: int(part * len(response))])
        raise ConnectionAbortedError
    else:
        send(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")


def _counted(records: Any) -> Counter[str]:
    return Counter(str(sorted(record.items())) for record in records)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_whatever_happens_nothing_is_missing(api: ChangingApi, folder: Path, shard: int) -> None:
    for seed in range(shard, HISTORIES, SHARDS):
        root = folder / str(seed)
        root.mkdir()
        print(f"seed {seed}")  # noqa: T201 - shown when it fails
        History(seed, root, api).play()


@pytest.mark.parametrize("shard", range(SHARDS))
def test_whatever_happens_no_event_is_missing_or_there_twice(api: ChangingApi, folder: Path, shard: int) -> None:
    for seed in range(shard, HISTORIES // 3, SHARDS):
        root = folder / str(seed)
        root.mkdir()
        print(f"seed {seed}")  # noqa: T201 - shown when it fails
        History(seed, root, api, events=True).play()
