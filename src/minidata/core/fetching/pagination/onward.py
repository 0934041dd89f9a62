"""Pages that lead on to the next one, by a token or by an address."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from minidata.core.errors import RefusedError, SourceError
from minidata.core.exchange import Ask
from minidata.core.fetching.gist import Seen
from minidata.core.fetching.links import targets
from minidata.core.fetching.pagination.asking import placed
from minidata.core.fetching.pagination.origins import Origins
from minidata.core.fetching.pagination.trail import Trail, loop
from minidata.core.pages import LinkHeader, NextCursor, NextUrl
from minidata.core.source import Source
from minidata.core.wording import excerpt

# What a careless program writes when it has no address, and where there is no next page.
_NO_ADDRESS = frozenset({"null", "none", "undefined", "nan", "false"})
_NO = frozenset({"", "false", "no", "0"})
# So many pages without a record, one after the other, lead nowhere.
_PATIENCE = 100

# Given a request and its answer, the next request, or in a few words why there is none.
Lead = Callable[[Ask, Seen], Ask | str]


class Onward:
    """
    One page after the other, each led to by the one before. *patience* is how many empty ones in a row are followed.

    An empty page may well lead on: an API that filters sends what is left of each page.
    """

    def __init__(self, first: Ask | None, lead: Lead, patience: int | None = _PATIENCE) -> None:
        self.ended = "" if first else "nothing is asked"
        self._lead = lead
        self._patience = patience
        self._trail = Trail()
        self._next: Ask | None = None
        self._empty = 0
        if first:
            self._go_on(first)

    def ask(self, out: int) -> Ask | None:
        """Return the next request; None when one that is *out* must be answered first."""
        if out or self._next is None:
            return None
        self._asked, self._next = self._next, None
        return self._asked

    def _go_on(self, ask: Ask) -> None:
        self._trail.add(ask)
        self._next = self._asked = ask

    def take(self, seen: Seen) -> bool:
        """Take the answer; it is always a page. Raises SourceError when it leads nowhere."""
        onward = self._lead(self._asked, seen)
        if isinstance(onward, str):
            self.ended = onward
            return True
        self._empty = 0 if seen.gist.records else self._empty + 1
        if self._patience is not None and self._empty > self._patience:
            raise loop(f"{self._empty} empty pages, one after the other, lead on")
        self._go_on(onward)
        return True


def alone(_asked: Ask, _seen: Seen) -> str:
    """Lead nowhere, as a SinglePage does."""
    return "it is a single page"


def by_token(pages: NextCursor) -> Lead:
    """Return how to go on by a token."""

    def lead(asked: Ask, seen: Seen) -> Ask | str:
        gist = seen.gist
        if pages.more is not None and _says_no(gist.more):
            return f"{pages.more!r} of the last page says so"
        if _is_end(gist.next):
            if pages.more is not None:
                raise _wrong(pages.field, gist.next, "no cursor", f"although {pages.more!r} says that there is more")
            return f"the last page has no {pages.field!r}"
        if not isinstance(gist.next, str | int) or gist.next is True or not gist.next:
            raise _wrong(pages.field, gist.next, "no cursor")
        onward = placed(asked, pages.place, pages.param, gist.next)
        if onward == asked and not gist.records:
            return "the last page is empty and leads to itself"
        return onward

    return lead


def by_address(source: Source, pages: NextUrl) -> Lead:
    """Return how to go on by an address in the body."""
    origins = Origins.of(source)

    def lead(asked: Ask, seen: Seen) -> Ask | str:
        link = seen.gist.next
        if _is_end(link):
            return f"the last page has no {pages.field!r}"
        if not isinstance(link, str) or link.lower() in _NO_ADDRESS:
            raise _wrong(pages.field, link, "no address")
        return _at(asked, seen.url, [link], origins)

    return lead


def by_link(source: Source, pages: LinkHeader) -> Lead:
    """Return how to go on by the Link header."""
    origins = Origins.of(source)

    def lead(asked: Ask, seen: Seen) -> Ask | str:
        links = targets(seen.link, pages.rel)
        return _at(asked, seen.url, links, origins) if links else f"the last page links to no {pages.rel!r}"

    return lead


def _at(asked: Ask, base: str, links: list[str], origins: Origins) -> Ask:
    """Return the request for the first of *links* that may be followed; raise RefusedError when none may."""
    refused: RefusedError | None = None
    for link in links:
        try:
            # An address is whole: the parameters we began with are in it, or the API does not want them again.
            return replace(asked, url=origins.followed(base, link), params={})
        except RefusedError as exc:
            refused = refused or exc
    raise refused or loop("no next page")


def _is_end(value: Any) -> bool:
    return value is None or value is False or value == ""


def _says_no(value: Any) -> bool:
    return not value or (isinstance(value, str) and value.strip().lower() in _NO)


def _wrong(field: str, value: Any, what: str, although: str = "") -> SourceError:
    return SourceError(
        " ".join(filter(None, (f"WRONG_ENVELOPE: at {field!r} is {what} but {excerpt(repr(value), 60)}", although))),
        hint="look at the answer and mend the stream's pages=",
    )
