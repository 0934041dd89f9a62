"""explain: what analyze would do with each model, and why; nothing is built, and nobody is kept waiting."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from minidata.adapters.clock import SystemClock
from minidata.adapters.project import Project
from minidata.core.run_ids import run_id
from minidata.core.watch import Nobody, Watch
from minidata.steps.analyzing.planning import Plan, check
from minidata.steps.analyzing.wishes import Wishes, choose
from minidata.steps.models import analyst, folder, project_models

Would = Literal["build", "increment", "publish", "nothing", "wait"]


@dataclass(frozen=True)
class ExplainedModel:
    """
    What would become of a model, and *why*: it is built as *how* says, or gets an increment.

    *publish* is for one that is built already and is not what readers see.
    """

    name: str
    would: Would
    how: str
    why: str


@dataclass(frozen=True)
class Explained:
    """What would become of each model, in the order of building."""

    models: tuple[ExplainedModel, ...]


def explain(
    project: Project,
    wishes: Wishes | None = None,
    *,
    variables: Mapping[str, str] | None = None,
    watch: Watch | None = None,
) -> Explained:
    """Say what analyze() would do. Raises what it raises before it builds anything."""
    wishes, watch, clock = wishes or Wishes(), watch or Nobody(), SystemClock()
    run = run_id(clock.now(), clock.token())
    models = project_models(project, variables or {}, run=run, full_refresh=wishes.full_refresh, tell=watch.note)
    check(models)
    with analyst(project) as database:
        plan = Plan(database, models, project.settings.analyze, run)
        choose(plan, models, wishes, folder(project), watch)
    return Explained(tuple(_explained(plan, name) for name in plan.built))


def _explained(plan: Plan, name: str) -> ExplainedModel:
    decision = plan.decisions.get(name)
    if decision is None:
        missing = plan.missing(name)
        waiting = [parent for parent in sorted(plan.graph.reads[name]) if parent not in plan.decisions]
        why = f"{', '.join(missing)} is not loaded yet" if missing else f"{', '.join(waiting)} is waiting"
        return ExplainedModel(name, "wait", plan.models[name].materialized, why)
    if decision.action == "keep":
        return ExplainedModel(name, "nothing", decision.how, "nothing under it has changed")
    if plan.is_there(name):
        return ExplainedModel(name, "publish", decision.how, f"{decision.why}, and it is built already")
    return ExplainedModel(name, decision.action, decision.how, decision.why)
