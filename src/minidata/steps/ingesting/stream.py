"""One Stream: the Runs it takes to fetch what is asked, each after the one before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from minidata.core.columns import columns_of
from minidata.core.errors import ConfigError, ObjectDamaged
from minidata.core.fetching.journal import plan_of
from minidata.core.fetching.windows import Window, as_time, moment_of, width_of, windows
from minidata.core.runs import Manifest, began
from minidata.core.source import Stream
from minidata.steps.ingesting.order import CannotGoOn, Order, Surroundings
from minidata.steps.ingesting.parents import newest_parents
from minidata.steps.ingesting.run import Run
from minidata.steps.ingesting.starting import start_of, unfinished
from minidata.steps.stored import Past, finished_runs, past_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command says about where to begin and end. *full* is from the very beginning, *window* in pieces."""

    since: str | None = None
    until: str | None = None
    window: str | None = None
    full: bool = False


@dataclass(frozen=True, slots=True)
class Brought:
    """What one Run brought: its *manifest*, None when there was nothing new since *last*; *resumed* if it went on."""

    manifest: Manifest | None
    last: Manifest | None
    pages: int
    records: int
    bytes: int
    resumed: bool


def fetched(on: Surroundings, stream: Stream, wanted: Wanted, *, resume_within: float) -> Iterator[Brought]:
    """
    Fetch *stream* and yield what each Run brought: one, or one for each window that is not there already.

    A Stream without a cursor has no windows: all of it is fetched, once.

    Raises SourceError, StoreError, RefusedError, and ConfigError for what cannot be wanted of this Stream.
    """
    wanted = _spelled(wanted, stream)
    if wanted.window is None or stream.since is None:
        yield _run(on, stream, wanted, on.clock.token(), resume_within)
        return
    done = {run.run for run in finished_runs(on.store, on.api.source.name, stream.name)}
    for window in _windows(wanted, on.clock.now()):
        piece = Wanted(since=window.since, until=window.until)
        tail = _tail(on, stream, piece)
        if wanted.full or not any(_has(run, tail, window) for run in done):
            yield _run(on, stream, piece, tail, resume_within)


def check(stream: Stream, wanted: Wanted, now: datetime) -> None:
    """Raise ConfigError for what cannot be wanted of *stream*."""
    if wanted.window is not None:
        next(_windows(wanted, now))
    if stream.since is None or (wanted.until is None and wanted.window is None):
        return
    if stream.since.until is None:
        raise ConfigError(
            f"stream {stream.name!r} does not say how its API is asked for records up to a time",
            hint='name the parameter: since=Cursor(…, until="updated_before")',
        )


def _run(on: Surroundings, stream: Stream, wanted: Wanted, tail: str, resume_within: float) -> Brought:
    source = on.api.source
    past = _past(on, stream, wanted)
    start = start_of(past.last, stream, wanted.since, wanted.until, full=wanted.full)
    order = Order(
        stream=stream,
        start=start.model_copy(update={"parents": newest_parents(on.store, source, stream)}),
        plan=plan_of(source, stream, _told(wanted)),
        tail=tail,
        last=past.last,
        asks=not wanted.full,
    )
    not_before = on.clock.now() - timedelta(seconds=resume_within)
    resumed = unfinished(on.store, past.interrupted, order.plan, past.last, not_before)
    if resumed is None:
        return _brought(on, order)
    on.watch.note(
        f"{source.name}.{stream.name}: going on with run {resumed.run}, {len(resumed.kept):,} pages of it are kept"
    )
    try:
        return _brought(on, replace(order, resumed=resumed))
    except CannotGoOn as exc:
        on.watch.note(f"{source.name}.{stream.name}: beginning anew, run {resumed.run} cannot go on ({exc})")
        return _brought(on, order)


def _past(on: Surroundings, stream: Stream, wanted: Wanted) -> Past:
    try:
        return past_of(on.store, on.api.source.name, stream.name)
    except ObjectDamaged:
        # All of it is fetched: it does not matter where the last one ended.
        if wanted.full and wanted.until is None:
            return Past(None, ())
        raise


def _brought(on: Surroundings, order: Order) -> Brought:
    run = Run(on, order)
    manifest = run.fetch()
    counted = run.counted if manifest else (0, 0, 0)
    return Brought(manifest, order.last, *counted, resumed=order.resumed is not None)


def _windows(wanted: Wanted, now: datetime) -> Iterator[Window]:
    if wanted.since is None or wanted.window is None:
        raise ConfigError("--window without --since", hint="say where the first window begins: --since 2026-01-01")
    until = wanted.until or now.isoformat(timespec="seconds")
    return windows(wanted.since, until, width_of(wanted.window))


def _has(run: str, tail: str, window: Window) -> bool:
    """Whether *run* is a finished one of *window*, made when all of the window had passed."""
    started, end = began(run), moment_of(window.until)
    return run.endswith(f"-{tail}") and started is not None and end is not None and started >= end


def _tail(on: Surroundings, stream: Stream, wanted: Wanted) -> str:
    """Return what the ids of all Runs of a window end in: so it is known by a key whether there is one."""
    return sha256(plan_of(on.api.source, stream, _told(wanted)).encode()).hexdigest()[:8]


def _spelled(wanted: Wanted, stream: Stream) -> Wanted:
    """Return the dates that people give as times, where the cursor's field is one: an API would not take a date."""
    cursor = stream.since
    types = {column.name: column.type for column in columns_of(stream.row)}
    if cursor is None or types.get(cursor.field) != "timestamptz":
        return wanted
    return replace(wanted, since=as_time(wanted.since), until=as_time(wanted.until))


def _told(wanted: Wanted) -> Mapping[str, Any]:
    return {"since": wanted.since, "until": wanted.until, "full": wanted.full}
