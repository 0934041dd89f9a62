"""
The ways in which APIs page, as a user writes them. What each means is in pagination.py.

*place* says where the parameters go: into the query, or into the JSON body of a POST. A *total* is the dotted path, in
an answer, of how many records there are in all: then the remaining pages are asked for side by side, and the Run knows
whether it got them all.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Literal

from minidata.core.errors import ConfigError
from minidata.core.exchange import Ask

Place = Literal["query", "body"]


@dataclass(frozen=True, slots=True)
class SinglePage:
    """The whole answer comes in one response."""


@dataclass(frozen=True, slots=True)
class PageNumber:
    """
    Pages are asked by number, from *first* on, *size* records each.

    The end is an empty page, or one shorter than the page before it. A first page that is short is not believed, for
    many APIs cap the size: a second one is asked for. With *total* or *total_pages* (dotted paths) neither is needed.
    """

    size: int
    param: str = "page"
    size_param: str | None = "per_page"
    first: int = 1
    total: str | None = None
    total_pages: str | None = None
    place: Place = "query"

    def __post_init__(self) -> None:
        _check_size("PageNumber", self.size)


@dataclass(frozen=True, slots=True)
class Offset:
    """
    Pages are asked by how many records to skip, *size* records each; they end as PageNumber's do.

    *overlap* asks so many records again at the head of each page: when the last ones of the page before are not among
    them, records have moved in between, and the Run says so.
    """

    size: int
    param: str = "offset"
    size_param: str | None = "limit"
    total: str | None = None
    overlap: int = 0
    place: Place = "query"

    def __post_init__(self) -> None:
        _check_size("Offset", self.size)
        if not 0 <= self.overlap < self.size:
            raise ConfigError("the overlap of Offset must be at least 0 and less than its size")


@dataclass(frozen=True, slots=True)
class NextCursor:
    """
    Each answer carries, at the dotted path *field*, a token to send back as *param*; none means the end.

    *more* is the dotted path of a flag that says whether there is a next page, for APIs that send a token all the same.
    ``data.-1.id`` is the id of the last record.
    """

    field: str = "next_cursor"
    param: str = "cursor"
    size: int | None = None
    size_param: str = "limit"
    more: str | None = None
    place: Place = "query"

    def __post_init__(self) -> None:
        if self.size is not None:
            _check_size("NextCursor", self.size)


@dataclass(frozen=True, slots=True)
class NextUrl:
    """Each answer carries, at the dotted path *field*, the address of the next page; none means the end."""

    field: str = "next"


@dataclass(frozen=True, slots=True)
class LinkHeader:
    """Each answer names the next page in a ``Link`` header (RFC 8288) with rel=*rel*; none means the end."""

    rel: str = "next"
    size: int | None = None
    size_param: str = "per_page"

    def __post_init__(self) -> None:
        if self.size is not None:
            _check_size("LinkHeader", self.size)


@dataclass(frozen=True, slots=True)
class AskedBy:
    """
    A user's own generator: given the first request, it yields requests and is sent each answer's document.

    ``answer = yield ask.with_params(year=2026)``. Sent the same answers it must ask the same again, for a Run that was
    interrupted is gone through once more with what is stored.
    """

    function: Callable[[Ask], Generator[Ask, Any, None]]


Pages = SinglePage | PageNumber | Offset | NextCursor | NextUrl | LinkHeader | AskedBy


def _check_size(what: str, size: int) -> None:
    if size < 1:
        raise ConfigError(f"the size of {what} must be at least 1, not {size}")
