"""
lineage: what tables are made of what, and what columns of which.

By the models as they are written now, and by the Rows: nothing need be loaded. A database is asked only for columns
that neither of them knows.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from minidata.adapters.database.columns import columns_of
from minidata.adapters.project import Project
from minidata.core.errors import EngineError, UnknownName
from minidata.core.modelling.lineage import Columns
from minidata.core.modelling.models import Models
from minidata.core.queries.relations import Source as Table
from minidata.core.source import Source
from minidata.core.watch import Nobody, Watch
from minidata.steps.lineage_tables import Gathered, LineageColumn, LineageTable
from minidata.steps.models import analyst, project_models


@dataclass(frozen=True)
class Lineage:
    """
    *tables*, none before what it reads. All of them, or those that lead to and from the *table* that was asked for.

    With a *column*, tables have only those columns that lead to and from it.
    """

    table: str | None
    column: str | None
    tables: tuple[LineageTable, ...]

    @property
    def fields(self) -> Mapping[str, LineageColumn]:
        """All columns, by ``table.column``."""
        return {f"{table.name}.{one.name}": one for table in self.tables for one in table.columns}

    def way_down(self) -> Iterator[tuple[int, str]]:
        """Yield what the *column* comes from, each below what reads it, with its depth; what is below it but once."""
        fields, seen = self.fields, set[str]()
        stack = [(0, f"{self.table}.{self.column}")]
        while stack:
            depth, name = stack.pop()
            yield depth, name
            if name not in seen and name in fields:
                seen.add(name)
                stack += [(depth + 1, read) for read in reversed(fields[name].reads)]

    def led_to(self) -> tuple[str, ...]:
        """Return the fields that the *column* leads to."""
        reads = {name: one.reads for name, one in self.fields.items()}
        name = f"{self.table}.{self.column}"
        found = _reached(name, _turned(reads)) - {name}
        return tuple(one for one in reads if one in found)


def lineage(
    project: Project,
    sources: Mapping[str, Source],
    about: str | None = None,
    *,
    variables: Mapping[str, Any] | None = None,
    watch: Watch | None = None,
) -> Lineage:
    """
    Return the lineage of *about*: a model, a source's table, or a column of one; of everything for None.

    Raises UnknownName for what there is not, ConfigError for models that cannot be understood.
    """
    models = project_models(project, variables or {})
    atlas = _Atlas.of(project, sources, models, watch or Nobody())
    if about is None:
        return Lineage(None, None, tuple(atlas.tables.values()))
    name, column = atlas.meant(about)
    return atlas.around(name) if column is None else atlas.around_column(name, column)


@dataclass(frozen=True)
class _Atlas:
    """All tables by their names, none before what it reads."""

    models: Models
    tables: Mapping[str, LineageTable]

    @classmethod
    def of(cls, project: Project, sources: Mapping[str, Source], models: Models, watch: Watch) -> "_Atlas":
        gathered = Gathered.of(sources, models)
        followed = gathered.followed()
        asked = gathered.unknown(followed)
        if asked:
            gathered = gathered.with_columns(_asked(project, asked, watch))
            followed = gathered.followed()
        return cls(models, dict(gathered.drawn(followed)))

    def meant(self, about: str) -> tuple[str, str | None]:
        """Return the table that *about* names, and the column when it names one."""
        name = self._table(about)
        if name:
            return name, None
        # A name may have dots in it, a column's too.
        dots = [place for place, sign in enumerate(about) if sign == "."]
        splits = ((self._table(about[:dot]), about[dot + 1 :]) for dot in reversed(dots))
        name, column = next(((table, rest) for table, rest in splits if table), (None, ""))
        if name is None:
            hint = "a source's table is named with its schema, a column with its table: shop.orders.id"
            raise UnknownName("model", about, self.tables, hint=hint)
        columns = [one.name for one in self.tables[name].columns]
        if column not in columns:
            raise UnknownName(f"column of {name}", column, columns)
        return name, column

    def _table(self, name: str) -> str | None:
        if name in self.tables:
            return name
        schema, _, alias = name.partition(".")
        return self.models.known.model(schema, alias)

    def around(self, name: str) -> Lineage:
        """Return what leads to the table *name*, and what it leads to."""
        reads = {one.name: one.reads for one in self.tables.values()}
        kept = _reached(name, reads) | _reached(name, _turned(reads))
        return Lineage(name, None, tuple(one for one in self.tables.values() if one.name in kept))

    def around_column(self, name: str, column: str) -> Lineage:
        """Return the columns that lead to that one, and those it leads to."""
        reads = {f"{one.name}.{own.name}": own.reads for one in self.tables.values() for own in one.columns}
        wanted = f"{name}.{column}"
        kept = _reached(wanted, reads) | _reached(wanted, _turned(reads))
        tables = [
            replace(one, columns=tuple(own for own in one.columns if f"{one.name}.{own.name}" in kept))
            for one in self.tables.values()
        ]
        return Lineage(name, column, tuple(one for one in tables if one.columns))


def _reached(name: str, leads: Mapping[str, Collection[str]]) -> set[str]:
    found, stack = {name}, [name]
    while stack:
        more = set(leads.get(stack.pop(), ())) - found
        found |= more
        stack += more
    return found


def _turned(leads: Mapping[str, Collection[str]]) -> Mapping[str, Collection[str]]:
    turned: dict[str, set[str]] = {}
    for name, others in leads.items():
        for other in others:
            turned.setdefault(other, set()).add(name)
    return turned


def _asked(project: Project, relations: Collection[Table], watch: Watch) -> Mapping[Table, Columns]:
    """Return the columns of *relations* that the database knows; none when there is no database."""
    try:
        with analyst(project) as database:
            return columns_of(database, relations)
    except EngineError as exc:
        names = ", ".join(sorted(".".join(one) for one in relations))
        watch.note(f"the columns of {names} are not known: {exc}")
        return {}
