"""Which objects are to be loaded: those of finished Runs that the ledger does not know, in tasks of a few pages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger import ledger
from minidata.adapters.database.ledger.forgetting import check_whole
from minidata.adapters.database.loading.loading import rewind_to
from minidata.adapters.database.loading.tidying import give_back
from minidata.adapters.database.locks import naming_holder
from minidata.adapters.database.shaping.tables import ensure_tables
from minidata.adapters.database.targets import Target
from minidata.core.errors import StoreError
from minidata.core.runs import Manifest
from minidata.steps.loading.hand import Hand
from minidata.steps.loading.parts import WaitingRun, bytes_of, parts_of
from minidata.steps.loading.telling import Tally
from minidata.steps.loading.working import Task, Worker
from minidata.steps.stored import finished_runs


@dataclass(frozen=True)
class Planner:
    """Finds out what is to be loaded, in tasks of about *records* records each."""

    hand: Hand
    worker: Worker
    records: int
    allow_shrink: bool = False

    def tasks(self, tally: Tally) -> Iterator[Task]:
        """
        Yield the tasks that load what is new of one Stream, and note its Runs in *tally*.

        A Stream of which nothing was ever fetched gets no table. Raises StoreError, EngineError, LockedError,
        RefusedError.
        """
        target = tally.target
        keys = [run.key for run in finished_runs(self.worker.store, target.source, target.stream.name)]
        if not keys:
            return
        tally.changes += self.hand.do(partial(_ready, target=target))
        if target.stream.writes == "replace":
            yield from self._replacing(tally, reversed(keys))
            return
        if target.stream.writes == "history":
            self._make_way(tally, self._new(tally, keys))
        for run in self._new(tally, keys):
            known = self._known(target, run)
            tally.expect(run, sum(page.key not in known for page in run))
            unknown = (page for page in run if page.key not in known)
            for part in parts_of(unknown, bytes_of(self.records, run.manifest, run.size)):
                yield Task(target, run.manifest.model_copy(update={"pages": part}))

    def _new(self, tally: Tally, keys: Iterable[str]) -> Iterator[WaitingRun]:
        """Yield the Runs that are not loaded whole; one with a damaged manifest is noted, and holds up nobody else."""
        known = self.hand.do(partial(ledger.loaded_runs, target=tally.target))
        for key in keys:
            if key not in known:
                try:
                    run = WaitingRun(key, *Manifest.parse_apart(key, self.worker.store.get(key)))
                except StoreError as exc:
                    tally.damaged[key] = str(exc)
                else:
                    yield run

    def _known(self, target: Target, run: WaitingRun) -> frozenset[str]:
        return self.hand.do(partial(ledger.loaded_pages, target=target, run=run.manifest.run))

    def _make_way(self, tally: Tally, runs: Iterable[WaitingRun]) -> None:
        """Take back what a history has after the first object that is to be loaded, unless that cannot be."""
        newest = self.hand.do(partial(ledger.newest, target=tally.target))
        reading = self.worker.reading(tally.target)
        for waiting in runs:
            run = waiting.manifest.run
            if newest is None or run > newest[0]:
                return
            known = self._known(tally.target, waiting)
            for page in waiting:
                if page.key not in known and (run, page.number) < newest and reading.prepared([page]):
                    self.hand.do(partial(rewind_to, target=tally.target, run=run, page=page.number))
                    return

    def _replacing(self, tally: Tally, newest_first: Iterable[str]) -> Iterator[Task]:
        """Yield the Runs that were asked for everything, until one of them is what the table holds."""
        known = self.hand.do(partial(ledger.loaded_runs, target=tally.target))
        for key in newest_first:
            if tally.replaced or key in known:
                return
            for run in self._new(tally, [key]):
                if run.manifest.whole:
                    tally.expect(run, run.count)
                    manifest = run.manifest.model_copy(update={"pages": tuple(run)})
                    yield Task(tally.target, manifest, allow_shrink=self.allow_shrink)


def _ready(database: Database, target: Target) -> tuple[str, ...]:
    """Make the tables ready, and see that the ledger knows all that is in them; return what was changed."""
    with naming_holder(database, target):
        changes = ensure_tables(database, target)
        check_whole(database, target)
        give_back(database, target)
    return changes
