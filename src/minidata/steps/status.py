"""status: what runs, and what was fetched, loaded and published."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from minidata.adapters.database import ledger
from minidata.adapters.database.connection import connect
from minidata.adapters.database.ledger import Counts
from minidata.adapters.database.published import publishes
from minidata.adapters.project import Project
from minidata.core.engine import Kind
from minidata.core.errors import EngineError, StoreError
from minidata.core.source import Source
from minidata.steps.engine import chosen, endpoint
from minidata.steps.stored import finished_runs, store_of


@dataclass(frozen=True)
class StreamStatus:
    """One Stream: finished *runs* in the store, the newest one's id, and what became of its records."""

    source: str
    stream: str
    runs: int
    newest: str | None
    counts: Counts


@dataclass(frozen=True)
class Status:
    """The platform as it is now. *up* is False when Postgres does not answer, and *where* says why."""

    project: str
    kind: Kind | None
    up: bool
    where: str
    store: str
    published: str | None
    streams: tuple[StreamStatus, ...]


def status(project: Project, sources: Mapping[str, Source]) -> Status:
    """Look at everything and change nothing. A Postgres that is down is a fact here, not an error."""
    settings = project.settings
    found = _database(project)
    streams = []
    for source, stream in ((s, t) for s in sources.values() for t in s.streams):
        runs = _runs(project, source.name, stream.name)
        counts = found.totals.get((source.name, stream.name), Counts())
        if runs or counts.fetched:
            streams.append(StreamStatus(source.name, stream.name, len(runs), max(runs, default=None), counts))
    return Status(
        project=str(project.root),
        kind=chosen(project),
        up=found.up,
        where=found.where,
        store=settings.store.url,
        published=found.published,
        streams=tuple(streams),
    )


@dataclass(frozen=True)
class _Found:
    """What the database says, or why it says nothing."""

    up: bool
    where: str
    totals: Mapping[tuple[str, str], Counts] = field(default_factory=dict)
    published: str | None = None


def _database(project: Project) -> _Found:
    try:
        at = endpoint(project)
        with connect(at.url) as database:
            latest = next(iter(publishes(database, 1)), None)
            published = f"publish {latest.id} of {latest.published_at:%Y-%m-%d %H:%M:%S} UTC" if latest else None
            return _Found(True, at.where, ledger.totals(database), published)  # noqa: FBT003 - it is up
    except EngineError as exc:
        return _Found(False, str(exc))  # noqa: FBT003 - it is not up


def _runs(project: Project, source: str, stream: str) -> list[str]:
    try:
        return [run.run for run in finished_runs(store_of(project), source, stream)]
    except StoreError:
        return []
