"""
store expire: take Runs out of the object store that are old, and that no table needs any more.

A table needs a Run as long as one of its rows, or a quarantined record, comes from it: made again without it, the
table would be another one. The newest finished Run of a Stream always stays, for the next one begins where it ended.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.connection import LOADER, Database
from minidata.adapters.database.ledger import ledger
from minidata.adapters.database.ledger.needed import needed_runs
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.project import Project
from minidata.core.clock import Clock
from minidata.core.errors import ConfigError
from minidata.core.runs import began
from minidata.core.watch import Watch
from minidata.steps.engine import database
from minidata.steps.store.contents import StoredRun, runs_in, streams_in

_AGE = re.compile(r"([0-9]{1,6})([hdw])\Z")
_HOURS = {"h": 1, "d": 24, "w": 7 * 24}
# An unfinished Run that is younger than this may be one that is being fetched.
_BEING_FETCHED = timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """What is old: Runs that began *older_than* ago, and those beyond the newest *keep* finished ones of a Stream."""

    older_than: timedelta | None = None
    keep: int | None = None

    def __post_init__(self) -> None:
        if self.older_than is None and self.keep is None:
            raise ConfigError("nothing says what is old", hint="say --older-than 90d, --keep 10, or both")


@dataclass(frozen=True)
class ExpiredRun:
    """A Run that is old, with how many *objects* it has; *needed* is whether a table needs it, so that it stays."""

    source: str
    stream: str
    run: str
    finished: bool
    objects: int
    needed: bool


@dataclass(frozen=True)
class Expired:
    """The Runs that are old. Those that are not *needed* were removed when *done*, or would be."""

    done: bool
    runs: tuple[ExpiredRun, ...]

    @property
    def removed(self) -> tuple[ExpiredRun, ...]:
        """Those that were removed, or would be."""
        return tuple(run for run in self.runs if not run.needed)


def age(text: str) -> timedelta:
    """Return what "90d", "12h" or "2w" say; raise ConfigError for anything else."""
    match = _AGE.match(text)
    if not match:
        raise ConfigError(f"{text!r} is no age", hint="a number of hours, days or weeks: 12h, 90d, 26w")
    return timedelta(hours=int(match[1]) * _HOURS[match[2]])


def expire(  # noqa: PLR0913 - each is an option of the command, given by name
    project: Project,
    store: ObjectStore,
    rule: Rule,
    watch: Watch,
    *,
    source: str | None = None,
    stream: str | None = None,
    even_if_needed: bool = False,
    really: bool = False,
    clock: Clock | None = None,
) -> Expired:
    """
    Find the Runs that are old by *rule* (of one *source*, of one *stream*), and remove them *really* or not.

    What tables need is asked of the database, unless it is to go *even_if_needed*. Raises UnknownName, StoreError, and
    EngineError when the database cannot be asked.
    """
    now = (clock or SystemClock()).now()
    old = [
        run
        for owner, name in streams_in(store, source, stream)
        for run in _old(list(runs_in(store, owner, name)), rule, now)
    ]
    needed = frozenset[str]() if even_if_needed else _needed(project, old)
    facts = Expired(really, tuple(_expired(run, needed) for run in old))
    if really:
        _remove(store, [run for run in old if run.manifest not in needed], watch)
    return facts


def _old(runs: list[StoredRun], rule: Rule, now: datetime) -> Iterator[StoredRun]:
    """Yield the old ones of a Stream's *runs*; never the newest finished one."""
    finished = [run for run in runs if run.finished]
    kept = {run.run for run in finished[-max(rule.keep or 1, 1) :]}
    for run in runs:
        if run.finished:
            if run.run not in kept and (rule.older_than is None or _is_older(run, rule.older_than, now)):
                yield run
        elif rule.older_than is not None and _is_older(run, max(rule.older_than, _BEING_FETCHED), now):
            yield run


def _is_older(run: StoredRun, than: timedelta, now: datetime) -> bool:
    at = began(run.run)
    return at is not None and now - at > than


def _needed(project: Project, old: list[StoredRun]) -> frozenset[str]:
    """Return the manifest keys of the finished Runs that a table needs, or of which it is not known."""
    finished = [run for run in old if run.finished]
    if not finished:
        return frozenset()
    streams = dict.fromkeys((run.source, run.stream) for run in finished)
    with database(project, LOADER, lock_timeout=project.settings.load.lock_timeout) as db:
        spare = frozenset[str]().union(*(_spare(db, source, stream) for source, stream in streams))
    return frozenset(run.manifest for run in finished) - spare


def _spare(db: Database, source: str, stream: str) -> frozenset[str]:
    """Return the manifest keys of the Runs that have been loaded whole, and from which nothing is left."""
    needed = needed_runs(db, source, stream)
    if needed is None:
        return frozenset()
    loaded = ledger.all_loaded_runs(db).get((source, stream), frozenset())
    return frozenset(key for key in loaded if key.rsplit("/", 2)[1] not in needed)


def _expired(run: StoredRun, needed: frozenset[str]) -> ExpiredRun:
    return ExpiredRun(
        source=run.source,
        stream=run.stream,
        run=run.run,
        finished=run.finished,
        objects=len(run.pages) + len(run.journal) + run.finished,
        needed=run.manifest in needed,
    )


def _remove(store: ObjectStore, runs: list[StoredRun], watch: Watch) -> None:
    for count, run in enumerate(runs, start=1):
        # First the word that it is finished: interrupted here, it is an unfinished Run, and never one with holes.
        if run.finished:
            store.delete([run.manifest])
        store.delete([*run.journal, *run.pages])
        watch.count("store expire: runs", count, len(runs))
