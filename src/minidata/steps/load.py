"""
load: raw objects become rows.

Reads finished Runs alone and skips what the ledger knows. Where there is much to load it is divided into tasks that
processes of their own do, each with a connection of its own. See steps/loading/.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

from minidata.adapters.database.ledger.ledger import Counts
from minidata.adapters.database.ledger.making import prepare_ledger
from minidata.adapters.database.loading.loading import finish_run
from minidata.adapters.database.locks import join_loading
from minidata.adapters.database.targets import Target
from minidata.adapters.processes import Crew
from minidata.adapters.project import Project
from minidata.core.errors import Exit, RefusedError, worst
from minidata.core.failpoints import Failpoint, reached
from minidata.core.rows import fingerprint
from minidata.core.source import Source, chosen_streams
from minidata.core.watch import Nobody, Watch
from minidata.steps.loading.hand import Hand
from minidata.steps.loading.planning import Planner
from minidata.steps.loading.reading import Refused
from minidata.steps.loading.telling import Tally
from minidata.steps.loading.working import Done, Task, Worker, hired


@dataclass(frozen=True)
class LoadedStream:
    """
    What one Stream's Load did: whole *runs* and *objects* that were new, what became of their records, DDL applied.

    *reasons* counts the quarantine's codes. *refused* are objects that were left out since more of their records do not
    fit than the Stream allows, *damaged* those whose bytes are not those that were stored, or are gone. *shrinks* are
    Runs that were left out since they would have left less than half of the table. *barred* says why nothing at all can
    be loaded into the table as it is, and *remedy* what to do about it.
    """

    source: str
    stream: str
    runs: int
    objects: int
    counts: Counts
    changes: tuple[str, ...]
    reasons: Mapping[str, int]
    refused: tuple[Refused, ...]
    damaged: tuple[str, ...]
    shrinks: tuple[str, ...]
    barred: str
    remedy: str
    allowed: int | float | None

    @property
    def over(self) -> bool:
        """Whether more records do not fit than the Stream allows."""
        return bool(self.refused) or (self.allowed is None and self.counts.quarantined > 0)

    @property
    def exit_code(self) -> Exit:
        """
        REFUSED when the table is not as its Row says or would have shrunk, STORE when an object was damaged,
        QUARANTINED when more did not fit than the Stream allows, else DONE.
        """
        outcomes = {
            Exit.REFUSED: self.barred or self.shrinks,
            Exit.STORE: self.damaged,
            Exit.QUARANTINED: self.over,
        }
        return worst(code for code, happened in outcomes.items() if happened)


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
        """The worst of the Streams'."""
        return worst(stream.exit_code for stream in self.streams)

    @property
    def nothing_new(self) -> bool:
        """Whether there was nothing to load; an API that answers with no records has said nothing."""
        return not any(
            stream.counts.fetched
            or stream.changes
            or stream.damaged
            or stream.refused
            or stream.shrinks
            or stream.barred
            for stream in self.streams
        )


def load(  # noqa: PLR0913 - each is an option of the command, given by name
    project: Project,
    sources: Mapping[str, Source],
    *,
    source: str | None = None,
    stream: str | None = None,
    workers: int | None = None,
    allow_shrink: bool = False,
    watch: Watch | None = None,
) -> Loaded:
    """
    Load all finished Runs (of one *source*, of one *stream*) that are not loaded yet, in up to *workers* processes.

    With *allow_shrink* a table that is replaced may lose most of its rows. Safe to repeat, to interrupt at any moment,
    and to do twice at once. What is in the way of one Stream holds up no other. Raises UnknownName, StoreError,
    EngineError, LockedError, and RefusedError when the ledger is of a newer minidata.
    """
    targets = [
        Target(owner.name, wanted, fingerprint(wanted.row)) for owner, wanted in chosen_streams(sources, source, stream)
    ]
    return Loaded(_loaded(project, targets, workers, watch, allow_shrink=allow_shrink))


def load_into(
    project: Project, target: Target, *, workers: int | None = None, watch: Watch | None = None
) -> LoadedStream:
    """Load what is new into *target*; raise what load() raises, and RefusedError for a table that differs."""
    (loaded,) = _loaded(project, [target], workers, watch)
    if loaded.barred:
        raise RefusedError(loaded.barred, hint=loaded.remedy)
    return loaded


def _loaded(
    project: Project,
    targets: Iterable[Target],
    workers: int | None,
    watch: Watch | None,
    *,
    allow_shrink: bool = False,
) -> tuple[LoadedStream, ...]:
    hands = workers or project.settings.load.workers or os.cpu_count() or 1
    with (
        Hand(project, join_loading) as hand,
        Crew(hands, hired, replace(project, environ=dict(project.environ)), project.redact) as crew,
    ):
        hand.do(prepare_ledger)
        worker = Worker(project, hand)
        planner = Planner(hand, worker, project.settings.load.batch, allow_shrink)
        return _Load(hand, planner, worker, crew).into([Tally(target, watch or Nobody()) for target in targets])


@dataclass(frozen=True)
class _Load:
    hand: Hand
    planner: Planner
    worker: Worker
    crew: Crew[Project, Task, Done]

    def into(self, tallies: Sequence[Tally]) -> tuple[LoadedStream, ...]:
        by_name = {tally.target.label: tally for tally in tallies}
        tasks: Iterator[Task] = chain.from_iterable(map(self._planned, tallies))
        while left := list(self._done(tasks, by_name)):
            tasks = chain.from_iterable(left)
        return tuple(map(_facts, tallies))

    def _planned(self, tally: Tally) -> Iterator[Task]:
        try:
            yield from self.planner.tasks(tally)
        except RefusedError as exc:
            tally.barred = exc
        # Runs without pages.
        self._finish(tally)

    def _done(self, tasks: Iterator[Task], tallies: Mapping[str, Tally]) -> Iterator[Iterable[Task]]:
        """Do *tasks*; yield what is left to do of those of which another loader had something in hand."""
        for done in self.crew.each(self.worker.do, tasks):
            tally = tallies[done.target.label]
            tally.add(done)
            self._finish(tally)
            if done.taken and done.target.stream.writes == "history":
                yield self._planned(tally)
            elif done.taken:
                pages = tuple(page for page in done.manifest.pages if page.key in done.taken)
                yield [Task(done.target, done.manifest.model_copy(update={"pages": pages}), wait=True)]

    def _finish(self, tally: Tally) -> None:
        """Note the Runs that are loaded whole."""
        for run in tally.finished():
            reached(Failpoint.BEFORE_RUN)
            note = partial(finish_run, target=tally.target, key=run.key, manifest=run.manifest, pages=run.pages)
            tally.runs += self.hand.do(note)
            reached(Failpoint.AFTER_RUN)


def _facts(tally: Tally) -> LoadedStream:
    return LoadedStream(
        source=tally.target.source,
        stream=tally.target.stream.name,
        runs=tally.runs,
        objects=tally.objects,
        counts=tally.counts,
        changes=tally.changes,
        reasons=dict(tally.reasons),
        refused=tuple(tally.refused.values()),
        damaged=tuple(tally.damaged.values()),
        shrinks=tuple(f"{why} (run {run})" for run, why in tally.shrinks.items()),
        barred=str(tally.barred or ""),
        remedy=tally.barred.hint if tally.barred else "",
        allowed=tally.target.stream.max_quarantined,
    )
