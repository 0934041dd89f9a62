"""Which rows a person means by a table's name and a key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from minidata.adapters.database.asking.tracing import Where, equals, of_parents
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.marks import POSITION, VALID_FROM, VALID_TO
from minidata.core.source import Source, Stream
from minidata.core.tables import Table, tables_of

KeyColumns = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Wanted:
    """A Source's table, and by which columns people tell its rows apart: those of *key*, and the others of *more*."""

    source: str
    stream: Stream
    table: Table

    @property
    def name(self) -> str:
        """The table's full name."""
        return f"{self.source}.{self.table.name}"

    @property
    def keys(self) -> KeyColumns:
        """
        The columns, each with its type, that say which row is meant: the key's, then a child's places in its lists.

        Where a parent is told by its record alone, because all of its versions are kept, the key's are the parent's.
        """
        types = {column.name: column.type for column in (*self.stream.columns, *self.table.columns)}
        if self.by_parent:
            places = [name for name in self.table.key if name.startswith(POSITION)]
            return [(name, types[name]) for name in (*self.stream.keys, *places)]
        names = self.table.key if self.table.path else self.stream.keys
        return [(name, types[name]) for name in names]

    @property
    def by_parent(self) -> bool:
        """Whether this is a child whose rows lead to their parent by ``_object`` and ``_record``."""
        return bool(self.table.path) and not any(column.name.startswith("_parent_") for column in self.table.links)

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns to tell a row by."""
        there = {column.name for column in self.table.columns}
        periods = (VALID_FROM, VALID_TO) if self.table.periods else ()
        return (*(name for name, _ in self.keys if name in there), *periods)

    def where(self, values: Sequence[str]) -> Where:
        """
        Return the condition that the key has *values*: in the key's order, or as ``column=value``.

        Fewer than the key has columns mean all rows that have these. Raises ConfigError and UnknownName.
        """
        chosen, types = self.chosen(values), dict(self.keys)
        above = [name for name in chosen if self.by_parent and name in self.stream.keys]
        conditions = []
        if above:
            condition = equals([(name, types[name]) for name in above], [chosen[name] for name in above])
            conditions.append(of_parents((self.source, self.stream.name), condition))
        own = [name for name in chosen if name not in above]
        if own:
            conditions.append(equals([(name, types[name]) for name in own], [chosen[name] for name in own]))
        return Where(" and ".join(conditions), f"the key of {self.name}")

    def chosen(self, values: Sequence[str]) -> Mapping[str, str]:
        """Return which column has which of *values*, given as where() takes them; raise as it does."""
        names = [name for name, _ in self.keys]
        if not names:
            raise ConfigError(f"{self.name} has no key", hint="say --where and a condition, as in SQL")
        if len(values) > len(names):
            raise ConfigError(f"the key of {self.name} is ({', '.join(names)}), and {len(values)} values are given")
        pairs = [value.partition("=") for value in values]
        if all(name in names and sign for name, sign, _ in pairs):
            return {name: value for name, _, value in pairs}
        unknown = next((name for name, sign, _ in pairs if sign and name.isidentifier() and name not in names), None)
        # A text may have a sign in it.
        if unknown and all(kind != "text" for _, kind in self.keys):
            raise UnknownName(f"key column of {self.name}:", unknown, names)
        return dict(zip(names, values, strict=False))


def wanted(sources: Mapping[str, Source], name: str) -> Wanted:
    """Return the Source's table called *name*, with its schema; raise UnknownName, with the nearest."""
    tables = {
        f"{source.name}.{table.name}": Wanted(source.name, stream, table)
        for source in sources.values()
        for stream in source.streams
        for table in tables_of(stream)
    }
    if name not in tables:
        raise UnknownName("table", name, tables, hint="a Source's table (shop.orders), or analytics.MODEL")
    return tables[name]
