"""
analyze: the SQL models, built aside, tested, and published together.

A model is built when there is no relation with its fingerprint. If every test passes, one transaction shows the new
relations to readers; if not, readers keep what they had.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.authored import Authored
from minidata.adapters.database.locks import analyzing
from minidata.adapters.database.publishing import published
from minidata.adapters.database.publishing.building import Candidate, build
from minidata.adapters.database.publishing.published import Version
from minidata.adapters.database.publishing.publishing import Edition, Showing, publish
from minidata.adapters.database.publishing.sweeping import sweep
from minidata.adapters.database.publishing.testing import keep_evidence
from minidata.adapters.project import Project
from minidata.core.clock import Clock
from minidata.core.errors import ConfigError, EngineDown, EngineError, Exit, worst
from minidata.core.modelling.binding import Binder
from minidata.core.modelling.graph import Graph
from minidata.core.queries.relations import quoted
from minidata.core.queries.sqltext import BUILT
from minidata.core.runs import run_id
from minidata.core.settings import AnalyzeSection
from minidata.core.testing.datatests import DataTest
from minidata.core.watch import Nobody, Watch
from minidata.steps.models import Tester, TestOutcome, analyst, project_models, worst_of
from minidata.steps.planning import Plan

ModelStatus = Literal["built", "unchanged", "waiting", "failed", "skipped"]


@dataclass(frozen=True)
class AnalyzedModel:
    """
    What became of a model: *relation* is what was built for it in ``minidata_build``, *rows* a new table's.

    It is *waiting* when a source's table that it, or what it reads, needs is not loaded yet, and *skipped* when what
    it reads has failed; *message* says why.
    """

    name: str
    status: ModelStatus
    relation: str | None = None
    seconds: float = 0.0
    rows: int | None = None
    message: str = ""
    exit_code: Exit = Exit.DONE


@dataclass(frozen=True)
class Analyzed:
    """
    What an analyze did: each model in the order of building, each test, and the *publish* that is live now.

    *published* says whether this analyze made it: not when nothing has changed. *orphans* are published still, though
    their models are gone.
    """

    run: str
    models: tuple[AnalyzedModel, ...]
    tests: tuple[TestOutcome, ...] = ()
    published: bool = False
    publish: int | None = None
    published_at: datetime | None = None
    orphans: tuple[str, ...] = ()

    @property
    def exit_code(self) -> Exit:
        """CONFIG or ENGINE when a model or a test did not run, TESTS when a rule is broken, else DONE."""
        return worst([*(model.exit_code for model in self.models), worst_of(self.tests)])


def analyze(
    project: Project,
    *,
    select: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    watch: Watch | None = None,
    clock: Clock | None = None,
) -> Analyzed:
    """
    Build, test and publish the models, or those of *select* and what they read.

    Raises ConfigError and UnknownName, before anything runs, for models that cannot be understood; ConfigError when
    no model can be built since nothing is loaded; LockedError when somebody else is at work, or a reader in the way;
    RefusedError when the publish would break somebody's view; EngineError.
    """
    models = project_models(project, variables or {})
    graph = Graph.of({name: model.refs for name, model in models.by_name.items()})
    chosen = graph.chosen(select)
    clock = clock or SystemClock()
    run = run_id(clock.now(), clock.token())
    with analyst(project) as database, analyzing(database):
        published.prepare_publishing(database)
        plan = Plan(database, models, graph, chosen, run)
        return _Analyst(plan, project.settings.analyze, tuple(select), watch or Nobody(), clock).analyze()


@dataclass(frozen=True)
class _Analyst:
    plan: Plan
    settings: AnalyzeSection
    select: tuple[str, ...]
    watch: Watch
    clock: Clock

    def analyze(self) -> Analyzed:
        """Build, test and publish."""
        plan = self.plan
        done = self._build_all()
        orphans = tuple(sorted(plan.live.keys() - plan.models.keys()))
        live = plan.published[0] if plan.published else None
        facts = Analyzed(
            run=plan.run,
            models=tuple(done.values()),
            publish=live.id if live else None,
            published_at=live.published_at if live else None,
            orphans=orphans,
        )
        if facts.exit_code:
            return facts
        built = [model.name for model in done.values() if model.relation]
        facts = replace(facts, tests=self._test_all(built))
        return facts if facts.exit_code else self._publish(facts, built)

    def _build_all(self) -> dict[str, AnalyzedModel]:
        done: dict[str, AnalyzedModel] = {}
        for name in self.plan.chosen:
            done[name] = self._built(name, done)
            self.watch.count("models", len(done), len(self.plan.chosen))
        self._tell_waiting(done)
        return done

    def _built(self, name: str, done: Mapping[str, AnalyzedModel]) -> AnalyzedModel:
        plan = self.plan
        for parent in sorted(plan.graph.reads[name]):
            if done[parent].status in {"failed", "skipped"}:
                return AnalyzedModel(name, "skipped", message=f"{parent} {done[parent].status}")
        missing = plan.missing(name)
        if missing:
            return AnalyzedModel(name, "waiting", message=f"{', '.join(missing)} is not loaded yet")
        if name not in plan.fingerprints:
            waiting = next(parent for parent in sorted(plan.graph.reads[name]) if done[parent].status == "waiting")
            return AnalyzedModel(name, "waiting", message=f"{waiting} is waiting")
        if plan.relation(name) in plan.there:
            return AnalyzedModel(name, "unchanged", plan.relation(name))
        return self._build(name)

    def _build(self, name: str) -> AnalyzedModel:
        plan, model, begin = self.plan, self.plan.models[name], self.clock.monotonic()
        text = model.query.bound({parent: quoted(BUILT, plan.relation(parent)) for parent in plan.graph.reads[name]})
        candidate = Candidate(plan.relation(name), model.materialized, Authored(f"model {name}", text, model.place))
        try:
            rows = build(plan.database, candidate, timeout=self.settings.statement_timeout)
        except EngineDown:
            raise
        except (ConfigError, EngineError) as exc:
            return AnalyzedModel(name, "failed", message=str(exc), exit_code=exc.exit_code)
        return AnalyzedModel(name, "built", candidate.name, self.clock.monotonic() - begin, rows)

    def _tell_waiting(self, done: Mapping[str, AnalyzedModel]) -> None:
        waiting = [model for model in done.values() if model.status == "waiting"]
        wanted = self.select or tuple(done)
        if all(done[name].status == "waiting" for name in wanted):
            raise ConfigError(
                f"no model can be built: {waiting[0].message}", hint="run `minidata ingest` and `minidata load` first"
            )
        if waiting:
            tables = sorted({table for model in waiting for table in self.plan.missing(model.name)})
            names = ", ".join(model.name for model in waiting)
            self.watch.note(f"not loaded yet: {', '.join(tables)}; waiting for it: {names}")

    def _test_all(self, built: Sequence[str]) -> tuple[TestOutcome, ...]:
        plan = self.plan
        relations = {name: version.relation for name, version in plan.live.items() if name not in plan.chosen}
        relations |= {name: plan.relation(name) for name in built}
        binder = Binder(plan.models, {name: quoted(BUILT, relation) for name, relation in relations.items()})
        tester = Tester(plan.database, self.settings, binder, frozenset(plan.positions))
        tests = [test for test in plan.tests if self._concerns(test)]
        found = []
        for number, test in enumerate(tests, start=1):
            found.append(tester.run(test))
            self.watch.count("tests", number, len(tests))
        keep_evidence(plan.database, plan.run, [evidence for _, evidence in found if evidence])
        return tuple(outcome for outcome, _ in found)

    def _concerns(self, test: DataTest) -> bool:
        """Whether the test says something about what was chosen."""
        if not self.select:
            return True
        plan = self.plan
        sources = {".".join(source) for name in plan.chosen for source in plan.models[name].sources}
        return test.about in {*plan.chosen, *sources} or (not test.about and bool(test.refs & set(plan.chosen)))

    def _publish(self, facts: Analyzed, built: Sequence[str]) -> Analyzed:
        plan = self.plan
        versions = {name: plan.version(name) for name in built}
        showings = self._showings(versions)
        if not showings:
            return facts
        edition = Edition(
            run=plan.run,
            showings=showings,
            models={**plan.live, **versions},
            sources={".".join(source): position for source, position in plan.positions.items()},
        )
        number, at = publish(plan.database, edition, patience=self.settings.lock_timeout, clock=self.clock)
        # The one before stays too, for whoever wants to go back to it.
        sweep(
            plan.database, {version.relation for models in (edition.models, plan.live) for version in models.values()}
        )
        return replace(facts, published=True, publish=number, published_at=at)

    def _showings(self, versions: Mapping[str, Version]) -> list[Showing]:
        """Return what readers are to see otherwise than they do: what is really there counts, not what was noted."""
        plan, there = self.plan, published.shown(self.plan.database)
        return [
            Showing(name, version, plan.models[name].description, plan.models[name].columns, plan.live.get(name))
            for name, version in versions.items()
            if there.get(name) != version.relation or plan.live.get(name) != version
        ]
