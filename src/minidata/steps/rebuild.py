"""
load --rebuild: all raw objects of a Stream go into twins of its tables, which then take their places at once.

It can be killed at any moment: the next one goes on with the twins that are there, unless the Row has changed since.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.connection import LOADER, Database
from minidata.adapters.database.ledger.making import prepare_ledger
from minidata.adapters.database.locks import analyzing
from minidata.adapters.database.shaping.swapping import Swapped, behind, check_replaceable, swap
from minidata.adapters.database.shaping.twins import begin, rebuilding
from minidata.adapters.database.targets import Target
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit, RefusedError, UnknownName, worst
from minidata.core.failpoints import Failpoint, reached
from minidata.core.rows import fingerprint
from minidata.core.source import Source
from minidata.core.tables import tables_of
from minidata.core.watch import Nobody, Watch
from minidata.steps.engine import chosen, database
from minidata.steps.load import LoadedStream, load_into
from minidata.steps.stored import finished_runs, store_of


@dataclass(frozen=True)
class RebuiltStream:
    """
    What a rebuild of one Stream did: what was *loaded* now, and the *views* that were made again over the new tables.

    Not made again were *versions* of models that are not what is published, and need what the new tables do not have.

    One that is *resumed* had loaded more before. It is not *swapped* when an object whose rows are in the table is
    damaged, or left out since too much of it does not fit: then the tables are what they were, and the twins stay.
    """

    loaded: LoadedStream
    resumed: bool
    swapped: bool
    views: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did, by Stream."""

    streams: tuple[RebuiltStream, ...]

    @property
    def exit_code(self) -> Exit:
        """The worst of what the Streams' loads came to."""
        return worst(one.loaded.exit_code for one in self.streams)


def rebuild(
    project: Project,
    sources: Mapping[str, Source],
    tables: Sequence[str],
    *,
    workers: int | None = None,
    watch: Watch | None = None,
) -> Rebuilt:
    """
    Make *tables* (``source.stream``, or one of its child tables) anew from all that is stored, in up to *workers*
    processes, and swap each Stream's tables in at once.

    Safe to repeat and to interrupt at any moment. Raises UnknownName, ConfigError, StoreError, EngineError, LockedError
    when another rebuild or a reader is in the way, and RefusedError when something would be lost.
    """
    targets = {target.label: target for target in (_target(sources, table) for table in tables)}
    for target in targets.values():
        if not finished_runs(store_of(project), target.source, target.stream.name):
            raise ConfigError(f"nothing is stored of {target.label}", hint="run `minidata ingest` first")
    at = _Rebuild(project, workers, watch or Nobody())
    return Rebuilt(tuple(at.rebuild(target) for target in targets.values()))


def _target(sources: Mapping[str, Source], table: str) -> Target:
    """Return the Stream that fills *table*; raise UnknownName, with the nearest, when none does."""
    known = {
        f"{source.name}.{one.name}": (source, stream)
        for source in sources.values()
        for stream in source.streams
        for one in tables_of(stream)
    }
    if table not in known:
        raise UnknownName("table", table, known)
    source, stream = known[table]
    return Target(source.name, stream, fingerprint(stream.row))


@dataclass(frozen=True)
class _Rebuild:
    project: Project
    workers: int | None
    watch: Watch

    def rebuild(self, target: Target) -> RebuiltStream:
        """Fill the twins until they hold whatever the tables hold, then swap."""
        with self._owner() as db, rebuilding(db, target):
            resumed = self._begin(target)
            check_replaceable(db, target)
            missing = None
            while True:
                loaded = self._load(target)
                with analyzing(db):
                    left = behind(db, target)
                    if not left:
                        done = self._swap(db, target)
                        return RebuiltStream(loaded, resumed, swapped=True, views=done.views, versions=done.versions)
                if loaded.damaged or loaded.refused or loaded.shrinks:
                    return RebuiltStream(loaded, resumed, swapped=False)
                if left == missing:
                    raise RefusedError(
                        f"{target.label} has rows of {left:,} objects that are not stored any more",
                        hint="a rebuild would lose them; the table stays as it was",
                    )
                missing = left

    def _begin(self, target: Target) -> bool:
        with database(self.project, LOADER) as db:
            prepare_ledger(db)
            return begin(db, target)

    def _load(self, target: Target) -> LoadedStream:
        return load_into(self.project, replace(target, rebuild=True), workers=self.workers, watch=self.watch)

    def _swap(self, db: Database, target: Target) -> Swapped:
        reached(Failpoint.BEFORE_SWAP)
        done = swap(db, target, patience=self.project.settings.load.lock_timeout, clock=SystemClock())
        reached(Failpoint.AFTER_SWAP)
        return done

    @contextmanager
    def _owner(self) -> Iterator[Database]:
        """Connect as the owner, whose the views of others are too; where only the loader has a URL, as the loader."""
        engine = self.project.settings.engine
        role = LOADER if chosen(self.project) == "url" and engine.url is None else None
        with database(self.project, role, lock_timeout=self.project.settings.load.lock_timeout) as db:
            yield db
