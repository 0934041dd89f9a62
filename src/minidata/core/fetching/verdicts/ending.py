"""Whether the last page is the last: where nothing but a full page or a word of the API's speaks against it."""

from collections.abc import Iterator, Mapping
from typing import Any

from minidata.core.conventions import ROUND, SIZES
from minidata.core.fetching.gist import Gist
from minidata.core.fetching.links import targets
from minidata.core.pages import LinkHeader, NextCursor, NextUrl, SinglePage
from minidata.core.source import Source, Stream

# Fewer than these are often all there are, and by chance as many as were asked for.
_FEW = 20


class Ending:
    """Looks at the only page of a Run, where there is no second one to say that the first led on in vain."""

    def __init__(self, source: Source, stream: Stream) -> None:
        self._stream = stream
        self._limits = {**_limits(source.params), **_limits(stream.params), **_limits(stream.json or {})}
        self._pages = 0
        self._first = Gist(records=0)
        self._link: str | None = None

    def see(self, gist: Gist, link: str | None) -> None:
        """Take note of the next page."""
        if not self._pages:
            self._first, self._link = gist, link
        self._pages += 1

    def say(self, ended: str) -> Iterator[str]:
        """Yield what speaks against the end."""
        if self._pages != 1:
            return
        match self._stream.pages:
            case SinglePage():
                yield from self._say_of_single()
            case NextCursor(size=size) | LinkHeader(size=size):
                yield from self._say_of_first(size, ended)
            case NextUrl():
                yield from self._say_of_first(None, ended)
            case _:
                return

    def _say_of_single(self) -> Iterator[str]:
        records, first = self._first.records, self._first
        told = "if there are more, say how the stream pages (pages=)"
        if targets(self._link, "next"):
            yield f"the answer links to a next page, which was not asked for: {told}"
        elif first.more is True or (isinstance(first.next, str) and first.next):
            yield f"the answer says that there is a next page, which was not asked for: {told}"
        elif first.total is not None and first.total > records:
            yield f"the answer says that there are {first.total:,} records, and {records:,} came: {told}"
        else:
            for name, limit in self._limits.items():
                if limit == records:
                    yield f"as many records came as {name}={limit} asks for: {told}"

    def _say_of_first(self, size: int | None, ended: str) -> Iterator[str]:
        records = self._first.records
        limit = size or next(iter(self._limits.values()), None)
        full = records >= _FEW and (records == limit if limit else records in ROUND)
        if full:
            yield (
                f"the only page has {records:,} records, which looks full, and {ended}: if there are more, mend "
                f"{type(self._stream.pages).__name__}(…) in pages="
            )


def _limits(params: Mapping[str, Any]) -> dict[str, int]:
    """Return those of *params* that say how many records are wanted."""
    found = {name: value for name, value in params.items() if name in SIZES}
    return {name: int(value) for name, value in found.items() if str(value).isdecimal() and int(value) > 0}
