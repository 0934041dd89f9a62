"""What is to be built for a model, in the words of the database's door."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock

from minidata.adapters.database.authored import Authored
from minidata.adapters.database.connection import Database
from minidata.adapters.database.publishing.building import Candidate, Limits, build, building, run_all
from minidata.adapters.database.publishing.candidates import Built
from minidata.adapters.database.publishing.incremental import Incremental, build_incremental
from minidata.adapters.database.publishing.seeding import Seeded, build_seed
from minidata.core.errors import ConfigError
from minidata.core.modelling.binding import Binder, Bound
from minidata.core.modelling.hooks import check_bound, is_about, statements, writes_to
from minidata.core.modelling.models import Model, Models, Statement
from minidata.core.modelling.seeding import seed_table
from minidata.core.modelling.versions import base_name
from minidata.core.places import Place
from minidata.core.queries.relations import quoted
from minidata.core.queries.sqltext import BUILT, Query
from minidata.steps.analyzing.planning import Plan
from minidata.steps.analyzing.warehouse import BuiltWarehouse


@dataclass(frozen=True)
class Maker:
    """Makes candidates for *plan*. *fixed* are tables of incremental models that must stay as they are."""

    plan: Plan
    models: Models
    binder: Binder
    fixed: Collection[str]
    limits: Limits
    # Templates are rendered one at a time.
    _rendering: Lock = field(default_factory=Lock)

    def build(self, name: str, database: Database) -> int | None:
        """Build the model, as planned; return its rows. Raises as build() does."""
        model = self.plan.models[name]
        with self._rendering:
            self.warehouse(database, f"model {name}", Place(model.file.path)).settle(model.refs)
        if self.plan.decisions[name].how == "incremental":
            return build_incremental(database, self._incremental(model, database), self.limits)
        if model.seed:
            return build_seed(database, self._seeded(model, database), self.limits)
        return build(database, self._candidate(model, database), self.limits)

    def run(self, hooks: Sequence[Statement], database: Database, what: str) -> None:
        """Run the project's own statements, in one transaction; models in them are those that readers see."""
        binder = Binder(self.models.by_name, {name: quoted(*one.shown) for name, one in self.models.by_name.items()})
        for hook in hooks:
            query = hook.query
            if hook.late:
                query = self.models.late_statement(hook, "", self.warehouse(database, what, hook.place))
            bound = binder.bind(query, hook.place)
            made = [Authored(what, text, bound.place) for text in statements(bound.text, hook.place)]
            with building(database, self.limits):
                run_all(database, made)

    def warehouse(self, database: Database, what: str, place: Place) -> BuiltWarehouse:
        """Return what answers the template of *what*."""
        built = {name: self.plan.relation(name) for name in self.binder.relations if name in self.plan.decisions}
        return BuiltWarehouse(database, self.binder, self.models, built, what, place)

    def _asked_by(self, model: Model, database: Database, what: str, place: Place) -> BuiltWarehouse:
        """Return what answers the template of *model*, which means by itself what readers see now, or nothing."""
        whole = self.warehouse(database, what, place)
        built = {name: relation for name, relation in whole.built.items() if name != model.name}
        was = self.plan.live.get(model.name)
        return replace(
            whole,
            binder=replace(self.binder, relations={**self.binder.relations, **self._this(model)}),
            built={**built, model.name: was.relation} if was else built,
        )

    def _seeded(self, model: Model, database: Database) -> Seeded:
        relation, config = self.plan.relation(model.name), model.config
        rows = seed_table(model)
        for note in rows.notes:
            self.models.rendering.outside.tell(note)
        return Seeded(
            model.name,
            relation,
            model.place,
            rows,
            config.indexes,
            config.unlogged,
            self._hooks(model, model.before, database, relation),
            self._hooks(model, model.after, database, relation),
        )

    def _candidate(self, model: Model, database: Database) -> Candidate:
        relation, config = self.plan.relation(model.name), model.config
        return Candidate(
            model.name,
            relation,
            self.plan.decisions[model.name].how != "view",
            self._query(model, model.query, database),
            config.indexes,
            config.unlogged,
            self._hooks(model, model.before, database, relation),
            self._hooks(model, model.after, database, relation),
            model.contract,
        )

    def _incremental(self, model: Model, database: Database) -> Incremental:
        plan, name = self.plan, model.name
        decision, was = plan.decisions[name], plan.live.get(name)
        upon = was if decision.action == "increment" else None
        before = model.before_increment if upon else model.before
        after = model.after_increment if upon else model.after
        return Incremental(
            name,
            plan.relation(name),
            base_name(name, decision.fingerprint),
            self._query(model, (upon and model.increment) or model.query, database, incremental=upon is not None),
            model.config,
            upon=upon.relation if upon else None,
            live=Built(upon.base, upon.number) if upon else Built(),
            before=partial(self._hooks, model, before, database, reading=upon.relation if upon else ""),
            after=partial(self._hooks, model, after, database, reading=plan.relation(name)),
            contract=model.contract,
            copies=upon is not None and (upon.base in self.fixed or writes_to([*before, *after], name)),
        )

    def _query(self, model: Model, query: Query, database: Database, *, incremental: bool = False) -> Authored:
        what = f"model {model.name}"
        if not model.late:
            return self._authored(what, self.binder.bind(query, model.place, self._this(model)))
        place = Place(model.file.path)
        with self._rendering:
            asked = self._asked_by(model, database, what, place)
            query = self.models.late_query(model.name, asked, incremental=incremental)
        for name in sorted(self.binder.reads(query.refs) - self.binder.relations.keys() - {model.name}):
            raise ConfigError(
                f"{place}: it reads {name}, which is not seen before the database is asked",
                hint=f"say so in a comment of its own: -- depends_on: {{{{ ref('{name}') }}}}",
            )
        return self._authored(what, self.binder.bind(query, place, self._this(model)))

    def _this(self, model: Model) -> dict[str, str]:
        """What a query means by the model itself: what readers see of it now."""
        was = self.plan.live.get(model.name)
        return {model.name: quoted(BUILT, was.relation) if was else quoted(*model.shown)}

    def _hooks(
        self, model: Model, hooks: Sequence[Statement], database: Database, relation: str, *, reading: str = ""
    ) -> list[Authored]:
        """Return the statements of *hooks*: the model itself is *relation*, for one that only reads it *reading*."""
        made = []
        for hook in hooks:
            query = self._said(model, hook, database)
            this = relation if is_about(query, model.name) or not reading else reading
            bound = self.binder.bind(query, hook.place, {model.name: quoted(BUILT, this)})
            check_bound(bound.text, self.models.by_name, hook.place)
            what = f"hook of model {model.name}"
            made += [Authored(what, text, bound.place) for text in statements(bound.text, hook.place)]
        return made

    def _said(self, model: Model, hook: Statement, database: Database) -> Query:
        if not hook.late:
            return hook.query
        with self._rendering:
            warehouse = self.warehouse(database, f"hook of model {model.name}", hook.place)
            return self.models.late_statement(hook, model.name, warehouse)

    @staticmethod
    def _authored(what: str, bound: Bound) -> Authored:
        return Authored(what, bound.text, bound.place)
