"""A Walk: one chain of pages, as a state machine that is told answers and says what to ask."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

from minidata.core.errors import SourceError
from minidata.core.exchange import Ask
from minidata.core.fetching.gist import Seen
from minidata.core.fetching.pagination.asking import first_ask
from minidata.core.fetching.pagination.counting import Numbers, Offsets
from minidata.core.fetching.pagination.onward import Lead, Onward, alone, by_address, by_link, by_token
from minidata.core.fetching.pagination.trail import loop
from minidata.core.fetching.pagination.yielded import by_function
from minidata.core.pages import AskedBy, LinkHeader, NextCursor, NextUrl, Offset, PageNumber, SinglePage
from minidata.core.source import Source, Stream

_NO_CONTEXT: Mapping[str, Any] = MappingProxyType({})


class Way(Protocol):
    """One way of paging; *out* is how many requests are out."""

    @property
    def ended(self) -> str:
        """Why there are no more pages; "" while there may be."""

    def ask(self, out: int) -> Ask | None:
        """Return the next request; None when one that is out must be answered first."""

    def take(self, seen: Seen) -> bool:
        """Take the answer to the oldest request that is out; return whether it is a page."""


class Walk:
    """One chain of pages. *taken* is how many of them there were so far."""

    def __init__(self, way: Way, max_pages: int, ahead: int) -> None:
        self.taken = 0
        self._way = way
        self._max_pages = max_pages
        self._ahead = ahead
        self._out = 0
        self._last = ""

    @property
    def ended(self) -> str:
        """Why no further page is asked for, in a few words; "" while the Walk goes on."""
        return self._way.ended

    def ask(self) -> Ask | None:
        """
        Return the next request that may be sent now; None when an answer is needed first, or it is over.

        Raises SourceError when it would be one page too many.
        """
        if self.ended or self._out >= self._ahead:
            return None
        if self.taken + self._out >= self._max_pages:
            if self._out:
                return None
            raise SourceError(
                f"there are more than {self._max_pages:,} pages",
                hint="if there really are so many, raise http.max_pages",
            )
        ask = self._way.ask(self._out)
        self._out += ask is not None
        return ask

    def take(self, seen: Seen) -> bool:
        """
        Go on from *seen*, the answer to the oldest request that has none; return whether it is a page of the Run.

        It is none when it was asked for ahead, and lies beyond the end or is not what comes next; nor is a 404. Raises
        SourceError for an answer that leads in circles or does not say how to go on in the way it should, RefusedError
        for a next page at another origin.
        """
        self._out -= 1
        if self.ended or not self._way.take(seen):
            return False
        self.taken += 1
        if seen.gist.records and seen.digest:
            if seen.digest == self._last:
                raise loop(f"page {self.taken} is the same as the one before")
            self._last = seen.digest
        return True


def walk_of(  # noqa: PLR0913 - what a walk is made of
    source: Source,
    stream: Stream,
    *,
    since: str | None = None,
    until: str | None = None,
    context: Mapping[str, Any] = _NO_CONTEXT,
    ahead: int = 1,
    max_pages: int,
) -> Walk:
    """
    Return the Walk through the pages of *stream*; at most *ahead* requests are out at the same time.

    *context* are the fields of the parent record that it is about. Raises ConfigError, SourceError and RefusedError for
    a first request that cannot be made.
    """
    first = first_ask(source, stream, since, until, context)
    return Walk(_way(source, stream, first, ahead), max_pages, ahead)


def _way(source: Source, stream: Stream, first: Ask, ahead: int) -> Way:
    match stream.pages:
        case PageNumber() as pages:
            return Numbers(first, pages, ahead)
        case Offset() as pages:
            return Offsets(first, pages, ahead)
        case AskedBy() as pages:
            begin, lead = by_function(source, pages, first)
            return Onward(begin, lead, patience=None)
        case pages:
            return Onward(first, _lead(source, pages))


def _lead(source: Source, pages: SinglePage | NextCursor | NextUrl | LinkHeader) -> Lead:
    match pages:
        case SinglePage():
            return alone
        case NextCursor():
            return by_token(pages)
        case NextUrl():
            return by_address(source, pages)
        case LinkHeader():
            return by_link(source, pages)
