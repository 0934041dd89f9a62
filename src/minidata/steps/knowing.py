"""What the database knows of the project, for status; or why it says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.connection import ANALYST, Database, connect
from minidata.adapters.database.ledger import discarding, ledger
from minidata.adapters.database.ledger.ledger import Counts
from minidata.adapters.database.publishing.published import publishes
from minidata.adapters.database.shaping.twins import unfinished
from minidata.adapters.models import read_model_files
from minidata.adapters.project import Project
from minidata.core.errors import EngineError, MinidataError
from minidata.core.run_ids import run_id
from minidata.steps.analyzing.planning import Plan
from minidata.steps.engine import role_endpoint
from minidata.steps.models import project_models

Which = tuple[str, str]


@dataclass(frozen=True)
class Known:
    """
    What the database knows: per (source, stream) what became of records (*totals*) and which Runs are *loaded*.

    *discarded* are how many records in quarantine were given up, *rebuilding* Streams whose rebuild is not finished.
    *stale* are the models that an analyze would build, None when that is not known; *waiting* those that read what is
    not loaded yet. *unknown* says what could not be looked at.
    """

    up: bool
    where: str
    since: datetime | None = None
    totals: Mapping[Which, Counts] = field(default_factory=dict)
    discarded: Mapping[Which, int] = field(default_factory=dict)
    loaded: Mapping[Which, frozenset[str]] = field(default_factory=dict)
    rebuilding: tuple[str, ...] = ()
    published: str | None = None
    published_at: datetime | None = None
    stale: tuple[str, ...] | None = None
    waiting: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def known(project: Project) -> Known:
    """Ask the database, as the analyst; one that does not answer is told in Known.where. Raises ConfigError."""
    try:
        at = role_endpoint(project, ANALYST)
        with connect(at.url, role=ANALYST) as database:
            return _with_models(project, database, _asked(database, at.where))
    except EngineError as exc:
        return Known(up=False, where=str(exc))


def _asked(database: Database, where: str) -> Known:
    row = database.one("select pg_postmaster_start_time()")
    latest = next(iter(publishes(database, 1)), None)
    return Known(
        up=True,
        where=where,
        since=row[0] if row else None,
        totals=ledger.totals(database),
        discarded=discarding.discarded(database),
        loaded=ledger.all_loaded_runs(database),
        rebuilding=unfinished(database),
        published=f"publish {latest.id} of {latest.published_at:%Y-%m-%d %H:%M:%S} UTC" if latest else None,
        published_at=latest.published_at if latest else None,
    )


def _with_models(project: Project, database: Database, found: Known) -> Known:
    if not read_model_files(project.root).models:
        return replace(found, stale=())
    try:
        plan = _plan(project, database)
    except MinidataError as exc:
        return replace(found, unknown=(f"models: {exc}",))
    ready = [name for name in plan.built if name in plan.decisions]
    return replace(
        found,
        stale=tuple(name for name in ready if not plan.is_there(name)),
        waiting=tuple(name for name in plan.built if name not in ready),
    )


def _plan(project: Project, database: Database) -> Plan:
    """Return what an analyze would know before it builds anything: the models as written now, over what is loaded."""
    clock = SystemClock()
    run = run_id(clock.now(), clock.token())
    return Plan(database, project_models(project, {}, run=run), project.settings.analyze, run)
