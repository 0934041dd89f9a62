"""What files of properties say of sources: where their tables are, how fresh they must be, which rules they keep."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from minidata.core.places import Place
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

    *freshness* and *loaded_at_field* are said for it or for all of its source, as they were written.
    """

    source: str
    name: str
    schema: str
    identifier: str
    place: Place
    description: str = ""
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    freshness: Entry | None = None
    loaded_at_field: str = ""
    enabled: bool = True


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
        subject = Subject(
            f"source({name!r}, {notes.name!r})", f"{notes.schema}.{notes.identifier}", f"source_{name}_{notes.name}"
        )
        tables.append(notes)
        rules += rules_of(table, subject)
    return SourceNotes(name, source.place, tuple(tables)), rules


def _table(source: Entry, table: Entry) -> TableNotes:
    config = {**source.entry("config"), **table.entry("config")}
    tags = [*_listed(source.get("tags")), *_listed(table.get("tags")), *_listed(config.get("tags"))]
    freshness = next(
        (one for one in (table, table.entry("config"), source, source.entry("config")) if "freshness" in one), None
    )
    return TableNotes(
        source=source.text("name"),
        name=table.text("name"),
        schema=source.text("schema", source.text("name")),
        identifier=table.text("identifier", table.text("name")),
        place=table.place,
        description=table.text("description", source.text("description", "")),
        tags=tuple(dict.fromkeys(tags)),
        meta={**source.entry("meta"), **table.entry("meta")},
        # Nothing said there, as a table may say, is none.
        freshness=freshness.entry("freshness") if freshness and freshness["freshness"] else None,
        loaded_at_field=str(
            config.get("loaded_at_field") or table.get("loaded_at_field") or source.get("loaded_at_field") or ""
        ),
        enabled=config.get("enabled", True) is not False,
    )


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())
