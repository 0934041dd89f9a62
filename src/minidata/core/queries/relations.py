"""Which relations a query reads, and where in its text models are named, by its outline."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place
from minidata.core.queries.outlines import Outline, Table

PUBLISHED = "analytics"
# Schemas of Postgres's own: reading them is no edge of the graph.
_SYSTEM = frozenset({"pg_catalog", "information_schema"})
# How a template writes a model.
_WRITTEN = re.compile(rf'"{PUBLISHED}"\."([^"]+)"')

Source = tuple[str, str]


def quoted(*names: str) -> str:
    """Return a name, or a name within a schema, as Postgres reads it whatever is in it."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


@dataclass(frozen=True)
class Known:
    """
    The models that a text may name, and where readers see each: its schema and its name there.

    *database* is the one that a text may name before a schema; *schema* has what is named without one and is no model,
    where there is such a schema.
    """

    shown: Mapping[str, Source]
    database: str = ""
    schema: str = ""

    @classmethod
    def of(cls, models: Iterable[str], database: str = "", schema: str = "") -> "Known":
        """Return *models*, each shown under its own name."""
        return cls({model: (PUBLISHED, model) for model in models}, database, schema)

    @cached_property
    def _models(self) -> Mapping[Source, str]:
        # A model's own name comes before the name that another is shown under.
        return {shown: model for model, shown in self.shown.items()} | {
            (PUBLISHED, model): model for model in self.shown
        }

    def model(self, schema: str, name: str) -> str | None:
        """Return the model of this name, or that is shown under it; None for no model."""
        return self._models.get((schema, name))

    def __contains__(self, model: object) -> bool:
        return model in self.shown


@dataclass(frozen=True, slots=True)
class Mention:
    """
    A model named in a text, from *start* to before *end*.

    Without an alias of its own the relation gets *alias* as one, the name that readers know the model by, so that
    ``stg_orders.id`` goes on meaning the same; so does a *qualifier*, the ``analytics.stg_orders`` of
    ``analytics.stg_orders.id``.
    """

    start: int
    end: int
    model: str
    alias: str = ""
    qualifier: bool = False

    def replaced(self, relation: str) -> str:
        """Return what stands there when the model's relation is *relation*."""
        if self.qualifier:
            return quoted(self.alias)
        return f"{relation} as {quoted(self.alias)}" if self.alias else relation


@dataclass(frozen=True)
class Reader:
    """Finds out which models, and which other tables, the relations in an outline are."""

    where: Place
    known: Known

    def mentions(self, outline: Outline) -> Iterator[Mention]:
        """Yield where models are named, as relations and as qualifiers of columns."""
        for table in outline.tables:
            model = self._model(table)
            if model:
                yield Mention(table.start, table.end, model, "" if table.has_alias else self.known.shown[model][1])
        for one in outline.qualifiers:
            model = self.known.model(one.schema, one.table)
            if model:
                yield Mention(one.start, one.end, model, self.known.shown[model][1], qualifier=True)

    def sources(self, outline: Outline) -> Iterator[Source]:
        """Yield the tables that are no models: those of other schemas."""
        for table in outline.tables:
            schema = "" if self._model(table) else table.schema or self._elsewhere(table)
            if schema and schema not in {PUBLISHED, *_SYSTEM}:
                yield schema, table.name

    def reads_postgres(self, outline: Outline) -> bool:
        """Whether tables of Postgres's own are read, of which nobody knows when they change."""
        return any(
            table.schema in _SYSTEM or (not table.schema and not table.is_local and table.name.startswith("pg_"))
            for table in outline.tables
        )

    def check_all_found(self, outline: Outline, mentions: Iterable[Mention]) -> None:
        """Raise ConfigError for a model where the parser sees no relation: what is published would be read there."""
        found = {mention.start for mention in mentions}
        for one in outline.dotted:
            if one.first == PUBLISHED and one.second in self.known and one.start not in found:
                raise ConfigError(f"{self.where.at(one.line)}: {PUBLISHED}.{one.second} is not understood here")

    def _model(self, table: Table) -> str | None:
        """Return the model that *table* names; None for a source, and for a common table expression."""
        if table.database and table.database != self.known.database:
            raise ConfigError(f"{self.where.at(table.line)}: {table.written} names a database", hint="leave it out")
        if not table.schema and (table.is_local or table.name.startswith("pg_") or self._elsewhere(table)):
            return None
        model = self.known.model(table.schema or PUBLISHED, table.name)
        if model is None and table.schema in {"", PUBLISHED}:
            hint = "name a source's table with its schema: shop.orders"
            where = str(self.where.at(table.line))
            raise UnknownName("model", table.name, self.known.shown, where=where, hint=hint)
        return model

    def _elsewhere(self, table: Table) -> str:
        """Return the schema in which a table named without one is looked for; empty for a model, and what is none."""
        if self.known.model(PUBLISHED, table.name) or table.is_local or table.name.startswith("pg_"):
            return ""
        return self.known.schema


def mentions_of_dotted(text: str, outline: Outline, known: Known, *, alias: bool = False) -> Iterator[Mention]:
    """
    Yield where models are named with their schemas, in a text that no parser understands.

    With *alias* one that no alias seems to follow gets one. In a string, too, a model may be named, as a template
    writes it.
    """
    for one in outline.dotted:
        model = known.model(one.first, one.second)
        if model:
            is_qualifier = one.follows == "."
            shown = known.shown[model][1] if is_qualifier or (alias and one.follows != "as") else ""
            yield Mention(one.start, one.end, model, shown, is_qualifier)
    for start, end in outline.strings:
        for written in _WRITTEN.finditer(text, start, end):
            if written[1] in known:
                yield Mention(written.start(), written.end(), written[1])


def postgres_of_dotted(outline: Outline) -> bool:
    """Whether tables of Postgres's own are perhaps read: a schema of these is named."""
    return any(one.first in _SYSTEM for one in outline.dotted)


def unknown_of_dotted(outline: Outline, known: Known) -> Iterator[Source]:
    """Yield what may be tables that are no models: all names with a dot between, which columns have too."""
    for one in outline.dotted:
        if known.model(one.first, one.second) is None and one.first not in {PUBLISHED, *_SYSTEM}:
            yield one.first, one.second
