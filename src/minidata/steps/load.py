"""
load: raw objects become rows.

Reads finished Runs alone, in the order of their keys, and skips what the ledger knows. Where there is much to load,
bodies are parsed and checked in processes of their own while this one writes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from minidata.adapters.database import ledger
from minidata.adapters.database.connection import LOADER, Database
from minidata.adapters.database.ledger import Counts
from minidata.adapters.database.locks import loading
from minidata.adapters.database.merging import Batch, Table, load_batch
from minidata.adapters.database.tables import ensure_table
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.processes import Crew
from minidata.adapters.project import Project
from minidata.core.errors import Exit, StoreError, worst
from minidata.core.preparing import Prepared, batches, prepare, without_repeated
from minidata.core.rows import fingerprint
from minidata.core.runs import Manifest, Page
from minidata.core.secrets import Redactor
from minidata.core.source import Source, Stream, chosen_streams
from minidata.core.watch import Nobody, Watch
from minidata.steps.engine import database
from minidata.steps.stored import finished_runs, store_of


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
    allowed: int | float | None

    @property
    def over(self) -> bool:
        """Whether more records were quarantined than the Stream allows."""
        allowed = self.allowed or 0
        return self.counts.quarantined > (allowed * self.counts.fetched if isinstance(allowed, float) else allowed)


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
        """Whether there was nothing to load; an API that answers with no records has said nothing."""
        return not any(stream.counts.fetched or stream.changes or stream.damaged for stream in self.streams)


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
    store = store_of(project)
    with (
        Crew(import_sources, str(project.root), project.redact) as crew,
        database(project, LOADER, lock_timeout=settings.load.lock_timeout) as db,
        loading(db),
    ):
        ledger.prepare_ledger(db)
        loader = _Loader(crew, store, db, settings.load.batch, project.redact, watch or Nobody())
        return Loaded(tuple(loader.load_stream(owner, wanted) for owner, wanted in chosen))


@dataclass(frozen=True)
class _Loader:
    crew: Crew
    store: ObjectStore
    database: Database
    batch: int
    redact: Redactor
    watch: Watch

    def load_stream(self, source: Source, stream: Stream) -> LoadedStream:
        """Load what is new of one Stream, Run by Run; a Stream of which nothing was ever fetched gets no table."""
        keys = [run.key for run in finished_runs(self.store, source.name, stream.name)]
        changes = ensure_table(self.database, source.name, stream) if keys else ()
        table = Table(source.name, stream, fingerprint(stream.row))
        known = ledger.loaded_runs(self.database, source.name, stream.name)
        tally = _Tally(f"{source.name}.{stream.name}", self.watch)
        for key in keys:
            if key not in known:
                self._load_run(table, key, tally)
        return tally.facts(source, stream, changes)

    def _load_run(self, table: Table, key: str, tally: "_Tally") -> None:
        try:
            manifest = Manifest.parse(key, self.store.get(key))
        except StoreError as exc:
            tally.damaged.append(str(exc))
            return
        known = ledger.loaded_pages(self.database, manifest)
        pages = [page for page in manifest.pages if page.key not in known]
        damaged = len(tally.damaged)
        mapped = self.crew.mapper(sum(page.size for page in pages))
        prepared = map(self._masked, mapped(_prepare, self._bodies(table.stream, pages, tally)))
        for batch in batches(prepared, records=self.batch):
            tally.add(load_batch(self.database, table, manifest, without_repeated(batch)))
        if len(tally.damaged) == damaged and ledger.finish_run(self.database, key, manifest):
            tally.runs += 1

    def _masked(self, one: Prepared) -> Prepared:
        """Return *one* with secrets masked in its reasons: a user's validator may repeat what it knows."""
        reasons = (
            replace(reason, message=self.redact(reason.message), detail=self.redact(reason.detail))
            for reason in one.rejected
        )
        return replace(one, rejected=tuple(reasons)) if one.rejected else one

    def _bodies(self, stream: Stream, pages: Sequence[Page], tally: "_Tally") -> Iterator["_Body"]:
        for page in pages:
            try:
                yield _Body(stream, page, self.store.get_checked(page.key, page.sha256, page.size))
            except StoreError as exc:
                # Its neighbours can be loaded all the same, and it is tried again the next time.
                tally.damaged.append(str(exc))


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

    def add(self, batch: Batch) -> None:
        """Note that *batch* is loaded."""
        self.objects += len(batch.pages)
        self.counts += batch.counts
        for page in batch.pages:
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


@dataclass(frozen=True, slots=True)
class _Body:
    stream: Stream
    page: Page
    body: bytes

    @property
    def size(self) -> int:
        return len(self.body)


def _prepare(one: _Body) -> Prepared:
    return prepare(one.stream, one.page, one.body)


def import_sources(root: str) -> None:
    """Import the Sources of the project at *root*, so that this process knows their Rows."""
    _ = Project(Path(root)).sources
