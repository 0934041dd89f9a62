"""What analyze knows before it builds anything: what is there, and what the chosen models are to be built as."""

from collections.abc import Mapping, Sequence

from minidata.adapters.database.connection import Database
from minidata.adapters.database.publishing import published
from minidata.adapters.database.publishing.building import candidates, positions
from minidata.adapters.database.publishing.published import Publish, Version
from minidata.core.modelling.fingerprints import fingerprints, notes_fingerprint, relation_name
from minidata.core.modelling.graph import Graph
from minidata.core.modelling.models import Models
from minidata.core.queries.relations import Source


class Plan:
    """One analyze, as it stands before the first model is built. Nobody else changes any of it: the lock is held."""

    def __init__(self, database: Database, models: Models, graph: Graph, chosen: Sequence[str], run: str) -> None:
        self.database = database
        self.models = models.by_name
        self.tests = models.tests
        self.graph = graph
        self.chosen = chosen
        self.run = run
        read = {source for name in chosen for source in self.models[name].sources}
        tested = {source for test in models.tests for source in test.sources}
        self.positions: Mapping[Source, str] = positions(database, read | tested, run)
        self.fingerprints = fingerprints(graph, self.models, self.positions, run)
        self.there = candidates(database)
        self.published: Sequence[Publish] = published.publishes(database)
        self.live: Mapping[str, Version] = self.published[0].models if self.published else {}

    def relation(self, name: str) -> str:
        """Return the name of the relation that the model is, or is to be, built as."""
        return relation_name(name, self.fingerprints[name])

    def missing(self, name: str) -> list[str]:
        """Return the tables that the model reads and that are not there."""
        return [".".join(source) for source in sorted(self.models[name].sources - self.positions.keys())]

    def version(self, name: str) -> Version:
        """Return what the model is published as once it is built."""
        model = self.models[name]
        return Version(self.relation(name), self.fingerprints[name], model.materialized, notes_fingerprint(model))
