"""rollback: readers see again what an earlier publish showed them, in one transaction and without building anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.connection import Database
from minidata.adapters.database.locks import analyzing
from minidata.adapters.database.publishing import published
from minidata.adapters.database.publishing.candidates import candidates
from minidata.adapters.database.publishing.dressing import Showing
from minidata.adapters.database.publishing.published import Orphan, Publish
from minidata.adapters.database.publishing.publishing import Edition, publish
from minidata.adapters.project import Project
from minidata.core.clock import Clock
from minidata.core.errors import ConfigError, RefusedError
from minidata.core.run_ids import run_id
from minidata.steps.models import analyst


@dataclass(frozen=True)
class RolledBack:
    """
    What readers see again: the *models* of publish *back_to*, by the new *publish*.

    *newer* are models that were not published then; they stay as they are.
    """

    back_to: int
    was: datetime
    publish: int
    published_at: datetime
    models: tuple[str, ...]
    newer: tuple[str, ...]


def rollback(project: Project, to: int | None = None, *, clock: Clock | None = None) -> RolledBack:
    """
    Show what the publish *to* showed; by default the one before what is live, and the next time the one before that.

    Raises ConfigError when there is none, RefusedError when it is not kept any more, and what publish() raises.
    """
    clock = clock or SystemClock()
    with analyst(project) as database, analyzing(database):
        published.prepare_publishing(database)
        live = next(iter(published.publishes(database, 1)), None)
        if live is None:
            raise ConfigError("nothing is published", hint="run `minidata analyze` first")
        target = _target(database, live, to)
        _check_kept(database, target, project.settings.analyze.keep_versions)
        edition = _edition(live, target, run_id(clock.now(), clock.token()))
        patience = project.settings.analyze.lock_timeout
        number, at = publish(database, edition, patience=patience, clock=clock)
    newer = tuple(sorted(live.models.keys() - target.models.keys()))
    return RolledBack(target.state, target.published_at, number, at, tuple(target.models), newer)


def _target(database: Database, live: Publish, to: int | None) -> Publish:
    before = live.state if to is None else to + 1
    target = next(iter(published.publishes(database, 1, before=before)), None)
    if target is None or (to is not None and target.id != to):
        raise ConfigError(f"there is no publish {to}" if to is not None else f"there is no publish before {live.state}")
    return target


def _check_kept(database: Database, target: Publish, versions: int) -> None:
    there = candidates(database)
    gone = sorted(name for name, version in target.models.items() if version.relation not in there)
    if gone:
        raise RefusedError(
            f"publish {target.id} is not kept any more: what it showed of {', '.join(gone[:3])} is gone",
            hint=f"keep_versions in [analyze] says how many are kept, now {versions}",
        )


def _edition(live: Publish, target: Publish, run: str) -> Edition:
    taken = {version.shown for version in target.models.values()}
    newer = {name: one for name, one in live.models.items() if name not in target.models and one.shown not in taken}
    showings = [
        Showing(name, version, was=live.models.get(name))
        for name, version in target.models.items()
        if live.models.get(name) != version
    ]
    return Edition(
        run,
        showings,
        models={**newer, **target.models},
        sources=target.sources,
        orphans=[one for one in _orphans(live, target) if one.shown not in taken],
        back_to=target.state,
        passed=target.passed,
    )


def _orphans(live: Publish, target: Publish) -> Iterator[Orphan]:
    yield from live.orphans
    for name, version in target.models.items():
        now = live.models.get(name)
        if now and now.shown != version.shown:
            yield Orphan(*now.shown, now.relation)
