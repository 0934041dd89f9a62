"""Models: one SQL file or one seed, one relation; and all of a project's, understood. See core/modelling/reading."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from minidata.core.dialect.answers import Warehouse
from minidata.core.dialect.rendering import About, Renderer, SqlFile
from minidata.core.modelling.configuring import Config, Materialized
from minidata.core.modelling.contracts import Contract
from minidata.core.modelling.graph import Graph
from minidata.core.places import Place, Rendered
from minidata.core.properties.sources import TableNotes
from minidata.core.queries.relations import PUBLISHED, Known, Source
from minidata.core.queries.sqltext import Query, read_loosely, read_query
from minidata.core.testing.datatests import DataTest
from minidata.core.testing.unittests import UnitTest


@dataclass(frozen=True)
class Statement:
    """
    SQL that is run before or after something else; *query* names models as any other does.

    It is *late* when it depends on what is in the database: then *template* is rendered when it is run, for an
    *incremental* one about the rows that are new.
    """

    query: Query
    place: Place
    template: str = ""
    late: bool = False
    incremental: bool = False


@dataclass(frozen=True)
class Model:
    """
    One Model, rendered and understood.

    *refs* and *sources* are what it reads, whether it says so with ref and source or simply names them. *columns* has
    the descriptions of those columns that have one. *file* is where it is written, *fqn* project, folders and name,
    which folders configure and selectors choose by. *increment* is the query for the rows that are new, which may read
    the model itself as it is live; *before* and *after*, and those of an increment, may name the model as well, and
    mean what is being built.

    A *seed*'s file is rows, and its query empty. A *late* model's query depends on what is in the database: it is
    rendered when the model is built, and *made_of* differs when anything that it may be made of does.
    """

    name: str
    place: Place
    query: Query
    refs: frozenset[str]
    sources: frozenset[Source]
    config: Config = field(default_factory=Config)
    description: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    schema: str = PUBLISHED
    alias: str = ""
    fqn: tuple[str, ...] = ()
    file: SqlFile = field(default=SqlFile("", ""))
    about: About = field(default_factory=About)
    increment: Query | None = None
    before: tuple[Statement, ...] = ()
    after: tuple[Statement, ...] = ()
    before_increment: tuple[Statement, ...] = ()
    after_increment: tuple[Statement, ...] = ()
    late: bool = False
    made_of: str = ""
    contract: Contract | None = None

    @property
    def materialized(self) -> Materialized:
        """How it is built."""
        return self.config.materialized

    @property
    def tags(self) -> tuple[str, ...]:
        """The words it goes by, for choosing."""
        return self.config.tags

    def knowing(self, tables: Collection[Source]) -> "Model":
        """Return it as one that reads those of the *tables* that are there that it perhaps reads."""
        queries = (self.query, self.increment) if self.increment else (self.query,)
        found = frozenset(source for one in queries for source in one.perhaps.intersection(tables))
        return replace(self, sources=self.sources | found) if found else self

    @property
    def shown(self) -> tuple[str, str]:
        """The schema and the name that readers know it by."""
        return self.schema, self.alias or self.name

    @property
    def seed(self) -> SqlFile | None:
        """The file whose rows it is; None for a model of SQL."""
        return self.file if self.materialized == "seed" else None


@dataclass(frozen=True)
class Models:
    """
    A project's Models by name, and its tests.

    *start* and *end* are the statements of ``on-run-start`` and ``on-run-end``; *tables* is what properties say of
    sources' tables. *renderer* renders again what is late.
    """

    by_name: Mapping[str, Model]
    tests: tuple[DataTest, ...]
    known: Known = field(default_factory=lambda: Known({}))
    tables: tuple[TableNotes, ...] = ()
    start: tuple[Statement, ...] = ()
    end: tuple[Statement, ...] = ()
    unit_tests: Sequence[UnitTest] = ()
    project: str = "project"
    renderer: Renderer | None = None

    @cached_property
    def graph(self) -> Graph:
        """What reads what. Raises ConfigError showing a cycle."""
        return Graph.of({name: model.refs for name, model in self.by_name.items()})

    @property
    def tables_read(self) -> frozenset[Source]:
        """The tables that models and tests read, and what they perhaps do: there need be no such tables."""
        queries = [query for model in self.by_name.values() for query in (model.query, model.increment) if query]
        queries += [test.query for test in self.tests]
        read = [model.sources for model in self.by_name.values()]
        return frozenset().union(*read, *(query.sources | query.perhaps for query in queries))

    def late_query(self, name: str, warehouse: Warehouse, *, incremental: bool = False) -> Query:
        """
        Return the query of a late model, asking *warehouse* for what its template wants to know.

        Raises ConfigError, naming file and line, and what *warehouse* raises.
        """
        model = self.by_name[name]
        about = replace(model.about, incremental=incremental)
        rendering = self.rendering.render(model.file, about, warehouse)
        place = Rendered(model.file.path, written=model.file.text, text=rendering.sql)
        return read_query(rendering.sql, place, self.known)

    def late_statement(self, statement: Statement, name: str, warehouse: Warehouse) -> Query:
        """Return a late statement of the model *name*, empty for none."""
        about = replace(self.by_name[name].about, incremental=statement.incremental) if name else About()
        rendering = self.rendering.statement(statement.template, statement.place, about, warehouse)
        return read_loosely(rendering.sql, statement.place, self.known)

    @property
    def rendering(self) -> Renderer:
        """What renders the models again."""
        if self.renderer is None:
            raise RuntimeError("these models were not read from files")
        return self.renderer
