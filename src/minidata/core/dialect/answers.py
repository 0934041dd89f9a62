"""What templates may ask a database for while the models are built, and how it answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from minidata.core.dialect.relation import Column, Relation


class Warehouse(Protocol):
    """A database that templates may ask; names of models in what they ask mean what is built for them."""

    def query(self, sql: str) -> "Table":
        """Run a query. Raises ConfigError when it is at fault, EngineError when the database is."""

    def columns(self, relation: Relation) -> Sequence[Column]:
        """Return a relation's columns; none when there is no such relation."""

    def kind(self, relation: Relation) -> str | None:
        """Return whether the relation is a table or a view; None when there is none."""


@dataclass(frozen=True)
class Named:
    """Values that go by number and by name, as a row's and a table's columns do."""

    names: Sequence[str]
    of: Sequence[Any]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            if key not in self.names:
                raise KeyError(key)
            return self.of[list(self.names).index(key)]
        return self.of[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.of)

    def __len__(self) -> int:
        return len(self.of)

    def keys(self) -> Sequence[str]:
        """Return the names."""
        return self.names

    def values(self) -> Sequence[Any]:
        """Return the values."""
        return self.of

    def items(self) -> list[tuple[str, Any]]:
        """Return names and values."""
        return list(zip(self.names, self.of, strict=True))

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of this name, or *default*."""
        return self[key] if key in self.names else default

    def dict(self) -> Mapping[str, Any]:
        """Return the values by name."""
        return dict(self.items())


@dataclass(frozen=True)
class Answered:
    """One column of an answer."""

    name: str
    of: Sequence[Any]

    def values(self) -> Sequence[Any]:
        """Return its values, a row's each."""
        return self.of

    def values_distinct(self) -> list[Any]:
        """Return its values, each of them once."""
        return list(dict.fromkeys(self.of))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.of)

    def __getitem__(self, number: int) -> Any:
        return self.of[number]

    def __len__(self) -> int:
        return len(self.of)


class Table:
    """An answer: ``rows`` and ``columns``, by number and by name."""

    def __init__(self, names: Sequence[str] = (), rows: Sequence[Sequence[Any]] = ()) -> None:
        self.column_names = list(names)
        self.rows = [Named(self.column_names, row) for row in rows]
        columns = [Answered(name, [row[at] for row in rows]) for at, name in enumerate(names)]
        self.columns = Named(self.column_names, columns)

    def __iter__(self) -> Iterator[Named]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> Named:
        return self.rows[number]
