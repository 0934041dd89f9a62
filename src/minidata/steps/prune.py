"""prune: published views whose models are gone are dropped, and so is what was built for them."""

from dataclasses import dataclass

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.locks import analyzing
from minidata.adapters.database.publishing import published
from minidata.adapters.database.publishing.publishing import Edition, publish
from minidata.adapters.project import Project
from minidata.core.clock import Clock
from minidata.core.run_ids import run_id
from minidata.steps.analyzing.planning import Plan
from minidata.steps.analyzing.publishing import tidy
from minidata.steps.models import analyst, project_models


@dataclass(frozen=True)
class Pruned:
    """The views that were *dropped*, by *publish*; None when there were none."""

    dropped: tuple[str, ...]
    publish: int | None = None


def prune(project: Project, *, clock: Clock | None = None) -> Pruned:
    """
    Drop the views that publishes made and no model is behind any more.

    Raises RefusedError, naming them, when somebody's views read one; then none is dropped. Raises ConfigError for
    models that cannot be understood, and what publish() raises.
    """
    clock = clock or SystemClock()
    run = run_id(clock.now(), clock.token())
    models = project_models(project, {}, run=run, clock=clock)
    with analyst(project) as database, analyzing(database):
        published.prepare_publishing(database)
        plan = Plan(database, models, project.settings.analyze, run)
        if not plan.published:
            return Pruned(())
        live = plan.published[0]
        stay = {name: version for name, version in live.models.items() if name in plan.models}
        gone = [version.shown for name, version in live.models.items() if name not in stay]
        gone += [one.shown for one in live.orphans]
        dropped = tuple(sorted(set(gone) - {version.shown for version in stay.values()}))
        if not dropped:
            return Pruned(())
        edition = Edition(run, [], stay, live.sources, dropped=dropped, passed=live.passed)
        number, _ = publish(database, edition, patience=plan.settings.lock_timeout, clock=clock)
        tidy(database, plan.wanted, plan.settings.keep_versions)
    return Pruned(tuple(".".join(shown) for shown in dropped), number)
