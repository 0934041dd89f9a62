"""What is to be built for a model, in the words of the database's door."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

from minidata.adapters.database.authored import Authored
from minidata.adapters.database.connection import Database
from minidata.adapters.database.publishing.building import Candidate, Limits, build
from minidata.adapters.database.publishing.candidates import Built
from minidata.adapters.database.publishing.incremental import Incremental, build_incremental
from minidata.adapters.database.publishing.seeding import Seeded, build_seed
from minidata.core.modelling.binding import Binder, Bound
from minidata.core.modelling.hooks import statements, writes_to
from minidata.core.modelling.models import Model, Statement
from minidata.core.modelling.versions import base_name
from minidata.core.queries.relations import quoted
from minidata.core.queries.sqltext import BUILT
from minidata.core.seeds.reading import SeedOptions, read_seed
from minidata.steps.analyzing.planning import Plan


@dataclass(frozen=True)
class Maker:
    """
    Makes candidates for *plan*. *fixed* are tables of incremental models that must stay as they are.
    """

    plan: Plan
    binder: Binder
    fixed: Collection[str]
    limits: Limits

    def build(self, name: str, database: Database) -> int | None:
        """Build the model, as planned; return its rows. Raises as build() does."""
        model = self.plan.models[name]
        if self.plan.decisions[name].how == "incremental":
            return build_incremental(database, self._incremental(model), self.limits)
        if model.seed:
            return build_seed(database, self._seeded(model), self.limits)
        return build(database, self._candidate(model), self.limits)

    def _seeded(self, model: Model) -> Seeded:
        relation, config = self.plan.relation(model.name), model.config
        options = SeedOptions(config.delimiter, config.column_types, config.quote_columns)
        return Seeded(
            model.name,
            relation,
            model.place,
            read_seed(model.file.text.encode(), model.place, options),
            config.indexes,
            config.unlogged,
            self._hooks(model, model.before, relation),
            self._hooks(model, model.after, relation),
        )

    def _candidate(self, model: Model) -> Candidate:
        relation, config = self.plan.relation(model.name), model.config
        return Candidate(
            model.name,
            relation,
            self.plan.decisions[model.name].how != "view",
            self._authored(model, self.binder.bind(model.query, model.place, self._this(model))),
            config.indexes,
            config.unlogged,
            self._hooks(model, model.before, relation),
            self._hooks(model, model.after, relation),
        )

    def _incremental(self, model: Model) -> Incremental:
        plan, name = self.plan, model.name
        decision, was = plan.decisions[name], plan.live.get(name)
        upon = was if decision.action == "increment" else None
        query = (model.increment or model.query) if upon else model.query
        before = model.before_increment if upon else model.before
        after = model.after_increment if upon else model.after
        return Incremental(
            name,
            plan.relation(name),
            base_name(name, decision.fingerprint),
            self._authored(model, self.binder.bind(query, model.place, self._this(model))),
            model.config,
            upon=upon.relation if upon else None,
            live=Built(upon.base, upon.number) if upon else Built(),
            before=partial(self._hooks, model, before),
            after=partial(self._hooks, model, after),
            copies=upon is not None and (upon.base in self.fixed or writes_to([*before, *after], name)),
        )

    def _this(self, model: Model) -> dict[str, str]:
        """What a query means by the model itself: what readers see of it now."""
        was = self.plan.live.get(model.name)
        return {model.name: quoted(BUILT, was.relation) if was else quoted(*model.shown)}

    def _hooks(self, model: Model, hooks: Sequence[Statement], relation: str) -> list[Authored]:
        this = {model.name: quoted(BUILT, relation)}
        bound = [(self.binder.bind(hook.query, hook.place, this), hook) for hook in hooks]
        return [
            Authored(f"hook of model {model.name}", statement, one.place)
            for one, hook in bound
            for statement in statements(one.text, hook.place)
        ]

    @staticmethod
    def _authored(model: Model, bound: Bound) -> Authored:
        return Authored(f"model {model.name}", bound.text, bound.place)
