"""
Tests of data: each is one query for the rows that break a rule; no rows, no failure.

See core/testing/making for where they come from.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from minidata.core.dialect.answers import Warehouse
from minidata.core.places import Place
from minidata.core.queries.relations import Source
from minidata.core.queries.sqltext import Query
from minidata.core.testing.configuring import DataTestConfig, Severity


@dataclass(frozen=True)
class DataTest:
    """
    A test: its *query* returns the rows that break the rule.

    *about* is the model or the source's table it belongs to, empty for a query of its own; *kind* is the macro's name,
    ``singular`` or ``freshness``. *fqn* is project, folders and name, *path* the file it is written in. The query of a
    *late* test depends on what is in the database: ask `asked` for it when the test is run.
    """

    name: str
    about: str
    query: Query
    place: Place
    config: DataTestConfig = field(default_factory=DataTestConfig)
    kind: str = "singular"
    column: str = ""
    alias: str = ""
    id: str = ""
    fqn: tuple[str, ...] = ()
    path: str = ""
    tags: tuple[str, ...] = ()
    description: str = ""
    late: Callable[[Warehouse], Query] | None = field(default=None, compare=False)

    @property
    def severity(self) -> Severity:
        """Whether breaking the rule is an error, or only worth a warning."""
        return self.config.severity

    @property
    def refs(self) -> frozenset[str]:
        """The models it reads."""
        return self.query.refs

    @property
    def sources(self) -> frozenset[Source]:
        """The other tables it reads."""
        return self.query.sources

    def knowing(self, tables: Collection[Source]) -> "DataTest":
        """Return it as one that reads those of the *tables* that are there that it perhaps reads."""
        query = self.query.knowing(tables)
        return self if query is self.query else replace(self, query=query)

    def asked(self, warehouse: Warehouse) -> Query:
        """Return its query, asking *warehouse* for what a late one wants to know. Raises ConfigError."""
        return self.late(warehouse) if self.late else self.query
