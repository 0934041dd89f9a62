"""What is looked for in a page of a Stream, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from pydantic import AliasChoices, AliasPath, BaseModel

from minidata.core.pages import NextCursor, NextUrl, Offset, PageNumber
from minidata.core.source import Stream

# The way into a record: names of fields, and places in lists.
Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    *records*, *next*, *more*, *total* and *total_pages* are dotted paths in an answer, *cursor* is one in a record;
    None is not looked for. *keys* are, for each field of the key, the ways in which a record may have it.
    """

    records: str = ""
    next: str | None = None
    more: str | None = None
    total: str | None = None
    total_pages: str | None = None
    cursor: str | None = None
    keys: tuple[tuple[Steps, ...], ...] = ()

    @classmethod
    def of(cls, stream: Stream) -> Self:
        """Return what is looked for in the pages of *stream*."""
        pages = stream.pages
        return cls(
            records=stream.records,
            next=pages.field if isinstance(pages, NextCursor | NextUrl) else None,
            more=pages.more if isinstance(pages, NextCursor) else None,
            total=pages.total if isinstance(pages, PageNumber | Offset) else None,
            total_pages=pages.total_pages if isinstance(pages, PageNumber) else None,
            cursor=stream.since.field if stream.since else None,
            keys=tuple(ways_to(stream.row, name) for name in stream.keys),
        )

    @property
    def told(self) -> dict[str, str]:
        """The paths of what an answer tells about its pages, by what it is."""
        paths = {"next": self.next, "more": self.more, "total": self.total, "total_pages": self.total_pages}
        return {name: path for name, path in paths.items() if path is not None}


@dataclass(frozen=True, slots=True)
class Found:
    """
    What was found, as it stands there: *cursors* and *keys* have a value for each record, *keys* for each key field.

    *loose* is what is wrong with a page that could still be read.
    """

    records: int
    next: Any = None
    more: Any = None
    total: Any = None
    total_pages: Any = None
    cursors: Sequence[Any] = ()
    keys: Sequence[Sequence[Any]] = ()
    loose: str = ""


def ways_to(row: type[BaseModel], name: str) -> tuple[Steps, ...]:
    """Return the ways in which a raw record may have the field *name* of *row*, those that count first."""
    alias = row.model_fields[name].validation_alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [name if alias is None else alias]
    ways = tuple(tuple(way.path) if isinstance(way, AliasPath) else (way,) for way in choices)
    by_name = row.model_config.get("populate_by_name") or row.model_config.get("validate_by_name")
    return (*ways, (name,)) if by_name and (name,) not in ways else ways
