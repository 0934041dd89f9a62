"""
What to ask next: pure rules, one for each way an API pages.

`first` says what a Run asks first, `after` what it asks after an answer, and a Trail sees that it does not walk in
circles.
"""

from collections.abc import Mapping
from typing import Any

from minidata.core.addresses import BadAddress, followed, under
from minidata.core.errors import RefusedError, SourceError
from minidata.core.exchange import Ask, Params
from minidata.core.pages import NextCursor, NextUrl, PageNumber, Pages, SinglePage
from minidata.core.payload import at_path
from minidata.core.source import Source, Stream
from minidata.core.wording import excerpt

# What a careless program writes when it has no address.
_NO_ADDRESS = frozenset({"null", "none", "undefined", "nan", "false"})


def first(source: Source, stream: Stream, since: str | None = None) -> Ask:
    """Return the request that a Run of *stream* begins with; *since* is sent as the Stream's Cursor says."""
    params: dict[str, str | int] = {**stream.params, **_paging_params(stream.pages)}
    if stream.since and since is not None:
        params[stream.since.param] = since
    return Ask(under(source.base_url, stream.path), params)


def after(pages: Pages, ask: Ask, document: Any, records: int, *, url: str) -> Ask | None:
    """
    Return the request after *ask*, which was answered from *url* by *document* with so many *records*; None at the end.

    Raises SourceError for an answer that does not say how to go on in the way it should, RefusedError for a next page
    at another origin.
    """
    match pages:
        case SinglePage():
            return None
        case PageNumber():
            return _next_number(pages, ask, records)
        case NextCursor():
            return _next_cursor(pages, ask, document, records)
        case NextUrl():
            return _next_url(pages, url, document)
        case _:
            raise NotImplementedError


class Trail:
    """What one Run has asked and got so far: it refuses to ask the same again, and to go on for ever."""

    def __init__(self, max_pages: int) -> None:
        self._max_pages = max_pages
        self._asked: set[object] = set()
        self._last = ""

    def asks(self, ask: Ask) -> None:
        """Remember *ask*; raise SourceError when it was asked before or is one too many."""
        if ask.identity in self._asked:
            raise _loop(f"page {len(self._asked) + 1} would be one that was asked already")
        if len(self._asked) >= self._max_pages:
            raise SourceError(
                f"there are more than {self._max_pages:,} pages",
                hint="if there really are so many, raise http.max_pages",
            )
        self._asked.add(ask.identity)

    def gets(self, digest: str) -> None:
        """Remember the *digest* of a page's body; raise SourceError when the page before had the same."""
        if digest == self._last:
            raise _loop(f"page {len(self._asked)} is the same as the one before")
        self._last = digest


def _paging_params(pages: Pages) -> Params:
    match pages:
        case PageNumber():
            return {str(pages.size_param): pages.size, pages.param: pages.first}
        case NextCursor() if pages.size is not None:
            return {pages.size_param: pages.size}
        case _:
            return {}


def _next_number(pages: PageNumber, ask: Ask, records: int) -> Ask | None:
    if records < pages.size or not records:
        return None
    return _with(ask, {pages.param: int(ask.params[pages.param]) + 1})


def _next_cursor(pages: NextCursor, ask: Ask, document: Any, records: int) -> Ask | None:
    token = at_path(document, pages.field)
    if _is_end(token) or not records:
        return None
    if not isinstance(token, str | int) or token is True or not token:
        raise _wrong(pages.field, token, "no cursor")
    return _with(ask, {pages.param: token})


def _next_url(pages: NextUrl, url: str, document: Any) -> Ask | None:
    link = at_path(document, pages.field)
    if _is_end(link):
        return None
    if not isinstance(link, str) or link.lower() in _NO_ADDRESS:
        raise _wrong(pages.field, link, "no address")
    try:
        # An address is whole: the parameters we began with are in it, or the API does not want them again.
        return Ask(followed(url, link))
    except BadAddress as exc:
        raise RefusedError(
            f"the next page's address {exc}: {excerpt(link)}",
            hint="a page may only lead on to the same scheme, host and port as the source's base_url",
        ) from None


def _is_end(value: Any) -> bool:
    return value is None or value is False or value == ""


def _with(ask: Ask, params: Mapping[str, str | int]) -> Ask:
    return Ask(ask.url, {**ask.params, **params})


def _wrong(field: str, value: Any, what: str) -> SourceError:
    return SourceError(
        f"WRONG_ENVELOPE: at {field!r} is {what} but {excerpt(repr(value), 60)}",
        hint="look at the answer and mend the stream's pages=",
    )


def _loop(what: str) -> SourceError:
    return SourceError(f"pagination loop: {what}", hint="look at the answer and mend the stream's pages=")
