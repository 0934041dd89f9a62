"""Queries over rows that are written down: each table that is read is replaced by a query that gives its rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from minidata.adapters.database.asking.templates import answer
from minidata.adapters.database.authored import Authored
from minidata.adapters.database.connection import Database
from minidata.core.dialect.answers import Table
from minidata.core.dialect.relation import Column, Relation
from minidata.core.modelling.binding import Bound, in_parentheses, woven
from minidata.core.modelling.cases import Case, asked_case
from minidata.core.modelling.models import Models
from minidata.core.places import Place
from minidata.core.testing.fixtures import Types
from minidata.core.testing.unittests import Input

# Return the query that stands for what is read, and the columns of that.
Standing = Callable[[Input], Bound]
Shape = Callable[[Input], Types]


def bound(case: Case, standing: Standing) -> Bound:
    """Return the query of *case* with each table that it reads replaced."""
    inside = {key: in_parentheses(standing(what), Place(case.place.path)) for key, what in case.inputs.items()}
    return woven(case.query, case.place, {}, inside)


@dataclass(frozen=True)
class RehearsalWarehouse:
    """Answers what the template of *what* asks, as if what it reads had the rows that are written down."""

    database: Database
    models: Models
    standing: Standing
    shape: Shape
    what: str
    place: Place

    def query(self, sql: str) -> Table:
        """Run one query that only reads. Raises ConfigError when it is at fault, EngineError when Postgres is."""
        asked = bound(asked_case(self.models, sql, Place(self.place.path)), self.standing)
        names, rows = answer(self.database, Authored(self.what, asked.text, asked.place))
        return Table(names, rows)

    def columns(self, relation: Relation) -> Sequence[Column]:
        """Return a relation's columns."""
        return [Column(name, kind) for name, kind in self.shape(self._meant(relation)).items()]

    def kind(self, relation: Relation) -> str | None:
        """Return that the relation is a table, when its columns are known."""
        return "table" if self.columns(relation) else None

    def _meant(self, relation: Relation) -> Input:
        return self.models.known.model(relation.schema, relation.identifier) or (relation.schema, relation.identifier)
