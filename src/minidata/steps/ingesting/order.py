"""What a Run is told to do, and what it stands on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from minidata.adapters.http import Api
from minidata.adapters.object_store import ObjectStore
from minidata.core.clock import Clock
from minidata.core.errors import SourceError
from minidata.core.fetching.journal import Part, Start, Unfinished
from minidata.core.run_ids import run_id
from minidata.core.runs import Manifest, began
from minidata.core.secrecy.secrets import Redactor
from minidata.core.source import Stream
from minidata.core.watch import Watch

# The least that the ids of two Runs differ by.
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a Run stands on."""

    api: Api
    store: ObjectStore
    clock: Clock
    watch: Watch
    redact: Redactor
    max_pages: int


@dataclass(frozen=True, slots=True)
class Order:
    """
    What a Run is to do: fetch *stream* from *start* on, by *plan*.

    *last* is the Stream's newest finished Run; *asks* is whether the API may be asked if there is anything else by now.
    *resumed* is the interrupted Run that goes on, *tail* what a new one's id ends in.
    """

    stream: Stream
    start: Start
    plan: str
    tail: str
    last: Manifest | None = None
    asks: bool = True
    resumed: Unfinished | None = None


class CannotGoOn(SourceError):
    """An interrupted Run cannot be gone on with: what is asked, or what the API knows, has changed since."""


def part_of(order: Order, clock: Clock) -> Part:
    """Return what the journal's parts say of the Run: a new one, or the one that goes on."""
    resumed = order.resumed
    if resumed:
        return Part(run=resumed.run, plan=order.plan, started_at=resumed.started_at, start=resumed.start, kept=())
    now = clock.now()
    run = run_id(_after(order.last, now), order.tail)
    return Part(run=run, plan=order.plan, started_at=now, start=order.start, kept=())


def _after(last: Manifest | None, now: datetime) -> datetime:
    """Return *now*, or what comes right after the *last* Run: a clock that was put back puts no Run before it."""
    before = began(last.run) if last else None
    return now if before is None else max(now, before + _MOMENT)
