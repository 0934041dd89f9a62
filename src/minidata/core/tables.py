"""
The tables that a Stream fills: one for its records, and one for each list in them that is a table of its own.

Besides the Row's fields a table has columns that lead somewhere: those of a child table to the row it belongs to, and
on every table ``_object`` and ``_record`` to where the row comes from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel

from minidata.core.columns import Column, children_of, columns_of
from minidata.core.errors import ConfigError
from minidata.core.marks import OBJECT, POSITION, RECORD
from minidata.core.names import checked_name
from minidata.core.source import Source, Stream

PARENT = "_parent_"


@dataclass(frozen=True)
class Table:
    """
    One table. *path* are the fields that lead from a record to the list of this table's rows, none for the records.

    *links* are the columns that lead to the parent: those of its key, then the row's place (from 0) in its list. *key*
    names the columns that tell rows apart. With *periods* each row is a version that was valid for a while.
    """

    name: str
    row: type[BaseModel]
    key: tuple[str, ...]
    path: tuple[str, ...] = ()
    links: tuple[Column, ...] = ()
    periods: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that a line holds: the Row's fields, then the links; behind them comes the record's place."""
        return (*columns_of(self.row), *self.links)


def tables_of(stream: Stream) -> tuple[Table, ...]:
    """
    Return the tables of *stream*: that of its records first, a parent before its children.

    Raises ConfigError for a field that cannot be a column and for two tables of one name.
    """
    by_key = stream.merges and stream.writes != "history"
    return _tables_of(stream.name, stream.row, stream.keys if by_key else (), periods=stream.writes == "history")


def check_tables(source: Source) -> None:
    """Raise ConfigError when two Streams of *source* would fill one table, or one of them two of one name."""
    filled: dict[str, str] = {}
    for stream in source.streams:
        for table in tables_of(stream):
            if table.name in filled:
                both = f"streams {filled[table.name]!r} and {stream.name!r}"
                raise ConfigError(f"{both} would fill one table, {table.name}", hint='say Child("another_name")')
            filled[table.name] = stream.name


@cache
def _tables_of(name: str, row: type[BaseModel], keys: tuple[str, ...], *, periods: bool) -> tuple[Table, ...]:
    root = Table(name, row, keys or (OBJECT, RECORD), periods=periods)
    types = {column.name: column.type for column in root.columns}
    parents = [_link(f"{PARENT}{key}", types[key]) for key in keys]
    tables = (root, *_children(root, row, parents, by_key=bool(keys)))
    names = [table.name for table in tables]
    for one in names:
        if names.count(one) > 1:
            raise ConfigError(f"stream {name!r} has two tables called {one}", hint='say Child("another_name")')
    return tables


def _children(parent: Table, row: type[BaseModel], above: Sequence[Column], *, by_key: bool) -> Iterator[Table]:
    for field, child, name in children_of(row):
        depth = len(parent.path)
        # The place in the list of an outer table keeps its number; a table's own has none.
        outer = [_numbered(column, depth) for column in above]
        links = (*outer, _link(POSITION, "integer"))
        table = Table(
            checked_name("child table", name or f"{parent.name}_{field}"),
            child,
            key=(*(() if by_key else (OBJECT, RECORD)), *(column.name for column in links)),
            path=(*parent.path, field),
            links=links,
        )
        yield table
        yield from _children(table, child, links, by_key=by_key)


def _numbered(column: Column, depth: int) -> Column:
    return _link(f"{POSITION}_{depth}", column.type) if column.name == POSITION else column


def _link(name: str, kind: str) -> Column:
    return Column(name, kind, nullable=False)
