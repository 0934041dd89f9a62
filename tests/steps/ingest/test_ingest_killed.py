"""
ingest, killed without warning at any moment, hundreds of times, while the API changes.

Nothing half done is taken for done, what is kept is not asked for again, and in the end nothing is missing and nothing
is there twice. Half of the kills come from outside, in the middle of some answer or a moment after it; the other half
are at a call that touches the object store, so that each step of writing is the last one some time.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest

from faults.changing import ChangingApi, Send, changing_api
from faults.desks import folder_in_memory
from faults.kept import appended, check_whole, kept_pages, manifests, merged, records_of
from faults.shapes import Shape
from faults.tables import LAG, Table, zulu
from faults.victims import Nursery, Victim, nursery
from minidata.adapters.object_store import ObjectStore
from minidata.core.settings import StoreSection

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

# In each way of paging.
KILLS = int(os.environ.get("MINIDATA_TEST_KILLS", "20"))
CONCURRENCY = 4
# How many pages may be asked for side by side, and how many that came may be on their way into store and journal: so
# much is asked again after a kill, on the average, for the journal may have to wait for a processor.
AHEAD = CONCURRENCY + CONCURRENCY // 2
WRITING = 2 * CONCURRENCY
SOURCE = """
from datetime import timedelta
from minidata import *

class Item(Row):
    id: int
    n: int

source = Source("depot", "http://127.0.0.1:1", concurrency={concurrency}, streams=[
    Stream("items", "/items", Item, {key}, records="data", pages={pages},
           since=Cursor("updated_at", param="since", until="until", lag=timedelta(minutes=10)))])
