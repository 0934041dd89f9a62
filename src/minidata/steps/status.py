"""status: what runs, what was fetched, loaded and published, when that was, and what `run` would do next."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.ledger.ledger import Counts
from minidata.adapters.project import Project
from minidata.core.clock import Clock
from minidata.core.engine import Kind
from minidata.core.errors import MinidataError
from minidata.core.running.history import last_of
from minidata.core.runs import ObjectKey, RunKey, began, stream_prefix
from minidata.core.source import Source, Stream
from minidata.steps.engine import chosen
from minidata.steps.forecast import Next, next_of
from minidata.steps.glancing import StreamDrift, glance
from minidata.steps.history import Ended, ended, kept_entries
from minidata.steps.knowing import Known, known
from minidata.steps.stored import store_of

STAGES = ("demo", "ingest", "load", "analyze", "test", "report", "run")


@dataclass(frozen=True)
class StreamStatus:
    """
    One Stream: finished *runs* in the store, the *newest* one's id and its *age* in seconds, and *unfinished* ones.

    *waiting* are the finished Runs that are not loaded, None when that is not known since Postgres is down. *counts*
    are what became of all records; of those that are quarantined so many are *discarded*.
    """

    source: str
    stream: str
    runs: int
    newest: str | None
    age: float | None
    unfinished: int
    waiting: int | None
    counts: Counts
    discarded: int = 0

    @property
    def quarantined(self) -> int:
        """How many records are in quarantine, and not given up."""
        return self.counts.quarantined - self.discarded


@dataclass(frozen=True)
class Status:
    """
    The platform as it is now.

    *up* is False when Postgres does not answer, and *where* says why; *since* is when it was started. *stages* are
    each stage's last run, *stale* the models that would be built, None when that is not known. *drift* is what two
    pages of each Stream show of it. *unknown* says what could not be looked at, and why.
    """

    project: str
    kind: Kind | None
    up: bool
    where: str
    since: datetime | None
    store: str
    published: str | None
    published_at: datetime | None
    stale: tuple[str, ...] | None
    streams: tuple[StreamStatus, ...]
    stages: tuple[Ended, ...]
    next: tuple[Next, ...]
    drift: tuple[StreamDrift, ...]
    unknown: tuple[str, ...]


def status(
    project: Project, sources: Mapping[str, Source], *, failures: Iterable[str] = (), clock: Clock | None = None
) -> Status:
    """
    Look at everything and change nothing. *failures* say which Sources cannot be had.

    A Postgres that is down, or a store that cannot be read, is a fact here, not an error. Raises ConfigError.
    """
    found, unknown = known(project), [f"sources: {failure}" for failure in failures]
    now = (clock or SystemClock()).now()
    try:
        streams = _streams(project, sources, found, now)
    except MinidataError as exc:
        streams = ()
        unknown.append(f"object store: {exc}")
    unknown += found.unknown
    return Status(
        project=str(project.root),
        kind=chosen(project),
        up=found.up,
        where=found.where,
        since=found.since,
        store=project.settings.store.url,
        published=found.published,
        published_at=found.published_at,
        stale=found.stale,
        streams=tuple(one for one in streams if one.runs or one.unfinished or one.counts.fetched),
        stages=_stages(project, unknown),
        next=next_of(project, sources, {(one.source, one.stream): one.waiting for one in streams}, found),
        drift=tuple(_drift(project, sources, streams, unknown)),
        unknown=tuple(unknown),
    )


def _streams(project: Project, sources: Mapping[str, Source], found: Known, now: datetime) -> tuple[StreamStatus, ...]:
    store = store_of(project)
    return tuple(
        _stream(source, stream, list(store.keys(stream_prefix(source.name, stream.name))), found, now)
        for source in sources.values()
        for stream in source.streams
    )


def _stream(source: Source, stream: Stream, keys: list[str], found: Known, now: datetime) -> StreamStatus:
    which = (source.name, stream.name)
    finished = {run.run: key for key in keys if (run := RunKey.parse(key))}
    begun = {parsed.run for key in keys if (parsed := ObjectKey.parse(key))}
    newest = max(finished, default=None)
    at = began(newest) if newest else None
    return StreamStatus(
        *which,
        runs=len(finished),
        newest=newest,
        age=(now - at).total_seconds() if at else None,
        unfinished=len(begun - finished.keys()),
        waiting=_waiting(stream, finished.values(), found.loaded.get(which, frozenset())) if found.up else None,
        counts=found.totals.get(which, Counts()),
        discarded=found.discarded.get(which, 0),
    )


def _drift(
    project: Project, sources: Mapping[str, Source], streams: Iterable[StreamStatus], unknown: list[str]
) -> Iterator[StreamDrift]:
    """Yield what a glance shows of drift, for each Stream that has any."""
    for one in streams:
        if one.runs:
            source = sources[one.source]
            try:
                found = glance(store_of(project), source, source.stream(one.stream))
            except MinidataError as exc:
                unknown.append(f"drift of {one.source}.{one.stream}: {exc}")
                continue
            if found and found.drifts:
                yield found


def _waiting(stream: Stream, finished: Iterable[str], loaded: frozenset[str]) -> int:
    """Return how many Runs are not loaded, of those that the next load would look at."""
    missing = set(finished) - loaded
    if stream.writes == "replace" and loaded:
        # Those that are older than the table are not loaded any more.
        missing = {key for key in missing if key > max(loaded)}
    return len(missing)


def _stages(project: Project, unknown: list[str]) -> tuple[Ended, ...]:
    try:
        kept = kept_entries(project)
    except MinidataError as exc:
        unknown.append(f"history: {exc}")
        return ()
    return tuple(ended(entry) for stage in STAGES if (entry := last_of(kept, stage)))
