"""
analyze: the SQL models, built aside, tested, and published together.

A model is built when there is no relation with its fingerprint. If every test passes, one transaction shows the new
relations to readers; if not, readers keep what they had.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.connection import ANALYST, Database, connect
from minidata.adapters.database.crew import Crew
from minidata.adapters.database.locks import analyzing, join_analyzing
from minidata.adapters.database.publishing import published
from minidata.adapters.database.publishing.building import Limits
from minidata.adapters.database.publishing.candidates import candidates, drop_later
from minidata.adapters.database.publishing.schemas import check_schemas
from minidata.adapters.database.publishing.versioning import prepare_versions
from minidata.adapters.machine import cores
from minidata.adapters.project import Project
from minidata.core.clock import Clock
from minidata.core.errors import ConfigError
from minidata.core.modelling.choosing import Choice
from minidata.core.modelling.models import Models
from minidata.core.modelling.verdicts import Verdicts, touched_by_hooks
from minidata.core.run_ids import run_id
from minidata.core.watch import Nobody, Watch
from minidata.steps.analyzing.building import Builder
from minidata.steps.analyzing.candidates import Maker
from minidata.steps.analyzing.facts import Analyzed, AnalyzedModel
from minidata.steps.analyzing.planning import Plan, check
from minidata.steps.analyzing.publishing import Publisher, orphans, tidy
from minidata.steps.analyzing.testing import Gate
from minidata.steps.analyzing.unit_testing import run_unit_tests
from minidata.steps.analyzing.wishes import Wishes, choose
from minidata.steps.engine import role_endpoint
from minidata.steps.models import analyst, folder, project_models
from minidata.steps.testing.data import Tester
from minidata.steps.testing.outcomes import TestOutcome

__all__ = ["Analyzed", "AnalyzedModel", "Wishes", "analyze"]


def analyze(
    project: Project,
    wishes: Wishes | None = None,
    *,
    variables: Mapping[str, str] | None = None,
    watch: Watch | None = None,
    clock: Clock | None = None,
) -> Analyzed:
    """
    Build, test and publish the models, or those that were wished for.

    Raises ConfigError and UnknownName, before anything runs, for models that cannot be understood; ConfigError when
    no model can be built since nothing is loaded; LockedError when somebody else is at work, or a reader in the way;
    RefusedError when the publish would break somebody's view; EngineError.
    """
    wishes, watch, clock = wishes or Wishes(), watch or Nobody(), clock or SystemClock()
    run = run_id(clock.now(), clock.token())
    models = project_models(
        project, variables or {}, run=run, clock=clock, full_refresh=wishes.full_refresh, tell=watch.note
    )
    check(models)
    with analyst(project) as database, analyzing(database, watch.note):
        published.prepare_publishing(database)
        if any(model.materialized == "incremental" for model in models.by_name.values()):
            prepare_versions(database)
        plan = Plan(database, models, project.settings.analyze, run)
        return _Analyst(project, models, plan, wishes, watch, clock).analyze()


@dataclass(frozen=True)
class _Analyst:
    project: Project
    models: Models
    plan: Plan
    wishes: Wishes
    watch: Watch
    clock: Clock

    def analyze(self) -> Analyzed:
        plan = self.plan
        choice = choose(plan, self.models, self.wishes, folder(self.project), self.watch)
        check_schemas(plan.database, [plan.models[name].shown[0] for name in plan.built])
        with self._crew() as crew:
            units = run_unit_tests(plan, self.models, choice.units, crew, self.watch)
            facts = replace(self._built(crew, units.unfit), tests=tuple(units.tests))
            passed: frozenset[str] = frozenset()
            if not facts.exit_code:
                outcomes, passed = self._tested(crew, facts, choice)
                facts = replace(facts, tests=(*facts.tests, *outcomes))
        return self._finished(facts, passed)

    def _crew(self) -> Crew:
        settings = self.plan.settings
        at = role_endpoint(self.project, ANALYST)

        @contextmanager
        def more() -> Iterator[Database]:
            with connect(at.url, role=ANALYST, lock_timeout=settings.lock_timeout) as database:
                join_analyzing(database)
                yield database

        return Crew(self.plan.database, more, self.wishes.threads or settings.threads or cores())

    def _built(self, crew: Crew, unfit: Mapping[str, str]) -> Analyzed:
        plan = self.plan
        live = {
            plan.live[name].base: plan.live[name].number
            for name in plan.built
            if name in plan.decisions and plan.decisions[name].action == "increment" and not plan.is_there(name)
        }
        fixed = drop_later(plan.database, plan.there, live)
        if live:
            plan.there = candidates(plan.database)
        maker = self._maker(fixed)
        maker.run(self.models.start, plan.database, "on-run-start")
        done = Builder(plan, maker, crew, self.watch, self.clock, self.wishes.fail_fast, unfit).build_all()
        plan.there = candidates(plan.database)
        self._tell_waiting(done)
        before = plan.published[0] if plan.published else None
        return Analyzed(
            plan.run,
            tuple(done.values()),
            publish=before.id if before else None,
            published_at=before.published_at if before else None,
        )

    def _maker(self, fixed: Collection[str] = ()) -> Maker:
        settings = self.plan.settings
        limits = Limits(settings.statement_timeout, settings.temp_file_limit)
        return Maker(self.plan, self.models, self.plan.binder(), fixed, limits)

    def _tell_waiting(self, done: Mapping[str, AnalyzedModel]) -> None:
        waiting = [model for model in done.values() if model.status == "waiting"]
        if done and len(waiting) == len(done):
            raise ConfigError(
                f"no model can be built: {waiting[0].message}", hint="run `minidata ingest` and `minidata load` first"
            )
        if waiting:
            tables = sorted({table for model in waiting for table in self.plan.missing(model.name)})
            names = ", ".join(model.name for model in waiting)
            self.watch.note(f"not loaded yet: {', '.join(tables)}; waiting for it: {names}")

    def _tested(self, crew: Crew, facts: Analyzed, choice: Choice) -> tuple[list[TestOutcome], frozenset[str]]:
        plan = self.plan
        binder = plan.binder()
        waiting = {model.name for model in facts.models if model.relation is None}
        there = {name: relation for name, relation in binder.relations.items() if name not in waiting}
        binder, sources = replace(binder, relations=there), frozenset(plan.positions)
        tester = Tester(plan.database, plan.settings, binder, sources, self._maker().warehouse)
        tests = [test for test in plan.tests if test.id in choice.tests]
        verdicts = Verdicts(plan.models, plan.positions, touched_by_hooks(self.models))
        outcomes, passed = Gate(plan, tester, verdicts, crew, self.watch).run(tests)
        if len(tests) < len(plan.tests) and plan.published:
            # Of those that were not chosen this says nothing.
            passed |= plan.published[0].passed
        return outcomes, passed

    def _finished(self, facts: Analyzed, passed: Collection[str]) -> Analyzed:
        plan = self.plan
        built = [model.name for model in facts.models if model.relation]
        made = None
        if self.wishes.publish and not facts.exit_code:
            made = Publisher(plan, self.clock).publish(built, passed)
            self._maker().run(self.models.end, plan.database, "on-run-end")
        if made:
            facts = replace(facts, published=True, publish=made[0], published_at=made[1])
        else:
            facts = replace(facts, candidates=tuple(name for name in built if self._is_aside(name)))
        if made or any(model.status == "built" for model in facts.models):
            tidy(plan.database, plan.wanted, plan.settings.keep_versions)
        latest = published.publishes(plan.database, 1) if made else plan.published
        return replace(facts, orphans=orphans(plan, latest))

    def _is_aside(self, name: str) -> bool:
        was = self.plan.live.get(name)
        return was is None or was.relation != self.plan.relation(name)
