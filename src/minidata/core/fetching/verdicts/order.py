"""Whether the cursor goes back: then pages are in its order, but for once."""

from collections.abc import Iterator
from typing import NamedTuple

from minidata.core.fetching.cursors import Mark, mark_of
from minidata.core.fetching.gist import Gist
from minidata.core.source import Stream

# So many steps in one direction make an order.
_STEPS = 2


class _Span(NamedTuple):
    """From where to where the cursor goes on one page."""

    low: Mark
    high: Mark


class Order:
    """
    Compares how far each page reaches with the page before.

    Pages that are in no order at all, or in the opposite one, are nothing to worry about.
    """

    def __init__(self, stream: Stream) -> None:
        self._field = stream.since.field if stream.since else ""
        self._before: _Span | None = None
        self._forward = 0
        self._mixed = False
        self._back: int | None = None

    def see(self, number: int, gist: Gist) -> None:
        """Compare page *number* with the one before."""
        low, high = mark_of(gist.low), mark_of(gist.high)
        if low is None or high is None:
            return
        before, self._before = self._before, _Span(low, high)
        if before is None:
            return
        if high.rank < before.low.rank:
            self._back = self._back or number
        elif low.rank >= before.high.rank:
            self._forward += 1
        else:
            self._mixed = True

    def say(self) -> Iterator[str]:
        """Yield what is to be told."""
        if self._back and self._forward >= _STEPS and not self._mixed:
            yield (
                f"{self._field} goes back on page {self._back}, although pages are in its order: the API began anew, "
                "or sorts by something else; have it sort by the cursor's field (params=)"
            )
