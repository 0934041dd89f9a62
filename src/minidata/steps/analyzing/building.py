"""
Models built side by side: each as soon as what it reads is there.

One that fails keeps only what reads it from being built.
"""

from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from functools import partial
from graphlib import TopologicalSorter

from minidata.adapters.database.connection import Database
from minidata.adapters.database.crew import Crew
from minidata.core.clock import Clock
from minidata.core.errors import ConfigError, EngineDown, EngineError, LockedError
from minidata.core.failpoints import Failpoint, reached
from minidata.core.watch import Watch
from minidata.steps.analyzing.candidates import Maker
from minidata.steps.analyzing.facts import AnalyzedModel
from minidata.steps.analyzing.planning import Plan

_GONE = {"failed", "skipped"}
_SECONDS = 1.0


@dataclass
class Builder:
    """
    Builds the models of *plan* with *crew*; with *fail_fast* nothing more once one has failed.

    *unfit* says of models why they are not to be built.
    """

    plan: Plan
    maker: Maker
    crew: Crew
    watch: Watch
    clock: Clock
    fail_fast: bool = False
    unfit: Mapping[str, str] = field(default_factory=dict)
    first_failed: str = ""
    done: dict[str, AnalyzedModel] = field(default_factory=dict)
    running: "dict[Future[AnalyzedModel], str]" = field(default_factory=dict)

    def build_all(self) -> Mapping[str, AnalyzedModel]:
        """Return what became of each chosen model that has a relation, in their order. Raises EngineDown."""
        built = self.plan.built
        reads = {name: self.maker.binder.reads(self.plan.graph.reads[name]) & set(built) for name in built}
        sorter = TopologicalSorter(reads)
        sorter.prepare()
        places = {name: place for place, name in enumerate(built)}
        while sorter.is_active():
            for name in sorted(sorter.get_ready(), key=places.__getitem__):
                settled = self._settled(name, reads[name])
                if settled:
                    self._end(settled, sorter)
                else:
                    self.running[self.crew.start(partial(self._build, name))] = name
            for future in self._ended():
                name = self.running.pop(future)
                # One that was waiting for a connection when the first failure came has never begun.
                self._end(self._not_wanted(name) if future.cancelled() else future.result(), sorter)
        return {name: self.done[name] for name in built}

    def _ended(self) -> "set[Future[AnalyzedModel]]":
        # Not on every system does Ctrl-C end a wait that has no end of its own.
        return wait(self.running, _SECONDS, FIRST_COMPLETED).done if self.running else set()

    def _end(self, model: AnalyzedModel, sorter: "TopologicalSorter[str]") -> None:
        self.done[model.name] = model
        sorter.done(model.name)
        self.watch.count("models", len(self.done), len(self.plan.built))
        if self.fail_fast and model.status == "failed" and not self.first_failed:
            self.first_failed = model.name
            self.crew.cancel()

    def _settled(self, name: str, reads: frozenset[str]) -> AnalyzedModel | None:
        """Return what becomes of the model when it is not built now; None when it is."""
        plan = self.plan
        for parent in sorted(reads):
            if self.done[parent].status in _GONE:
                return AnalyzedModel(name, "skipped", message=f"{parent} {self.done[parent].status}")
        if name in self.unfit:
            return AnalyzedModel(name, "skipped", message=self.unfit[name])
        if name not in plan.decisions:
            return AnalyzedModel(name, "waiting", message=self._awaited(name, reads))
        if self.first_failed:
            return self._not_wanted(name)
        decision = plan.decisions[name]
        if plan.is_there(name):
            why = f"{decision.why}, and it is built already" if decision.why else ""
            return AnalyzedModel(name, "unchanged", plan.relation(name), why=why)
        return None

    def _not_wanted(self, name: str) -> AnalyzedModel:
        return AnalyzedModel(name, "skipped", message=f"{self.first_failed} failed, and the first failure ends it")

    def _awaited(self, name: str, reads: frozenset[str]) -> str:
        missing = self.plan.missing(name)
        if missing:
            return f"{', '.join(missing)} is not loaded yet"
        waiting = [parent for parent in sorted(reads) if self.done[parent].status == "waiting"]
        return f"{waiting[0]} is waiting" if waiting else "what it reads is not loaded yet"

    def _build(self, name: str, database: Database) -> AnalyzedModel:
        begin, why = self.clock.monotonic(), self.plan.decisions[name].why
        try:
            rows = self.maker.build(name, database)
        except EngineDown:
            raise
        except (ConfigError, EngineError, LockedError) as exc:
            if self.first_failed:
                return self._not_wanted(name)
            return AnalyzedModel(name, "failed", message=str(exc), exit_code=exc.exit_code, why=why)
        reached(Failpoint.MODEL_BUILT)
        seconds = self.clock.monotonic() - begin
        return AnalyzedModel(name, "built", self.plan.relation(name), seconds, rows, why=why)
