"""One task of a Load: its bodies are read, checked and prepared, and committed together with the ledger."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from minidata.adapters.database.ledger import Counts
from minidata.adapters.database.loading import Batch
from minidata.adapters.database.locks import join_loading_if_free
from minidata.adapters.database.targets import Target
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.project import Project
from minidata.core.errors import StoreError
from minidata.core.preparing import Prepared, prepare
from minidata.core.runs import Manifest, Page
from minidata.core.secrets import Redactor
from minidata.core.source import Stream
from minidata.steps.loading.hand import Hand
from minidata.steps.stored import at_once, store_of


@dataclass(frozen=True, slots=True)
class Task:
    """
    Some pages of one Run, to be loaded in one transaction: *manifest* is the Run's with those pages alone.

    With *wait* an object that another loader has in hand is waited for.
    """

    target: Target
    manifest: Manifest
    wait: bool = False

    @property
    def size(self) -> int:
        """How many bytes the bodies have."""
        return sum(page.size for page in self.manifest.pages)

    @property
    def lane(self) -> str:
        """A history is written in the order of its objects."""
        return self.target.label if self.target.stream.writes == "history" else ""


@dataclass(frozen=True, slots=True)
class Refused:
    """An object that was left out as a whole: more of its records do not fit than the Stream allows."""

    key: str
    fetched: int
    quarantined: int
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Done:
    """
    What came of a task. *objects* were loaded, and of their records became what *counts* and *reasons* say.

    *settled* is how many of its objects are loaded by now, by whomever; *taken* are those that another loader has in
    hand. The others are *damaged*, or *refused*.
    """

    target: Target
    manifest: Manifest
    objects: int
    counts: Counts
    reasons: Mapping[str, int]
    settled: int
    taken: frozenset[str]
    refused: tuple[Refused, ...]
    damaged: tuple[str, ...]


def worker(project: Project) -> Callable[[Task], Done]:
    """Return what does tasks in a process of its own, which knows the project's Sources from now on."""
    _ = project.sources
    return partial(work, Hand(project, join_loading_if_free), store_of(project), project.redact)


def work(hand: Hand, store: ObjectStore, redact: Redactor, task: Task) -> Done:
    """Load the pages of *task*; raise what Hand.load() raises."""
    reading = _Reading(store, redact, task.target.stream)
    return _done(task, hand.load(task.target, task.manifest, reading.prepared, wait=task.wait), reading)


@dataclass
class _Reading:
    """Makes pages ready, and notes what keeps some of them out."""

    store: ObjectStore
    redact: Redactor
    stream: Stream
    refused: list[Refused] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    def prepared(self, pages: Sequence[Page]) -> list[Prepared]:
        """Return those of *pages* that can be loaded, made ready; what was noted before is forgotten."""
        self.refused.clear()
        self.damaged.clear()
        found = []
        for page, body in zip(pages, self._bodies(pages), strict=True):
            if isinstance(body, StoreError):
                # Its neighbours can be loaded all the same, and it is tried again the next time.
                self.damaged.append(str(body))
                continue
            one = prepare(self.stream, page, body)
            if self.stream.allows(one.quarantined, one.fetched):
                found.append(masked(one, self.redact))
            else:
                self.refused.append(Refused(page.key, one.fetched, one.quarantined, _codes([one])))
        return found

    def _bodies(self, pages: Sequence[Page]) -> Iterator[bytes | StoreError]:
        """Yield each body, or why it cannot be had. Of a bucket several are asked for at once."""
        return map(self._body, pages) if self.store.shelf.near else at_once(self._body, pages)

    def _body(self, page: Page) -> bytes | StoreError:
        try:
            return self.store.get_checked(page.key, page.sha256, page.size)
        except StoreError as exc:
            return exc


def masked(one: Prepared, redact: Redactor) -> Prepared:
    """Return *one* with secrets masked in its reasons: a user's validator may repeat what it knows."""
    reasons = (replace(each, message=redact(each.message), detail=redact(each.detail)) for each in one.rejected)
    return replace(one, rejected=tuple(reasons)) if one.rejected else one


def _codes(pages: Sequence[Prepared]) -> dict[str, int]:
    return dict(Counter(reason.code for page in pages for reason in page.rejected))


def _done(task: Task, batch: Batch, reading: _Reading) -> Done:
    return Done(
        target=task.target,
        manifest=task.manifest,
        objects=len(batch.pages),
        counts=batch.counts,
        reasons=_codes(list(batch.pages.values())),
        settled=len(batch.pages) + len(batch.known),
        taken=batch.taken,
        refused=tuple(reading.refused),
        damaged=tuple(reading.damaged),
    )
