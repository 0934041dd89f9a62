"""diff: what readers would see otherwise if what is built, and not published, were published now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.publishing.comparing import Changes, compare
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError
from minidata.core.modelling.choosing import chosen
from minidata.core.run_ids import run_id
from minidata.core.watch import Nobody, Watch
from minidata.steps.analyzing.planning import Plan
from minidata.steps.models import analyst, folder, project_models

Standing = Literal["same", "differs", "new", "gone", "not built", "waiting"]


@dataclass(frozen=True)
class ModelDiff:
    """
    How a model's candidate stands to what readers see; *changes* when both are there and not the same.

    It is *not built* when an analyze would build it first, *gone* when there is no such model any more.
    """

    name: str
    standing: Standing
    live: str | None = None
    candidate: str | None = None
    changes: Changes | None = None


@dataclass(frozen=True)
class Diff:
    """Each model that was asked for."""

    models: tuple[ModelDiff, ...]


def diff(
    project: Project,
    select: Sequence[str] = (),
    *,
    variables: Mapping[str, str] | None = None,
    watch: Watch | None = None,
) -> Diff:
    """
    Compare what the project's models are built as with what is published, in one snapshot, changing nothing.

    Raises ConfigError when the models cannot be understood or nothing is published, EngineError.
    """
    clock, watch = SystemClock(), watch or Nobody()
    run = run_id(clock.now(), clock.token())
    models = project_models(project, variables or {}, run=run)
    with analyst(project) as database, database.transaction():
        database.run("set transaction isolation level repeatable read, read only")
        plan = Plan(database, models, project.settings.analyze, run)
        if not plan.published:
            raise ConfigError("nothing is published", hint="run `minidata analyze` first")
        choice = chosen(models, select, (), live=plan.live, decisions=plan.decisions, folder=folder(project))
        names = [name for name in plan.built if name in choice.models]
        found = []
        for number, name in enumerate(names, start=1):
            found.append(_compared(plan, name))
            watch.count("models", number, len(names))
    gone = () if select else tuple(ModelDiff(name, "gone") for name in sorted(plan.live.keys() - plan.models.keys()))
    return Diff((*found, *gone))


def _compared(plan: Plan, name: str) -> ModelDiff:
    was = plan.live.get(name)
    live = was.relation if was else None
    if name not in plan.decisions:
        return ModelDiff(name, "waiting", live)
    candidate = plan.relation(name)
    if not plan.is_there(name):
        return ModelDiff(name, "not built", live)
    if live is None or live not in plan.there:
        return ModelDiff(name, "new", None, candidate)
    if live == candidate:
        return ModelDiff(name, "same", live, candidate)
    changes = compare(plan.database, live, candidate, list(_keys(plan, name)))
    return ModelDiff(name, "same" if changes.nothing else "differs", live, candidate, changes)


def _keys(plan: Plan, name: str) -> Iterator[Sequence[str]]:
    """Yield what may tell the model's rows apart, the likeliest first."""
    yield plan.models[name].config.unique_key
    for test in plan.tests:
        if test.about == name and test.kind == "unique" and test.column:
            yield (test.column,)
