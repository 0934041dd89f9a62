"""What files of properties say of sources: where their tables are, how fresh they must be, which rules they keep."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from minidata.core.places import Place
from minidata.core.properties.freshness import Freshness, read_freshness
from minidata.core.properties.rules import Rule, Subject, rules_of
from minidata.core.yamltext import Entry

_SOURCE = (
    "name", "description", "tables", "schema", "database", "loader", "loaded_at_field", "loaded_at_query", "freshness",
    "meta", "tags", "config", "overrides", "quoting", "docs",
)  # fmt: skip
_TABLE = (
    "name", "description", "columns", "identifier", "data_tests", "tests", "loaded_at_field", "loaded_at_query",
    "freshness", "meta", "tags", "config", "external", "quoting", "loader", "docs",
)  # fmt: skip


@dataclass(frozen=True)
class TableNotes:
    """
    A source's table: *schema* and *identifier* are where it is.

    *freshness*, *loaded_at_field* and *loaded_at_query* are said for it or for all of its source. *types* has the types
    of those columns of which one is said.
    """

    source: str
    name: str
    schema: str
    identifier: str
    place: Place
    description: str = ""
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    freshness: Freshness | None = None
    loaded_at_field: str = ""
    loaded_at_query: str = ""
    enabled: bool = True
    types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SourceNotes:
    """A source and its tables."""

    name: str
    place: Place
    tables: tuple[TableNotes, ...]


def read_source(source: Entry) -> tuple[SourceNotes, list[Rule]]:
    """Return what is said of one source, and its rules. Raises ConfigError, naming the line."""
    source.check_keys("a source", _SOURCE)
    name = source.text("name")
    rules: list[Rule] = []
    tables = []
    for table in source.entries("tables"):
        table.check_keys("a source's table", _TABLE)
        notes = _table(source, table)
        tables.append(notes)
        if notes.enabled:
            rules += rules_of(table, _subject(source, table, notes))
    return SourceNotes(name, source.place, tuple(tables)), rules


def _subject(source: Entry, table: Entry, notes: TableNotes) -> Subject:
    return Subject(
        f"source({notes.source!r}, {notes.name!r})",
        f"{notes.schema}.{notes.identifier}",
        f"{notes.source}_{notes.name}",
        of_source=True,
        quote_columns=bool({**source.entry("quoting"), **table.entry("quoting")}.get("column")),
    )


def _table(source: Entry, table: Entry) -> TableNotes:
    # From the farthest to the nearest.
    said = (source.entry("config"), source, table.entry("config"), table)
    config = {**source.entry("config"), **table.entry("config")}
    tags = [*_listed(source.get("tags")), *_listed(table.get("tags")), *_listed(config.get("tags"))]
    return TableNotes(
        source=source.text("name"),
        name=table.text("name"),
        schema=source.text("schema", source.text("name")),
        identifier=table.text("identifier", table.text("name")),
        place=table.place,
        description=table.text("description", source.text("description", "")),
        tags=tuple(dict.fromkeys(tags)),
        meta={**source.entry("meta"), **table.entry("meta")},
        freshness=read_freshness(said),
        loaded_at_field=_nearest(said, "loaded_at_field"),
        loaded_at_query=_nearest(said, "loaded_at_query"),
        enabled=config.get("enabled", True) is not False,
        types=_types(table),
    )


def _nearest(said: tuple[Entry, ...], key: str) -> str:
    return next((entry.text(key) for entry in reversed(said) if entry.get(key)), "")


def _types(table: Entry) -> Mapping[str, str]:
    return {
        column.text("name"): column.text("data_type")
        for column in table.entries("columns")
        if column.get("data_type") is not None
    }


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())
