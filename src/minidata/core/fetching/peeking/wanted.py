"""What is looked for in a page of a Stream, and what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import AliasChoices, AliasPath, BaseModel

from minidata.core.conventions import MORES, TOTALS
from minidata.core.pages import NextCursor, NextUrl, Offset, PageNumber, SinglePage
from minidata.core.source import Stream

# The way into a record: names of fields, and places in lists.
Steps = tuple[str | int, ...]


# Where an answer that is said to be the only one may say that it is not.
_NEXT = ("next", "next_page", "next_url", "next_cursor", "nextCursor", "next_page_token", "nextPageToken", "links.next")


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    *records* is a dotted path in an answer, *told* are those of what it tells of its pages, by the names of Found: of
    several the first counts that leads to something. *cursor* is one in a record, None for none. *keys* are, for each
    field of the key, the ways in which a record may have it.
    """

    records: str = ""
    told: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cursor: str | None = None
    keys: tuple[tuple[Steps, ...], ...] = ()

    @classmethod
    def of(cls, stream: Stream) -> Self:
        """Return what is looked for in the pages of *stream*."""
        return cls(
            records=stream.records,
            told=_told_by(stream),
            cursor=stream.since.field if stream.since else None,
            keys=tuple(ways_to(stream.row, name) for name in stream.keys),
        )


def _told_by(stream: Stream) -> Mapping[str, tuple[str, ...]]:
    pages = stream.pages
    match pages:
        case SinglePage() if stream.records:
            return {"next": _NEXT, "more": MORES, "total": TOTALS}
        case NextCursor():
            return _given(next=pages.field, more=pages.more)
        case NextUrl():
            return _given(next=pages.field)
        case PageNumber():
            return _given(total=pages.total, total_pages=pages.total_pages)
        case Offset():
            return _given(total=pages.total)
        case _:
            return {}


def _given(**paths: str | None) -> dict[str, tuple[str, ...]]:
    return {name: (path,) for name, path in paths.items() if path is not None}


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