"""
DAY = timedelta(days=1)


@dataclass
class Scene:
    """A project, its API, and one who kills what fetches from it."""

    root: Path
    api: ChangingApi
    nursery: Nursery
    chance: random.Random = field(default_factory=lambda: random.Random(200))  # noqa: S311 - the same moments each time
    options: tuple[str, ...] = ()
    changing: bool = False
    codes: Counter[int] = field(default_factory=Counter)
    # How many requests were made again: for what was in flight at a kill.
    again: int = 0
    _asked_before: list[dict[str, str]] = field(default_factory=list)
    _looked_at: set[str] = field(default_factory=set)

    def begins(self, shape: Shape, key: str | tuple[str, ...] = "id") -> None:
        (self.root / "minidata.toml").write_text(f'[sources.depot]\nbase_url = "{self.api.url}"\n')
        (self.root / "sources").mkdir()
        source = SOURCE.format(pages=repr(shape.pages), concurrency=CONCURRENCY, key=repr(key))
        (self.root / "sources" / "depot.py").write_text(source)
        # Without a key each change is a row, and of pages that have numbers nothing may move to another one.
        self.changing = bool(key) and shape.keeps_place
        # Near the time of the machine, or nobody would believe it.
        table = Table(now=datetime.now(UTC).replace(microsecond=0))
        self.api.serves(table, shape, self.changes)

    def changes(self) -> None:
        """What happens at each request."""
        table = self.api.table
        for _ in range(self.chance.choice([0, 1, 1, 2, 3])):
            new = len(table.ever) + 1
            table.put(self.chance.choice([*table.rows, new]) if self.changing else new, self._late())
            table.now += timedelta(seconds=self.chance.choice([0, 1]))

    def _late(self) -> datetime:
        return self.api.table.now - self.chance.choice([0, 0, 0, 1]) * LAG / 2

    @property
    def store(self) -> ObjectStore:
        return ObjectStore.open(StoreSection(), self.root)

    def kill(self) -> None:
        """Begin an ingest and kill it somewhere; then look at what it left."""
        kept = kept_pages(self.store)
        code = self._killed_in_an_answer() if self.chance.random() < 0.5 else self._killed_at_a_call()
        self.codes[code] += 1
        assert code in {-9, 0}, self.nursery.log.read_text()
        check_whole(self.store, self._looked_at)
        assert [ask for ask in self.api.asked if ask in kept] == []
        self._count_again(finished=code == 0)

    def _count_again(self, *, finished: bool) -> None:
        self.again += sum(ask in self._asked_before for ask in self.api.asked)
        self._asked_before = [] if finished else [*self._asked_before, *self.api.asked]

    def _killed_in_an_answer(self) -> int:
        fatal, end = self.chance.randint(1, 10), self.chance.choice([0, 1, 50, 10_000])
        moment = self.chance.choice([0, 0.001, 0.003, 0.01])
        victims: list[Victim] = []
        born = Event()

        def deliver(number: int, response: bytes, send: Send) -> None:
            send(response[:end] if number == fatal else response)
            if number == fatal:
                born.wait()
                time.sleep(moment)  # the moment is the test: nothing is waited for
                victims[0].kill()

        self.api.listens(deliver)
        victims.append(self._begin())
        born.set()
        return victims[0].wait()

    def _killed_at_a_call(self) -> int:
        self.api.listens()
        return self._begin(call=self.chance.randint(1, 120)).wait()

    def _begin(self, call: int | None = None) -> Victim:
        return self.nursery.begin("ingest", "--source", "depot", "--project", str(self.root), *self.options, call=call)

    def finish(self) -> None:
        """Let the API stand still, and ingest undisturbed."""
        self.api.change = lambda: None
        self.api.table.now += timedelta(minutes=1)
        # The first one goes on with what was interrupted, the second one fetches what came after that.
        for _ in range(2):
            self.api.listens()
            assert self._begin().wait() == 0, self.nursery.log.read_text()
        check_whole(self.store)
        assert list(self.root.rglob(".part-*")) == []


@pytest.fixture(scope="module")
def api() -> Iterator[ChangingApi]:
    with changing_api() as api:
        yield api


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("nursery") / "log") as processes:
        yield processes


@pytest.fixture
def scene(api: ChangingApi, processes: Nursery) -> Iterator[Scene]:
    with folder_in_memory() as folder:
        yield Scene(folder, api, processes)


@pytest.mark.parametrize(
    ("shape", "key", "at_once"), [(Shape("cursor"), "id", 1), (Shape("cursor"), (), 1), (Shape("total"), "id", AHEAD)]
)
def test_hundreds_of_kills_lose_nothing_and_double_nothing(
    scene: Scene, shape: Shape, key: str | tuple[str, ...], at_once: int
) -> None:
    scene.begins(shape, key)
    for _ in range(40):
        scene.api.table.insert()

    for _ in range(KILLS):
        scene.kill()
    scene.finish()

    assert scene.codes[-9] > KILLS / 2
    assert scene.again <= KILLS * (at_once + WRITING)
    rows = scene.api.table.rows
    if not key:
        assert sorted(record["id"] for record in appended(scene.store)) == sorted(rows)
    found = merged(scene.store)
    assert {one: found.get(one) for one in rows} == rows
    for manifest in manifests(scene.store):
        records = Counter((record["id"], record["n"]) for record in records_of(scene.store, manifest))
        assert max(records.values(), default=1) == 1


def test_a_backfill_that_is_killed_again_and_again_gets_every_window_once(scene: Scene) -> None:
    scene.begins(Shape("cursor"))
    table = scene.api.table
    begin = (table.now - 60 * DAY).replace(hour=0, minute=0, second=0)
    for hour in range(240):
        table.insert(begin + timedelta(hours=hour))
    past = list(table.rows.values())
    scene.api.change = table.insert
    scene.options = ("--since", zulu(begin), "--until", zulu(begin + 10 * DAY), "--window", "1d")

    for _ in range(KILLS):
        scene.kill()
        if scene.codes[0]:
            break
    scene.finish()

    windows = [(manifest.cursor_before, manifest.until) for manifest in manifests(scene.store)]
    days = [zulu(begin + day * DAY) for day in range(11)]
    assert windows == list(pairwise(days))
    loaded = [record for manifest in manifests(scene.store) for record in records_of(scene.store, manifest)]
    assert loaded == past


def test_the_check_sees_what_is_half_done(scene: Scene) -> None:
    """The positive control of those above."""
    scene.begins(Shape("cursor"))
    for _ in range(12):
        scene.api.table.insert()
    scene.finish()
    page = next(scene.root.rglob("00002.json"))
    page.write_bytes(page.read_bytes()[:-1])

    with pytest.raises((AssertionError, ValueError)):
        check_whole(scene.store)
