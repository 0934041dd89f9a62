"""The orders to load, as an ingest would have left them: pages of 500 in the project's object store, manifest last."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from minidata import __version__
from minidata.adapters.object_store import ObjectStore
from minidata.core.run_ids import run_id
from minidata.core.runs import Manifest, Page, manifest_key, page_key, run_prefix
from minidata.core.settings import StoreSection
from minidata.demo.records import DemoShop

PAGE = 500
AT = datetime(2026, 1, 31, 6, tzinfo=UTC)


@dataclass
class WrittenRun:
    """A Run of the shop's orders, begun *days* after the first, that is not finished before `finish`."""

    project: Path
    days: int
    pages: list[Page] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        """When it began."""
        return AT + timedelta(days=self.days)

    @property
    def run(self) -> str:
        """Its id."""
        return run_id(self.at, "bench0")

    @property
    def prefix(self) -> str:
        """What its keys begin with."""
        return run_prefix("shop", "orders", self.run)

    @property
    def folder(self) -> Path:
        """Where its pages are."""
        return self.project / "object_store" / self.prefix

    def add(self, store: ObjectStore, body: bytes) -> None:
        """Keep one more page."""
        number = len(self.pages) + 1
        key = page_key(self.prefix, number)
        store.put(key, body)
        self.pages.append(
            Page(
                number=number,
                key=key,
                sha256=hashlib.sha256(body).hexdigest(),
                size=len(body),
                status=200,
                url="http://127.0.0.1/v1/orders",
                fetched_at=self.at,
            )
        )

    def finish(self) -> None:
        """Write the manifest: from now on there is something to load."""
        manifest = Manifest(
            source="shop",
            stream="orders",
            run=self.run,
            started_at=self.at,
            finished_at=self.at,
            pages=tuple(self.pages),
            minidata=__version__,
        )
        ObjectStore.open(StoreSection(), self.project).put(manifest_key(self.prefix), manifest.encoded())


def write_runs(project: Path, orders: int, runs: int, lines: Path, most_lines: int) -> Sequence[WrittenRun]:
    """Write the pages of *runs* Runs of the same *orders*, and the first *most_lines* of them as JSON *lines*, too."""
    store = ObjectStore.open(StoreSection(), project)
    written = [WrittenRun(project, days) for days in range(runs)]
    with lines.open("wb") as file:
        for start, records in _pages(orders):
            body = orjson.dumps({"data": records, "next_cursor": str(start + PAGE)})
            for run in written:
                run.add(store, body)
            if start <= most_lines:
                file.writelines(orjson.dumps(record) + b"\n" for record in records)
    return written


def _pages(orders: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    shop = DemoShop(seed=42, orders=orders, flaws=False)
    for start in range(1, orders + 1, PAGE):
        yield start, [shop.order(number) for number in range(start, min(start + PAGE, orders + 1))]
