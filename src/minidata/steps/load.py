"""
load: raw objects become rows.

Reads finished Runs alone, in the order of their keys, and skips what the ledger knows. While Postgres writes one batch, the
next one is parsed and checked in a thread.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from minidata.adapters.database import ledger
from minidata.adapters.database.connection import LOADER, Database
from minidata.adapters.database.ledger import Counts
from minidata.adapters.database.locks import loading
from minidata.adapters.database.merging import Table, load_batch
from minidata.adapters.database.tables import ensure_table
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.project import Project
from minidata.core.errors import Exit, StoreError, worst
from minidata.core.preparing import Prepared, batches, prepare, without_repeated
from minidata.core.rows import fingerprint
from minidata.core.runs import Manifest, RunKey, stream_prefix
from minidata.core.source import Source, Stream, chosen_streams
from minidata.core.watch import Nobody, Watch
from minidata.steps.engine import database

T = TypeVar("T")


@dataclass(frozen=True)
class LoadedStream:
    """
    What one Stream's Load did: whole *runs* and *objects* that were new, what became of their records, DDL applied.

    *reasons* counts the quarantine's codes. *damaged* are objects that were not loaded since their bytes are not those
    that were stored, or are gone.
    """

    source: str
    stream: str
    runs: int
    objects: int
    counts: Counts
    changes: tuple[str, ...]
    reasons: Mapping[str, int]
    damaged: tuple[str, ...]
    allowed: int | float

    @property
    def over(self) -> bool:
        """Whether more records were quarantined than the Stream allows."""
        share = isinstance(self.allowed, float)
        return self.counts.quarantined > (self.allowed * self.counts.fetched if share else self.allowed)


@dataclass(frozen=True)
class Loaded:
    """What a Load did, by Stream."""

    streams: tuple[LoadedStream, ...]

    @property
    def counts(self) -> Counts:
        """What became of all records."""
        return sum((stream.counts for stream in self.streams), Counts())

    @property
    def exit_code(self) -> Exit:
        """STORE when an object was damaged, QUARANTINED when a Stream had more than it allows, else DONE."""
        return worst(
            [
                *(Exit.STORE for stream in self.streams if stream.damaged),
                *(Exit.QUARANTINED for stream in self.streams if stream.over),
            ]
        )

    @property
    def nothing_new(self) -> bool:
        """Whether there was nothing to load."""
        return not any(stream.objects or stream.damaged for stream in self.streams)


def load(
    project: Project,
    sources: Mapping[str, Source],
    *,
    source: str | None = None,
    stream: str | None = None,
    watch: Watch | None = None,
) -> Loaded:
    """
    Load all finished Runs (of one *source*, of one *stream*) that are not loaded yet.

    Safe to repeat, to interrupt at any moment, and to do twice at once. Raises UnknownName, StoreError, EngineError,
    LockedError, and RefusedError when a table is not as its Row says.
    """
    chosen = chosen_streams(sources, source, stream)
    settings = project.settings
    store = ObjectStore.open(settings.store.url, project.root)
    with database(project, LOADER, lock_timeout=settings.load.lock_timeout) as db, loading(db):
        ledger.prepare_ledger(db)
        loader = _Loader(store, db, settings.load.batch, watch or Nobody())
        return Loaded(tuple(loader.load_stream(owner, wanted) for owner, wanted in chosen))


@dataclass(frozen=True)
class _Loader:
    store: ObjectStore
    database: Database
    batch: int
    watch: Watch

    def load_stream(self, source: Source, stream: Stream) -> LoadedStream:
        """Load what is new of one Stream, Run by Run; a Stream of which nothing was ever fetched gets no table."""
        keys = [key for key in self.store.keys(stream_prefix(source.name, stream.name)) if RunKey.parse(key)]
        changes = ensure_table(self.database, source.name, stream) if keys else ()
        table = Table(source.name, stream, fingerprint(stream.row))
        known = ledger.loaded_runs(self.database, source.name, stream.name)
        tally = _Tally(f"{source.name}.{stream.name}", self.watch)
        for key in keys:
            if key not in known:
                self._load_run(table, key, tally)
        return tally.facts(source, stream, changes)

    def _load_run(self, table: Table, key: str, tally: "_Tally") -> None:
        manifest = Manifest.parse(key, self.store.get(key))
        known = ledger.loaded_pages(self.database, manifest)
        damaged = len(tally.damaged)
        pages = self._prepared(table.stream, manifest, known, tally)
        for batch in _ahead(without_repeated, batches(pages, records=self.batch)):
            tally.add(batch, load_batch(self.database, table, manifest, batch))
        if len(tally.damaged) == damaged:
            ledger.finish_run(self.database, key, manifest)
            tally.runs += 1

    def _prepared(
        self, stream: Stream, manifest: Manifest, known: frozenset[str], tally: "_Tally"
    ) -> Iterator[Prepared]:
        for page in manifest.pages:
            if page.key in known:
                continue
            try:
                body = self.store.get_checked(page.key, page.sha256)
            except StoreError as exc:
                # Its neighbours can be loaded all the same, and it is tried again the next time.
                tally.damaged.append(str(exc))
                continue
            yield prepare(stream, page, body)


class _Tally:
    """What has been done so far of one Stream."""

    def __init__(self, name: str, watch: Watch) -> None:
        self.name = name
        self.watch = watch
        self.runs = 0
        self.objects = 0
        self.counts = Counts()
        self.reasons: dict[str, int] = {}
        self.damaged: list[str] = []

    def add(self, batch: Sequence[Prepared], counts: Counts) -> None:
        """Note that *batch* is loaded."""
        self.objects += len(batch)
        self.counts += counts
        for page in batch:
            for reason in page.rejected:
                self.reasons[reason.code] = self.reasons.get(reason.code, 0) + 1
        self.watch.count(f"load {self.name}", self.counts.fetched)

    def facts(self, source: Source, stream: Stream, changes: tuple[str, ...]) -> LoadedStream:
        """Return all of it as facts."""
        return LoadedStream(
            source=source.name,
            stream=stream.name,
            runs=self.runs,
            objects=self.objects,
            counts=self.counts,
            changes=changes,
            reasons=self.reasons,
            damaged=tuple(self.damaged),
            allowed=stream.max_quarantined,
        )


def _ahead(work: Callable[[list[Prepared]], T], items: Iterator[list[Prepared]]) -> Iterator[T]:
    """Yield ``work(item)`` for each of *items*, the next one being made in a thread while the caller uses the last."""

    def following() -> T | None:
        item = next(items, None)
        return None if item is None else work(item)

    with ThreadPoolExecutor(max_workers=1) as thread:
        coming = thread.submit(following)
        while (made := coming.result()) is not None:
            coming = thread.submit(following)
            yield made
