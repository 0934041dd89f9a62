"""Whether a page brings records of the page before again: then they moved while they were fetched."""

from collections.abc import Iterator, Sequence

from minidata.core.fetching.gist import Gist
from minidata.core.pages import Offset, PageNumber
from minidata.core.source import Stream


class Neighbours:
    """
    Compares each page's keys with those of the page before.

    Where one page has a key twice, keys do not tell its records apart, and nothing is said. Where each page leads on to
    the next, by a token or an address, one that begins with the records that the page before ended with is in order.
    """

    def __init__(self, stream: Stream) -> None:
        self._counted = isinstance(stream.pages, PageNumber | Offset)
        self._param = stream.pages.param if isinstance(stream.pages, PageNumber | Offset) else ""
        self._overlap = stream.pages.overlap if isinstance(stream.pages, Offset) else 0
        self._before: Sequence[int] = ()
        self._known: frozenset[int] = frozenset()
        self._ambiguous = False
        self._same: list[int] = []
        self._moved: list[int] = []
        self._times_same = self._times_moved = 0

    def see(self, number: int, gist: Gist) -> None:
        """Compare page *number* with the one before."""
        before, self._before = self._before, gist.ids
        known, self._known = self._known, frozenset(gist.ids)
        self._ambiguous = self._ambiguous or len(self._known) < len(gist.ids)
        if not before or not gist.ids or self._ambiguous:
            return
        if known == self._known:
            self._same.append(number)
        elif self._has_moved(before, gist.ids, known & self._known):
            self._moved.append(number)
        # Of many, the first is told and their number.
        self._times_same += len(self._same) > 1
        self._times_moved += len(self._moved) > 1
        del self._same[1:], self._moved[1:]

    @property
    def lost(self) -> bool:
        """Whether records may have been skipped: what should have come again did not."""
        return bool(self._overlap and self._moved and not self._ambiguous)

    def say(self) -> Iterator[str]:
        """Yield what is to be told."""
        if self._ambiguous:
            return
        why = f"does not heed {self._param!r}" if self._param else "leads on to what it sent already"
        for number in self._same:
            yield (
                f"page {number}{_more(self._times_same)} has the records of the page before: the API {why}; mend pages="
            )
        for number in self._moved:
            yield f"page {number}{_more(self._times_moved)} {self._how_it_moved}"

    @property
    def _how_it_moved(self) -> str:
        if self._overlap:
            return (
                f"does not begin with the last {self._overlap} of the page before: records moved while they were "
                "fetched, and some may be missing; run it again, or sort by what does not change (params=)"
            )
        return (
            "has records of the page before: they moved while they were fetched, and others may be missing; sort by "
            "what does not change (params=), page by a token (NextCursor), or by Offset(…, overlap=…)"
        )

    def _has_moved(self, before: Sequence[int], after: Sequence[int], shared: frozenset[int]) -> bool:
        if self._overlap:
            return set(before[-self._overlap :]) != shared
        if not self._counted:
            return bool(shared) and not set(before[-len(shared) :]) == shared == set(after[: len(shared)])
        return bool(shared)


def _more(times: int) -> str:
    return f" (and {times:,} more)" if times else ""
