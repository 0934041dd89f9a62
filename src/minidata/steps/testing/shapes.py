"""
What columns there are in all that models read, without building any of it.

A source's table is looked up where it is; a model has the columns that its query would give over empty tables, so that
a unit test can be run before the first model is built.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from minidata.adapters.database.asking.describing import described
from minidata.adapters.database.authored import Authored
from minidata.adapters.database.columns import columns_of
from minidata.adapters.database.connection import Database
from minidata.adapters.database.shaping.definitions import columns_of_table
from minidata.core.errors import ConfigError
from minidata.core.modelling.binding import Bound
from minidata.core.modelling.cases import model_case
from minidata.core.modelling.models import Model, Models
from minidata.core.modelling.seeding import seed_table
from minidata.core.places import Place
from minidata.core.queries.relations import Source as Name
from minidata.core.source import Source
from minidata.core.tables import tables_of
from minidata.core.testing.fixtures import Types, empty
from minidata.core.testing.unittests import Input
from minidata.steps.testing.rehearsing import RehearsalWarehouse, bound


class NotThereYet(ConfigError):
    """A table that is read is not there, and nothing says what it would be like."""


@dataclass(frozen=True)
class Shapes:
    """
    Columns of what the *models* read. *live* are the relations of those that are published.

    *declared* returns the columns of sources' tables as the project says them: those that are not there have these.
    """

    models: Models
    declared: Callable[[], Mapping[Name, Types]] = dict
    live: Mapping[str, Name] = field(default_factory=dict)
    _found: dict[Input, Types] = field(default_factory=dict)

    def of(self, wanted: Input, database: Database) -> Types:
        """Return the columns of *wanted* and their types. Raises NotThereYet, ConfigError, EngineError."""
        stack = [wanted]
        while stack:
            parents = [one for one in self._reads(stack[-1]) if one not in self._found]
            if parents:
                stack += parents
                continue
            one = stack.pop()
            if one not in self._found:
                self._found[one] = self._looked_up(one, database)
        return self._found[wanted]

    def _reads(self, what: Input) -> Iterable[Input]:
        """Return what must be known before the columns of *what* can be."""
        if not isinstance(what, str) or what in self._found:
            return ()
        model = self.models.by_name[what]
        return () if self._is_as_published(model) else (*sorted(model.refs - {what}), *sorted(model.sources))

    def _is_as_published(self, model: Model) -> bool:
        """Whether the model's own columns hang on the rows that it reads, and it has been built over those."""
        return model.late and model.name in self.live

    def _looked_up(self, what: Input, database: Database) -> Types:
        if not isinstance(what, str):
            return self._of_table(what, database)
        model = self.models.by_name[what]
        if model.seed:
            return _of_seed(model)
        if self._is_as_published(model):
            return columns_of(database, [self.live[what]]).get(self.live[what], {})
        return self._of_query(model, database)

    def _of_table(self, table: Name, database: Database) -> Types:
        found = columns_of(database, [table]).get(table) or self.declared().get(table)
        if not found:
            raise NotThereYet(
                f"{'.'.join(table)} is not there yet, and nothing says which columns it has",
                hint="load it first, or give its columns a data_type where its source is described",
            )
        return found

    def _of_query(self, model: Model, database: Database) -> Types:
        what = f"model {model.name}"
        warehouse = RehearsalWarehouse(
            database, self.models, self._empty, self._found.__getitem__, what, Place(model.file.path)
        )
        query = bound(model_case(self.models, model, warehouse), self._empty)
        return described(database, Authored(what, query.text, query.place))

    def _empty(self, what: Input) -> Bound:
        return Bound(empty(self._found[what]), Place(""))


def _of_seed(model: Model) -> Types:
    seed = seed_table(model)
    return {column.name: column.type for column in seed.columns}


def declared(models: Models, sources: Iterable[Source] = ()) -> Mapping[Name, Types]:
    """Return the columns of sources' tables as the Rows and the properties say them."""
    return {
        **{(table.schema, table.identifier): table.types for table in models.tables if table.types},
        **dict(_of_rows(sources)),
    }


def _of_rows(sources: Iterable[Source]) -> Iterator[tuple[Name, Types]]:
    for source in sources:
        for stream in source.streams:
            for table in tables_of(stream):
                columns = {column.name: column.type for column in columns_of_table(table)}
                yield (source.name, table.name), columns
