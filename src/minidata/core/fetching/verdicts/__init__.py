"""
What a Run's pages, taken together, say about the Stream's settings: warnings, each with what to change.

    totals       as many as the API says there are
    neighbours   no record on two pages
    order        the cursor does not go back
    ending       the last page is the last

Nothing is told on a suspicion that comes true of healthy Runs too: an API that sends 100 records has not thereby left
out others. What is told has two witnesses, such as a page that is as long as was asked for, and no way on.
"""

from minidata.core.fetching.gist import Gist
from minidata.core.fetching.verdicts.ending import Ending
from minidata.core.fetching.verdicts.neighbours import Neighbours
from minidata.core.fetching.verdicts.order import Order
from minidata.core.fetching.verdicts.totals import Totals
from minidata.core.source import Source, Stream

__all__ = ["Verdicts"]


class Verdicts:
    """Looks at the pages of one chain, in their order, and remembers no more than the last one."""

    def __init__(self, source: Source, stream: Stream) -> None:
        self._totals = Totals(stream)
        self._neighbours = Neighbours(stream)
        self._order = Order(stream)
        self._ending = Ending(source, stream)

    def see(self, number: int, gist: Gist, link: str | None = None) -> None:
        """Take note of page *number* of the Run, and of its Link header."""
        self._totals.see(gist)
        self._neighbours.see(number, gist)
        self._order.see(number, gist)
        self._ending.see(gist, link)

    @property
    def lost(self) -> bool:
        """Whether records may have been skipped, since they moved while they were fetched."""
        return self._totals.lost or self._neighbours.lost

    def say(self, ended: str) -> tuple[str, ...]:
        """Return the warnings, after the Walk *ended*."""
        return (*self._totals.say(ended), *self._neighbours.say(), *self._order.say(), *self._ending.say(ended))
