"""
Which records come again: APIs filter with "at or after", so the records at the cursor are sent twice.

A Stream with a key needs none of this: the Load tells records by it. One without is told here, by what the records are:
those that the Run before counted at its end are found again at the beginning of this one.
"""

from minidata.core.bodies.payload import at_path
from minidata.core.fetching.boundaries import digests, repeated_places
from minidata.core.fetching.cursors import Mark, mark_of, sent
from minidata.core.fetching.journal import Start
from minidata.core.fetching.peeking import Peek
from minidata.core.source import Stream

# So many records at one value of the cursor are remembered.
_MOST = 100_000


class Boundary:
    """What a Run of *stream* that begins at *start* has of records that were there before, and leaves to the next."""

    def __init__(self, stream: Stream, start: Start, peek: Peek) -> None:
        self._cursor = None if stream.merges else stream.since
        self._remaining = dict(start.boundary)
        self._peek = peek
        # Those without a mark come again whatever is asked for.
        self._last: list[tuple[Mark | None, str]] = []
        self._overflown = False

    @property
    def looks(self) -> bool:
        """Whether records are looked at: not where the Load tells them by their key, or all are sent each time."""
        return self._cursor is not None

    def see(self, body: bytes, cursor: str | None) -> tuple[int, ...]:
        """
        Return the places of the records in *body* that the Run before brought; *cursor* is how far this one has come.
        """
        if self._cursor is None:
            return ()
        records = self._peek.records(body)
        marks = (mark_of(at_path(record, self._cursor.field)) for record in records)
        self._last += zip(marks, digests(records), strict=True)
        if len(self._last) > _MOST:
            self._last = self._since(cursor)
            self._overflown = self._overflown or len(self._last) > _MOST
            del self._last[_MOST:]
        return repeated_places(records, self._remaining) if self._remaining else ()

    def after(self, cursor: str | None) -> dict[str, int]:
        """Return how often each record is there that a Run from *cursor* on brings again, by the records' digests."""
        counts: dict[str, int] = {}
        for _, digest in self._since(cursor):
            counts[digest] = counts.get(digest, 0) + 1
        return counts

    @property
    def warning(self) -> str:
        """What is to be told when there are too many to be remembered, else ""."""
        if not self._overflown:
            return ""
        return f"more than {_MOST:,} records share the cursor: some will be loaded twice; give the stream a key"

    def _since(self, cursor: str | None) -> list[tuple[Mark | None, str]]:
        if self._cursor is None:
            return []
        first = None if cursor is None else mark_of(sent(cursor, self._cursor.lag))
        return [one for one in self._last if first is None or _comes_again(one[0], first)]


def _comes_again(mark: Mark | None, first: Mark) -> bool:
    """Whether a record at *mark* is sent to one who asks from *first* on: maybe, where the two are not of a kind."""
    return mark is None or mark.rank[0] != first.rank[0] or mark.rank >= first.rank
