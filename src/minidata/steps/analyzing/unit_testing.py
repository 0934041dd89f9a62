"""Unit tests within an analyze: run before the models they are about are built."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from minidata.adapters.database.crew import Crew
from minidata.core.modelling.models import Models
from minidata.core.queries.sqltext import BUILT
from minidata.core.watch import Watch
from minidata.steps.analyzing.planning import Plan
from minidata.steps.testing.outcomes import TestOutcome


@dataclass(frozen=True)
class UnitTested:
    """How the unit tests went; *unfit* says of each model that is not built for them why."""

    tests: Sequence[TestOutcome]
    unfit: Mapping[str, str]


def run_unit_tests(plan: Plan, models: Models, ids: Collection[str], crew: Crew, watch: Watch) -> UnitTested:
    """Run the unit tests of these *ids*, side by side. Raises EngineDown."""
    chosen = [test for test in models.unit_tests if test.id in ids]
    if not chosen:
        return UnitTested((), {})
    # Knows Rows and their tables, which take a while to import, and many projects have no unit tests.
    from minidata.steps.testing.shapes import Shapes, declared  # noqa: PLC0415
    from minidata.steps.testing.units import UnitTester  # noqa: PLC0415

    relations = {name: (BUILT, version.relation) for name, version in plan.live.items()}
    tester = UnitTester(models, Shapes(models, lambda: declared(models), relations), plan.settings)
    started = [crew.start(lambda database, test=test: tester.run(test, database)) for test in chosen]  # type: ignore[misc]
    outcomes = []
    for number, future in enumerate(started, start=1):
        outcomes.append(future.result())
        watch.count("unit tests", number, len(chosen))
    return UnitTested(outcomes, _unfit(plan, outcomes))


def _unfit(plan: Plan, outcomes: Sequence[TestOutcome]) -> Mapping[str, str]:
    unfit = {one.about: f"its unit test {one.name} did not pass" for one in outcomes if one.exit_code}
    for name in plan.graph.order if unfit else ():
        # What stands inside the model's query is not built, and not skipped, by itself.
        inside = [parent for parent in plan.graph.reads[name] if plan.models[parent].materialized == "ephemeral"]
        failed = sorted(parent for parent in inside if parent in unfit)
        if failed:
            unfit.setdefault(name, f"{failed[0]} skipped")
    return unfit
