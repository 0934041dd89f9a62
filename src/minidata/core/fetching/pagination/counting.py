"""
Pages that are asked for by number or by offset: when they end, and how many may be asked for side by side.

A Walk brings the same pages however many are asked for at a time.
"""

from collections import deque

from minidata.core.exchange import Ask
from minidata.core.fetching.gist import Gist, Seen
from minidata.core.fetching.pagination.asking import placed
from minidata.core.pages import Offset, PageNumber

_NOT_FOUND = 404


class Count:
    """
    What the pages so far tell of those to come. *taken* is how many there were, *ended* why there are no more.

    Without a total, pages end with an empty one or with one that is shorter than the one before it. A first page that
    is shorter than what was asked for tells only what the API's own limit may be.
    """

    def __init__(self, size: int, ahead: int) -> None:
        self.taken = 0
        self.ended = ""
        self._size = size
        self._ahead = ahead
        self._before = 0
        self._reach = 0
        self._step = size
        self._total: int | None = None
        self._pages: int | None = None
        self._counts_page = False

    def see(self, gist: Gist, reach: int, step: int) -> None:
        """Take note of the next page: it is the one up to record *reach*, and the one after it is *step* records on."""
        self.taken += 1
        self._learn(gist)
        self.ended = self._end(gist.records, reach)
        self._before, self._reach = gist.records, reach
        self._step = max(self._step, step) if self.taken > 1 else step

    def miss(self) -> None:
        """Take note that the API says that there is no such page."""
        self.ended = f"there is no page {self.taken + 1}"

    @property
    def window(self) -> int:
        """
        How many requests may be out now.

        As many as there are pages left, where that is known. Where not, one until two pages have shown how long pages
        are, and then twice as many each time: little is asked in vain of an API that has few.
        """
        if not self.taken:
            return 1
        left = self._left
        if left is None:
            return min(self._ahead, 1 << min(self.taken - 1, 16))
        return max(1, min(self._ahead, left))

    @property
    def _left(self) -> int | None:
        if self._total is not None:
            return -(-(self._total - self._reach) // self._step)
        return None if self._pages is None else self._pages - self.taken

    def _learn(self, gist: Gist) -> None:
        if self.taken == 1:
            # A full page, and a total of just as many: that may be the number of those in the page.
            self._counts_page = gist.total == gist.records >= self._size
        if gist.total and not self._counts_page:
            self._total = gist.total
        self._pages = gist.total_pages or self._pages

    def _end(self, records: int, reach: int) -> str:
        if not records:
            return f"page {self.taken} is empty"
        if self._total is not None:
            return f"the API says that {self._total:,} records are all" if reach >= self._total else ""
        if self._pages is not None:
            return f"the API says that {self._pages:,} pages are all" if self.taken >= self._pages else ""
        return f"page {self.taken} is shorter than the one before" if records < self._before else ""


class Numbers:
    """Pages by their number."""

    def __init__(self, first: Ask, pages: PageNumber, ahead: int) -> None:
        self._first = first
        self._pages = pages
        self._count = Count(pages.size, ahead)
        self._next = pages.first
        self._fetched = 0

    @property
    def ended(self) -> str:
        """Why there are no more pages; "" while there may be."""
        return self._count.ended

    def ask(self, out: int) -> Ask | None:
        """Return the next request, while so many are *out*; None when one of them must be answered first."""
        if out >= self._count.window:
            return None
        ask = placed(self._first, self._pages.place, self._pages.param, self._next)
        self._next += 1
        return ask

    def take(self, seen: Seen) -> bool:
        """Take the answer to the oldest request that is out; return whether it is a page."""
        if seen.status == _NOT_FOUND:
            self._count.miss()
            return False
        records = seen.gist.records
        self._fetched += records
        self._count.see(seen.gist, self._fetched, records or 1)
        return True


class Offsets:
    """
    Pages by how many records to skip.

    The next page begins where the one before really ended. Requests that were sent ahead of a page that was not as long
    as those before it are about the wrong records: their answers are no pages, and the right ones are asked for.
    """

    def __init__(self, first: Ask, pages: Offset, ahead: int) -> None:
        self._first = first
        self._pages = pages
        self._count = Count(pages.size, ahead)
        self._position = 0
        self._step = pages.size
        self._next = 0
        self._out: deque[int] = deque()

    @property
    def ended(self) -> str:
        """Why there are no more pages; "" while there may be."""
        return self._count.ended

    def ask(self, out: int) -> Ask | None:
        """Return the next request, while so many are *out*; None when one of them must be answered first."""
        if out >= self._count.window:
            return None
        self._out.append(self._next)
        ask = placed(self._first, self._pages.place, self._pages.param, self._next)
        self._next += self._step
        return ask

    def take(self, seen: Seen) -> bool:
        """Take the answer to the oldest request that is out; return whether it is a page."""
        at = self._out.popleft()
        if at != self._position:
            return False
        if seen.status == _NOT_FOUND:
            self._count.miss()
            return False
        self._go_on(at, seen.gist)
        return True

    def _go_on(self, at: int, gist: Gist) -> None:
        records, overlap = gist.records, self._pages.overlap
        self._step = records - overlap if records > overlap else max(records, 1)
        self._position = at + self._step
        self._count.see(gist, at + records, self._step)
        if self._position not in self._out:
            self._next = self._position
