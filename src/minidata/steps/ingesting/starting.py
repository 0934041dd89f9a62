"""Where a Run begins: after the one before, where a person says, or where an interrupted one stopped."""

from datetime import datetime
from itertools import count, takewhile

from minidata.adapters.object_store import ObjectStore
from minidata.core.fetching.cursors import mark_of, sent
from minidata.core.fetching.journal import Kept, Part, Start, Unfinished
from minidata.core.runs import Manifest, began, journal_key
from minidata.core.source import Stream


def start_of(last: Manifest | None, stream: Stream, since: str | None, until: str | None, *, full: bool) -> Start:
    """
    Return where the next Run of *stream* begins and ends, after *last*, its newest finished one.

    At *since*, else where *last* ended, or with *full* at the very beginning. One that is asked *until* a time is not
    what comes next, and leaves the cursor where it is. Raises ConfigError for a lag behind what is no time.
    """
    if stream.since is None or (full and until is None):
        return Start()
    before = last.cursor_after if last else None
    boundary = last.boundary if last else {}
    if until is not None:
        return Start(send=since, until=until, before=before, gap=True, boundary=boundary)
    if since is None:
        send = None if before is None else sent(before, stream.since.lag)
        return Start(send=send, before=before, boundary=boundary)
    here, there = mark_of(since), mark_of(before)
    gap = bool(here and there and here.rank > there.rank)
    return Start(send=since, before=before, gap=gap, boundary=boundary)


def unfinished(
    store: ObjectStore, interrupted: tuple[str, ...], plan: str, last: Manifest | None, not_before: datetime
) -> Unfinished | None:
    """
    Return the newest of the *interrupted* Runs (key prefixes, the newest first) that can go on; None when none can.

    It must have been asked by the same *plan*, begun *not_before*, and have begun where *last* ended.
    """
    for prefix in interrupted:
        started = began(prefix.rpartition("/")[2])
        if started is None or started < not_before:
            continue
        found = _journal(store, prefix, plan)
        if found and found.kept and found.start.before == (last.cursor_after if last else found.start.before):
            return found
    return None


def _journal(store: ObjectStore, prefix: str, plan: str) -> Unfinished | None:
    """Return what the journal below *prefix* tells, up to the first part that is missing."""
    kept: list[Kept] = []
    last: Part | None = None
    there = set(store.keys(prefix))
    keys = list(takewhile(there.__contains__, (journal_key(prefix, number) for number in count(1))))
    for key in keys:
        part = Part.parse(store.get(key))
        if part is None or part.plan != plan:
            return None
        last = part
        kept += part.kept
    if last is None:
        return None
    return Unfinished(run=last.run, started_at=last.started_at, start=last.start, kept=tuple(kept), parts=len(keys))
