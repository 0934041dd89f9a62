"""What an API has sent, loaded into a real Postgres in any order and with any mishap; and what it must come to."""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Annotated, Any

from hypothesis import strategies as st
from pydantic import BaseModel

from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger.forgetting import forget
from minidata.adapters.database.loading import merging
from minidata.adapters.database.loading.loading import write
from minidata.adapters.database.shaping.tables import ensure_tables
from minidata.adapters.database.targets import Target
from minidata.core.loading.preparing import Prepared, prepare
from minidata.core.rows import Child, Row, fingerprint
from minidata.core.runs import Manifest, Page, page_key, run_prefix
from minidata.core.source import Deleted, Stream

BEGIN = datetime(2026, 1, 31, 6, tzinfo=UTC)
GONE = Deleted("gone")


class Part(BaseModel):
    code: str


class Item(BaseModel):
    sku: str
    parts: Annotated[list[Part], Child()]


class Order(Row):
    id: int
    note: str
    items: Annotated[list[Item], Child()]


def orders(**more: Any) -> Stream:
    return Stream("orders", path="/", row=Order, **more)


@dataclass(frozen=True)
class Sent:
    """A record as the API sends it; one without *id* does not fit, one that is *gone* announces a delete."""

    id: float | None
    note: str = ""
    items: tuple[str, ...] = ()
    gone: bool = False

    @property
    def body(self) -> dict[str, Any]:
        """The record; each letter of an item is a part of it, so that there are children of children."""
        items = [{"sku": sku, "parts": [{"code": letter} for letter in sku]} for sku in self.items]
        return {"id": self.id, "note": self.note, "items": items, "gone": self.gone}


# Runs of pages of records.
Runs = list[list[list[Sent]]]
# Few keys, and few things that are said of them: most records meet another.
sent = st.builds(
    Sent,
    st.sampled_from([0, 0, 0, 1, 1, 1, 2, None]),
    st.sampled_from(["a", "a", "\\b\t\n'"]),
    st.sampled_from([(), ("x",), ("x", "yz"), ("",)]),
    st.sampled_from([False, False, False, True]),
)
runs_of_pages = st.lists(
    st.lists(st.lists(sent, min_size=1, max_size=3), min_size=1, max_size=3), min_size=2, max_size=3
)
# A place is (run, page, record), all from 0.
Place = tuple[int, int, int]


def in_order(runs: Runs) -> Iterator[tuple[Place, Sent]]:
    """Yield all records that fit, by their places."""
    for run, pages in enumerate(runs):
        for page, records in enumerate(pages):
            yield from (((run, page, record), one) for record, one in enumerate(records) if one.id is not None)


def page_by_page(runs: Runs) -> Iterator[tuple[Place, Sent]]:
    """Yield each key's last record of each page, by their places."""
    last = {(*place[:2], one.id): (place, one) for place, one in in_order(runs)}
    yield from sorted(last.values(), key=lambda found: found[0])


def books_of(runs: Runs, *, merges: bool) -> tuple[list[Any], list[Any]]:
    """Return what the ledger must say of each object, and the places of what must be in quarantine."""
    objects = []
    for run, pages in enumerate(runs):
        for page, records in enumerate(pages):
            ids = [one.id for one in records if one.id is not None]
            loaded = len(set(ids)) if merges else len(ids)
            objects.append((run, page, len(records), loaded, len(ids) - loaded, len(records) - len(ids)))
    unfit = [
        (run, page, record)
        for run, pages in enumerate(runs)
        for page, records in enumerate(pages)
        for record, one in enumerate(records)
        if one.id is None
    ]
    return objects, unfit


class Crash(Exception):
    """The loader dies before it commits."""


