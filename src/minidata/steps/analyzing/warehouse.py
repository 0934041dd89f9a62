"""What templates may ask the database for while the models are built: models mean what is built for them by now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from minidata.adapters.database.asking.templates import answer, kind_of
from minidata.adapters.database.authored import Authored
from minidata.adapters.database.columns import columns_of
from minidata.adapters.database.connection import Database
from minidata.core.dialect.answers import Table
from minidata.core.dialect.relation import Column, Relation
from minidata.core.dialect.words import ELSEWHERE
from minidata.core.errors import ConfigError
from minidata.core.modelling.binding import Binder
from minidata.core.modelling.models import Models
from minidata.core.places import Place
from minidata.core.queries.sqltext import BUILT, read_query

_ONLY_READ = f"run_query asks with one SELECT; a hook that writes is the statement itself; or {ELSEWHERE}"


@dataclass(frozen=True)
class BuiltWarehouse:
    """
    Answers what the template of *what*, at *place*, asks.

    *built* are the relations of the models in ``minidata_build``, by name; *binder* binds queries to them.
    """

    database: Database
    binder: Binder
    models: Models
    built: dict[str, str]
    what: str
    place: Place

    def settle(self, names: Iterable[str]) -> None:
        """Ask what the ephemeral models that *names* lead to are, where that depends on the database."""
        for name in self.binder.unsettled(names):
            asked = replace(self, what=f"model {name}", place=Place(self.binder.models[name].file.path))
            self.binder.settle(name, self.models.late_query(name, asked))

    def query(self, sql: str) -> Table:
        """Run one query that only reads. Raises ConfigError when it is at fault, EngineError when Postgres is."""
        place = Place(self.place.path, self.place.line)
        try:
            query = read_query(sql, place, self.models.known)
        except ConfigError as exc:
            raise ConfigError(f"{exc}, in what its template asks the database", hint=_ONLY_READ) from exc
        bound = self.binder.bind(query, place)
        names, rows = answer(self.database, Authored(self.what, bound.text, bound.place))
        return Table(names, rows)

    def columns(self, relation: Relation) -> Sequence[Column]:
        """Return a relation's columns; none when there is no such relation."""
        meant = self._meant(relation)
        return [Column(name, type_) for name, type_ in columns_of(self.database, [meant]).get(meant, {}).items()]

    def kind(self, relation: Relation) -> str | None:
        """Return whether the relation is a table or a view; None when there is none."""
        model = self.models.known.model(relation.schema, relation.identifier)
        if model and model in self.binder.models and model in self.built:
            how = self.binder.models[model].materialized
            return "view" if how == "view" else "table"
        return kind_of(self.database, relation.schema, relation.identifier)

    def _meant(self, relation: Relation) -> tuple[str, str]:
        model = self.models.known.model(relation.schema, relation.identifier)
        return (BUILT, self.built[model]) if model in self.built else (relation.schema, relation.identifier)
