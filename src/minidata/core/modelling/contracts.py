"""
Contracts: the columns that a Model promises, with their types, and what its rows are held to.

An enforced contract is dbt's: the query must give exactly these columns, a table gets them in this order, with these
types and constraints.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from minidata.core.dialect.words import ELSEWHERE
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.modelling.configuring import Config
from minidata.core.places import Place
from minidata.core.properties.properties import ModelNotes
from minidata.core.queries.relations import Known, quoted
from minidata.core.queries.sqltext import read_query
from minidata.core.yamltext import Entry

_KINDS = ("check", "custom", "foreign_key", "not_null", "primary_key", "unique")
_UNIQUE = frozenset({"primary_key", "unique"})
# What dbt does not tell apart, since its driver does not: whole numbers, texts, floating point numbers.
_ALIKE: tuple[frozenset[int], ...] = (
    frozenset({21, 23}), frozenset({18, 19, 25, 1042, 1043}), frozenset({700, 701}),
)  # fmt: skip


@dataclass(frozen=True)
class Promised:
    """A column by its *name* and *type*, and its constraints as SQL."""

    name: str
    type: str
    constraints: tuple[str, ...] = ()

    @property
    def definition(self) -> str:
        """The column as it is defined in a table."""
        return " ".join((quoted(self.name), self.type, *self.constraints))


@dataclass(frozen=True)
class Contract:
    """
    What a Model promises; *constraints* are those of whole rows, as SQL.

    The table of an incremental Model has a row again and again, one for each version: what is unique among those that
    count is an index of *keys*.
    """

    columns: tuple[Promised, ...]
    constraints: tuple[str, ...] = ()
    keys: tuple[tuple[str, ...], ...] = ()

    @property
    def definitions(self) -> str:
        """What stands between the parentheses of CREATE TABLE."""
        return ", ".join((*(one.definition for one in self.columns), *self.constraints))

    @property
    def names(self) -> str:
        """The columns' names, as a list in SQL."""
        return ", ".join(quoted(one.name) for one in self.columns)

    @property
    def empty(self) -> str:
        """A query that gives no row of these columns."""
        return "select " + ", ".join(f"cast(null as {one.type}) as {quoted(one.name)}" for one in self.columns)


def contract_of(notes: ModelNotes | None, config: Config, place: Place, known: Known) -> Contract | None:
    """Return the contract of a Model; None when it has none that is enforced. Raises ConfigError, naming *place*."""
    if not config.contract:
        return None
    if not notes or not notes.promised:
        raise ConfigError(f"{place}: its contract has no columns", hint="list them, each with its data_type")
    if config.materialized == "ephemeral":
        raise ConfigError(f"{place}: what is ephemeral has no contract", hint="make it a view")
    reading = _Reading(place, known, is_versioned=config.materialized == "incremental")
    columns = tuple(reading.column(one) for one in notes.promised)
    constraints = tuple(reading.of_rows(notes.constraints))
    return Contract(columns, constraints, tuple(reading.keys))


def breaches(promised: Mapping[str, tuple[int, str]], given: Mapping[str, tuple[int, str]]) -> Iterator[str]:
    """Say how columns that a query gives are not those promised: names to the numbers and names of types."""
    for name, (number, type_) in promised.items():
        if name not in given:
            yield f"there is no {name}"
        elif not _is_alike(number, given[name][0]):
            yield f"{name} is {given[name][1]}, not {type_}"
    yield from (f"{name} is not in it" for name in given if name not in promised)


def _is_alike(one: int, other: int) -> bool:
    return one == other or any({one, other} <= alike for alike in _ALIKE)


@dataclass(frozen=True)
class _Reading:
    place: Place
    known: Known
    is_versioned: bool
    keys: list[tuple[str, ...]] = field(default_factory=list)

    def column(self, said: Entry) -> Promised:
        """Return a column as it is promised."""
        name = said.text("name")
        type_ = said.text("data_type", "")
        if not type_:
            raise ConfigError(f"{said.place}: the column {name!r} needs its data_type, for the contract is enforced")
        self._check(f"select cast(null as {type_}\n)", said.place)
        # dbt takes a name that is not quoted as Postgres does.
        name = name if said.get("quote") else name.lower()
        constraints = (self._of_column(one, name) for one in said.entries("constraints"))
        return Promised(name, type_, tuple(one for one in constraints if one))

    def of_rows(self, constraints: Iterable[Entry]) -> Iterator[str]:
        """Yield the constraints of whole rows."""
        for one in constraints:
            kind, expression = self._kind(one), one.text("expression", "")
            columns: Sequence[Any] = one.items_of("columns")
            names = ", ".join(quoted(str(column)) for column in columns)
            named = f"constraint {quoted(one.text('name'))} " if one.get("name") else ""
            if kind == "check":
                yield f"{named}check ({self._expression(expression, one.place)})"
            elif kind == "not_null" or (kind == "primary_key" and self.is_versioned):
                yield from (f"check ({quoted(str(column))} is not null)" for column in columns)
            if self.is_versioned and kind in _UNIQUE:
                self.keys.append(tuple(map(str, columns)))
            elif kind in _UNIQUE:
                yield f"{named}{kind.replace('_', ' ')} ({names})"

    def _of_column(self, one: Entry, column: str) -> str:
        kind, expression = self._kind(one), one.text("expression", "")
        if kind == "check":
            return f"check ({self._expression(expression, one.place)})"
        if self.is_versioned and kind in _UNIQUE:
            self.keys.append((column,))
            return "not null" if kind == "primary_key" else ""
        return kind.replace("_", " ")

    def _kind(self, one: Entry) -> str:
        kind = one.text("type")
        if kind not in _KINDS:
            raise UnknownName("constraint", kind, _KINDS, where=str(one.place))
        # A foreign key would hold on to what is gone with the next version.
        if kind in {"foreign_key", "custom"}:
            what = kind.replace("_", " ")
            raise ConfigError(f"{one.place}: a {what} constraint is not supported here", hint=ELSEWHERE)
        return kind

    def _expression(self, text: str, place: Place) -> str:
        self._check(f"select 1 where ({text}\n)", place)
        return text

    def _check(self, query: str, place: Place) -> None:
        """Raise ConfigError for what would be more than one expression, or read a table."""
        read = read_query(query, place, self.known)
        if read.refs or read.sources:
            raise ConfigError(f"{place}: a constraint reads no table")
