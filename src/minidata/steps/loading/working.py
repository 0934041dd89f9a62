"""One task of a Load: its objects are claimed, read, prepared, and committed together with the ledger."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger.ledger import Counts
from minidata.adapters.database.loading.loading import Batch, load_batch, replace_all
from minidata.adapters.database.loading.replacing import Shrinks
from minidata.adapters.database.locks import join_loading_if_free
from minidata.adapters.database.targets import Target
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.project import Project
from minidata.core.runs import Manifest
from minidata.steps.loading.hand import Hand
from minidata.steps.loading.parts import bytes_of, parts_of
from minidata.steps.loading.reading import Reading, Refused, codes_of
from minidata.steps.stored import store_of


@dataclass(frozen=True, slots=True)
class Task:
    """
    Pages of one Run, to be loaded in one transaction: *manifest* is the Run's with those pages alone.

    With *wait* an object that another loader has in hand is waited for.
    """

    target: Target
    manifest: Manifest
    wait: bool = False
    allow_shrink: bool = False

    @property
    def size(self) -> int:
        """How many bytes the bodies have."""
        return sum(page.size for page in self.manifest.pages)

    @property
    def lane(self) -> str:
        """A history is written in the order of its objects; of Runs that may replace it all the newest goes first."""
        return self.target.label if self.target.stream.writes in {"history", "replace"} else ""


@dataclass(frozen=True, slots=True)
class Done:
    """
    What came of a task. *objects* were loaded, and of their records became what *counts* and *reasons* say.

    *settled* is how many of its objects are loaded by now, by whomever; *taken* are those that another loader has in
    hand. The others are *refused*, or *damaged*: of each the key, and of the latter why. So are Runs that were left out
    since too few rows would have been left: *shrinks*.
    """

    target: Target
    manifest: Manifest
    objects: int
    counts: Counts
    reasons: Mapping[str, int]
    settled: int
    taken: frozenset[str]
    refused: Mapping[str, Refused]
    damaged: Mapping[str, str]
    shrinks: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether all of its objects are loaded by now."""
        return not self.shrinks and self.settled == len(self.manifest.pages)


class Worker:
    """Does tasks of *project* with *hand*, one after the other."""

    def __init__(self, project: Project, hand: Hand) -> None:
        self._hand = hand
        self._store = store_of(project)
        self._redact = project.redact
        self._records = project.settings.load.batch

    @property
    def store(self) -> ObjectStore:
        """The project's object store."""
        return self._store

    def reading(self, target: Target) -> Reading:
        """Return what makes the pages of *target* ready."""
        return Reading(self._store, self._redact, target.stream)

    def do(self, task: Task) -> Done:
        """Load the pages of *task*; raise what load_batch() and replace_all() raise."""
        reading = self.reading(task.target)
        shrinks = {}
        try:
            batch = self._hand.load(task.target, partial(self._loaded, task, reading))
        except Shrinks as exc:
            # One table stays as it was; all others are loaded.
            batch, shrinks = Batch(), {task.manifest.run: str(exc)}
        return Done(
            target=task.target,
            manifest=task.manifest,
            objects=len(batch.pages),
            counts=batch.counts,
            reasons=codes_of(batch.pages.values()),
            settled=len(batch.pages) + len(batch.known),
            taken=batch.taken,
            refused=reading.refused,
            damaged=reading.damaged,
            shrinks=shrinks,
        )

    def _loaded(self, task: Task, reading: Reading, database: Database) -> Batch:
        target, manifest = task.target, task.manifest
        if target.stream.writes != "replace":
            return load_batch(database, target, manifest, reading.prepared, wait=task.wait)
        parts = parts_of(manifest.pages, bytes_of(self._records, manifest, task.size))
        return replace_all(database, target, manifest, reading.prepared, parts, allow_shrink=task.allow_shrink)


def hired(project: Project) -> Callable[[Task], Done]:
    """Return what does tasks in a process of its own, which knows the project's Sources from now on."""
    _ = project.sources
    # Whoever hires has met it.
    return Worker(project, Hand(project, join_loading_if_free, met=True)).do
