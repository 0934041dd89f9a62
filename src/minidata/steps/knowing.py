"""What the database knows of the project, for status; or why it says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from minidata.adapters.clock import SystemClock
from minidata.adapters.database import ledger
from minidata.adapters.database.connection import ANALYST, Database, connect
from minidata.adapters.database.ledger import Counts
from minidata.adapters.database.published import publishes
from minidata.adapters.models import read_model_files
from minidata.adapters.project import Project
from minidata.core.errors import EngineError, MinidataError
from minidata.core.graph import Graph
from minidata.core.runs import run_id
from minidata.steps.engine import role_endpoint
from minidata.steps.models import project_models
from minidata.steps.planning import Plan

Which = tuple[str, str]


@dataclass(frozen=True)
class Known:
    """
    What the database knows: per (source, stream) what became of records (*totals*) and which Runs are *loaded*.

    *stale* are the models that an analyze would build. *unknown* says what could not be looked at.
    """

    up: bool
    where: str
    since: datetime | None = None
    totals: Mapping[Which, Counts] = field(default_factory=dict)
    loaded: Mapping[Which, frozenset[str]] = field(default_factory=dict)
    published: str | None = None
    published_at: datetime | None = None
    stale: tuple[str, ...] | None = None
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
        loaded=ledger.all_loaded_runs(database),
        published=f"publish {latest.id} of {latest.published_at:%Y-%m-%d %H:%M:%S} UTC" if latest else None,
        published_at=latest.published_at if latest else None,
    )


def _with_models(project: Project, database: Database, found: Known) -> Known:
    if not read_model_files(project.root).models:
        return replace(found, stale=())
    try:
        return replace(found, stale=_stale(project, database))
    except MinidataError as exc:
        return replace(found, unknown=(f"models: {exc}",))


def _stale(project: Project, database: Database) -> tuple[str, ...]:
    """Return the models whose relation is not there, as they are written now and over what is loaded now."""
    models = project_models(project, {})
    graph = Graph.of({name: model.refs for name, model in models.by_name.items()})
    clock = SystemClock()
    plan = Plan(database, models, graph, graph.chosen(()), run_id(clock.now(), clock.token()))
    return tuple(name for name in plan.chosen if name in plan.fingerprints and plan.relation(name) not in plan.there)