@dataclass(frozen=True)
class Shop:
    """What an API has sent as *runs*, each at an hour of *clock*, and a database that loads it as *stream* says."""

    database: Database
    stream: Stream
    runs: Runs
    clock: Sequence[int] = range(10)

    @property
    def target(self) -> Target:
        return Target("shop", self.stream, fingerprint(self.stream.row))

    def empty(self) -> None:
        """Make the tables where there are none, and empty them and the ledger."""
        with self.database.transaction():
            ensure_tables(self.database, self.target)
            forget(self.database, self.target)
            for table in self.target.tables:
                self.database.run(f"delete from {self.target.name(table).as_string()}")

    def chunks(self, order: Random, *, repeated: int = 2) -> list[tuple[int, list[int]]]:
        """Return all pages as batches (run, pages) in the *order* of chance, and some of them more than once."""
        found = []
        for run, pages in enumerate(self.runs):
            left = list(range(len(pages)))
            order.shuffle(left)
            while left:
                size = order.randint(1, len(left))
                found.append((run, left[:size]))
                left = left[size:]
        found += order.choices(found, k=repeated)
        order.shuffle(found)
        return found

    def at(self, run: int) -> datetime:
        return BEGIN + timedelta(hours=self.clock[run])

    def run_name(self, run: int) -> str:
        return f"20260131t06000000000{run}z-ab"

    def body(self, run: int, page: int) -> bytes:
        return json.dumps([one.body for one in self.runs[run][page]]).encode()

    def prepared(self, run: int, pages: Sequence[int]) -> tuple[Manifest, list[Prepared]]:
        prefix = run_prefix("shop", self.stream.name, self.run_name(run))
        bodies = [self.body(run, page) for page in pages]
        kept = tuple(
            Page(
                number=page + 1,
                key=page_key(prefix, page + 1),
                sha256=hashlib.sha256(body).hexdigest(),
                size=len(body),
                status=200,
                url="http://127.0.0.1/",
                fetched_at=self.at(run),
            )
            for page, body in zip(pages, bodies, strict=True)
        )
        manifest = Manifest(
            source="shop",
            stream=self.stream.name,
            run=self.run_name(run),
            started_at=self.at(run),
            finished_at=self.at(run),
            pages=kept,
            minidata="0",
        )
        return manifest, [prepare(self.stream, page, body) for page, body in zip(kept, bodies, strict=True)]

    def load(self, run: int, pages: Sequence[int], *, crash: bool = False, held: Collection[int] = ()) -> "list[Held]":
        """
        Load those *pages* of *run* that are not loaded yet, in one transaction, with or without a *crash* at its end.

        The records at the places *held* of each page are left out: they are what is returned, to be loaded later.
        """
        manifest, found = self.prepared(run, pages)
        loaded: dict[int, Prepared] = {}
        with suppress(Crash), self.database.transaction():
            written = write(self.database, self.target, manifest, [page.without(held) for page in found])
            if crash:
                raise Crash
            loaded = written
        whole = {page.page.key: page for page in found}
        return [Held(manifest, number, _only(whole[page.page.key], held)) for number, page in loaded.items() if held]

    def release(self, held: "Held") -> None:
        """Load records that were left out, as when they come out of the quarantine."""
        with self.database.transaction():
            merging.write(self.database, self.target, held.manifest, {held.number: held.page})

    def loaded(self) -> set[tuple[int, int]]:
        """Return (run, page) of the objects that are loaded."""
        return {(run, page) for run, page, *_ in self.books()[0]}

    def traced(self, columns: str, table: str) -> list[tuple[Any, ...]]:
        """Return the *columns* of all rows of the Stream, behind the place that each comes from."""
        origin = "(select id as number, run, page from minidata.object) o on o.number = t._object"
        return self._placed(f"t._record, {columns} from {table} t join {origin}")

    def children(self) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """Return the rows of the child table and of its own child table, behind the places they come from."""
        keys = "_parent_id, " if self.stream.merges and self.stream.writes != "history" else ""
        items = self.traced(f"{keys}_position, sku", "shop.orders_items")
        return items, self.traced(f"{keys}_position_1, _position, code", "shop.orders_items_parts")

    def books(self) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """Return what the ledger says of each object, and the places of what is in quarantine."""
        return (
            self._placed("fetched, loaded, deduplicated, quarantined from minidata.object o"),
            self._placed("record from minidata.quarantine q join minidata.object o on o.id = q.object"),
        )

    def _placed(self, rest: str) -> list[tuple[Any, ...]]:
        query = f"select substr(o.run, 21, 1)::int, o.page - 1, {rest}"
        return sorted(self.database.rows(query))


@dataclass(frozen=True)
class Held:
    """Records of one object that have not been loaded with it."""

    manifest: Manifest
    number: int
    page: Prepared


def _only(page: Prepared, places: Collection[int]) -> Prepared:
    return page.without({place for place in range(page.fetched) if place not in places})


def children_of(rows: Sequence[tuple[Place, Sent]], *, by_key: bool) -> tuple[list[Any], list[Any]]:
    """Return what must be in the two child tables, as `Shop.children` returns it."""
    items, parts = [], []
    for place, one in rows:
        above = (*place, one.id) if by_key else place
        for position, sku in enumerate(one.items):
            items.append((*above, position, sku))
            parts += [(*above, position, inner, letter) for inner, letter in enumerate(sku)]
    return sorted(items), sorted(parts)
