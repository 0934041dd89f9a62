"""What a Load would make of what is stored, found out without a database: page by page, and then together."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from minidata.core.loading.preparing import prepare
from minidata.core.runs import Page
from minidata.core.source import Stream

# Where in an object a record is; None for the whole body.
Place = int | None


class Why(NamedTuple):
    """Why records do not fit: the quarantine's code, and a JSON pointer in them, with * for a place in a list."""

    code: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """
    What would become of one page: its *records*, how many *rows* they would make, and those that are rejected.

    A body that cannot be read counts as one record, and its place is None. *rejected* has their places by the reasons;
    *messages* are those of the first of each.
    """

    page: str
    records: int
    rows: int
    rejected: Mapping[Why, frozenset[Place]]
    messages: Mapping[Why, str]

    @property
    def places(self) -> frozenset[Place]:
        """Where the records that do not fit are."""
        return frozenset().union(*self.rejected.values())


def rehearse(stream: Stream, page: Page, body: bytes) -> Rehearsed:
    """Return what a Load would make of one page of *stream*; never raises for what the body holds."""
    prepared = prepare(stream, page, body)
    rejected: dict[Why, set[Place]] = {}
    messages: dict[Why, str] = {}
    for reason in prepared.rejected:
        why = Why(reason.code, _anywhere(reason.pointer))
        rejected.setdefault(why, set()).add(reason.record)
        messages.setdefault(why, reason.message)
    places = {why: frozenset(found) for why, found in rejected.items()}
    return Rehearsed(page.key, prepared.fetched, prepared.loaded, places, messages)


@dataclass(frozen=True)
class Reason:
    """
    One reason for which *records* would be rejected; *new* of them were loaded before (None: not known).

    *object* and *record* (from 0; None: the whole body) tell one of them: the first that is new, or else the first.
    """

    code: str
    pointer: str
    message: str
    records: int
    new: int | None
    object: str
    record: Place


@dataclass(slots=True)
class _Told:
    """What is known so far of one reason."""

    message: str
    records: int = 0
    new: int = 0
    first: tuple[str, Place] | None = None
    first_new: tuple[str, Place] | None = None


@dataclass
class Rehearsal:
    """
    Many pages of *stream* together.

    *settled* says of the objects that are loaded which of their records are in quarantine; None when nobody knows.
    *refused* counts the objects of which so much does not fit that nothing would be loaded, *left_out* the records in
    them that do fit. Always ``records == rows + repeated + left_out + rejected``.
    """

    stream: Stream
    settled: Mapping[str, Collection[Place]] | None = None
    objects: int = 0
    records: int = 0
    rows: int = 0
    repeated: int = 0
    left_out: int = 0
    rejected: int = 0
    refused: int = 0
    newly_rejected: int = 0
    newly_accepted: int = 0
    _told: dict[Why, _Told] = field(default_factory=dict)

    def add(self, one: Rehearsed) -> None:
        """Take one page into account; the pages come in order."""
        self.objects += 1
        self.records += one.records
        self.rejected += len(one.places)
        self.repeated += one.records - one.rows - len(one.places)
        if self.stream.allows(len(one.places), one.records):
            self.rows += one.rows
        else:
            self.refused += 1
            self.left_out += one.rows
        before = (self.settled or {}).get(one.page)
        if before is not None:
            self.newly_rejected += len(one.places.difference(before))
            self.newly_accepted += len(frozenset(before) - one.places)
        for why, places in one.rejected.items():
            fresh = frozenset() if before is None else places.difference(before)
            self._tell(self._told.setdefault(why, _Told(one.messages[why])), one.page, places, fresh)

    @property
    def over(self) -> bool:
        """Whether a Load would exit QUARANTINED."""
        return self.refused > 0 or (self.stream.max_quarantined is None and self.rejected > 0)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why records would be rejected, what is new and what is frequent first."""
        known = self.settled is not None
        found = [
            Reason(*why, told.message, told.records, told.new if known else None, *(told.first_new or told.first or ()))
            for why, told in self._told.items()
        ]
        return tuple(sorted(found, key=lambda one: (-(one.new or 0), -one.records, one.code, one.pointer)))

    def _tell(self, told: _Told, page: str, places: frozenset[Place], fresh: frozenset[Place]) -> None:
        told.records += len(places)
        told.new += len(fresh)
        told.first = told.first or (page, _first(places))
        if fresh and told.first_new is None:
            told.first_new = (page, _first(fresh))


def _first(places: frozenset[Place]) -> Place:
    return min((place for place in places if place is not None), default=None)


def _anywhere(pointer: str) -> str:
    """Return *pointer* with * for each place in a list."""
    return "/".join("*" if step.isdecimal() else step for step in pointer.split("/"))
