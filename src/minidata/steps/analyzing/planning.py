"""What analyze knows before it builds anything: what is there, and what the chosen models are to be built as."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from minidata.adapters.database.connection import Database
from minidata.adapters.database.publishing import published
from minidata.adapters.database.publishing.candidates import candidates
from minidata.adapters.database.publishing.positions import positions
from minidata.adapters.database.publishing.published import Publish
from minidata.core.errors import ConfigError
from minidata.core.modelling.binding import Binder
from minidata.core.modelling.fingerprints import Decision, World, decide, notes_fingerprint
from minidata.core.modelling.models import Models
from minidata.core.modelling.versions import Version, relation_name
from minidata.core.queries.relations import Source, quoted
from minidata.core.queries.sqltext import BUILT
from minidata.core.settings import AnalyzeSection


def check(models: Models) -> None:
    """Raise ConfigError, before anything runs, for models that read each other in a circle."""
    _ = models.graph


class Plan:
    """
    One analyze, as it stands before the first model is built. Nobody else changes any of it: the lock is held.

    *chosen* are names of models, *built* those of them that have relations; what they read besides is read as it is
    published.
    """

    def __init__(self, database: Database, models: Models, settings: AnalyzeSection, run: str) -> None:
        self.database = database
        self.settings = settings
        self.run = run
        self.graph = models.graph
        self.positions: Mapping[Source, str] = positions(database, models.tables_read, run)
        self.models = {name: model.knowing(self.positions) for name, model in models.by_name.items()}
        self.tests = [test.knowing(self.positions) for test in models.tests]
        self.there = candidates(database)
        self.published: Sequence[Publish] = published.publishes(database, 1)
        self.live: Mapping[str, Version] = self.published[0].models if self.published else {}
        self.chosen: Sequence[str] = self.graph.order
        self.built = self._with_relations()
        self.full_refresh = False
        self.decisions = self._decided(self.chosen)

    def choose(self, names: Collection[str], *, full_refresh: bool = False) -> None:
        """Build *names* alone, anew with *full_refresh*. Raises ConfigError for what reads what is not published."""
        if not full_refresh and set(names) >= set(self.graph.order):
            # That is decided, and there is nothing beside them to be read.
            return
        self.chosen = tuple(name for name in self.graph.order if name in names)
        self.built = self._with_relations()
        self.full_refresh = full_refresh
        self.decisions = self._decided(self.chosen)
        for name in self.chosen:
            self._check_readable(name)

    @property
    def wanted(self) -> frozenset[str]:
        """The relations that an analyze of everything would look for now."""
        decided = (self._decided(self.graph.order), self.decisions)
        return frozenset(self._named(name, one) for decisions in decided for name, one in decisions.items())

    def relation(self, name: str) -> str:
        """Return the name of the relation that the model is, or is to be, built as."""
        return self._named(name, self.decisions[name])

    def binder(self) -> Binder:
        """Return what binds queries to the relations of this analyze."""
        named = {name: self.relation(name) for name in self.decisions if self.models[name].materialized != "ephemeral"}
        return Binder(self.models, {name: quoted(BUILT, relation) for name, relation in named.items()})

    def missing(self, name: str) -> list[str]:
        """Return the tables that the model reads and that are not there."""
        return [".".join(source) for source in sorted(self.models[name].sources - self.positions.keys())]

    def is_there(self, name: str) -> bool:
        """Whether the relation of the model is built."""
        return self.relation(name) in self.there

    def version(self, name: str) -> Version:
        """Return what the model is published as, once it is built and `there` is looked at anew."""
        model, decision = self.models[name], self.decisions[name]
        built = self.there[self.relation(name)]
        schema, alias = model.shown
        version = Version(
            self.relation(name),
            decision.fingerprint,
            decision.how,
            notes_fingerprint(model),
            schema=schema,
            alias=alias,
            inputs=decision.inputs,
            base=built.base,
            number=built.number,
            grants=dict(model.config.grants),
            parts=decision.parts,
        )
        kept = self.live.get(name) if decision.action == "keep" else None
        return replace(version, parts=kept.parts) if kept else version

    def _with_relations(self) -> Sequence[str]:
        return tuple(name for name in self.chosen if self.models[name].materialized != "ephemeral")

    def _decided(self, chosen: Collection[str]) -> Mapping[str, Decision]:
        world = World(
            self.positions,
            self.run,
            live=self.live,
            there=self.there.keys(),
            full_refresh=self.full_refresh,
            live_views=self.settings.live_views,
        )
        return decide(self.graph, self.models, frozenset(chosen), world)

    def _named(self, name: str, decision: Decision) -> str:
        was = self.live.get(name)
        if decision.action == "keep" and was and was.fingerprint == decision.fingerprint:
            return was.relation
        return relation_name(name, decision.fingerprint)

    def _check_readable(self, name: str) -> None:
        for parent in sorted(self.graph.reads[name] - self.decisions.keys() - set(self.chosen)):
            if self.models[parent].materialized != "ephemeral":
                raise ConfigError(
                    f"{name} reads {parent}, which is not published", hint=f"select it too: --select +{name}"
                )
