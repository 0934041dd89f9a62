"""A Stream's way of looking into its pages."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from minidata.core.bodies.payload import read, records_in_lines, records_of
from minidata.core.fetching.gist import Gist
from minidata.core.fetching.peeking.marks import reach_of
from minidata.core.fetching.peeking.plainly import found_in, found_in_lines
from minidata.core.fetching.peeking.quickly import Quick
from minidata.core.fetching.peeking.wanted import Found, Wanted
from minidata.core.source import Stream

_ID_BYTES = 8
_ID = 1 << (8 * _ID_BYTES)
_COUNT_DIGITS = 18


class Peek:
    """
    Looks into the pages of *stream*. It may be used by several threads at once.

    Unless *quickly*, pages are read whole: the gists are the same, but for what is wrong in places that do not matter.
    """

    def __init__(self, stream: Stream, *, quickly: bool = True) -> None:
        self._stream = stream
        self._lines = stream.format == "ndjson"
        self._wanted = Wanted.of(stream)
        self._quick = Quick(self._wanted, lines=self._lines) if quickly else None

    def gist(self, body: bytes, began: datetime | None = None) -> Gist:
        """
        Return the gist of *body*, a page of a Run that *began* then (None: it did not yet).

        Raises PayloadError when it cannot be read, or has no records where they should be.
        """
        found = (self._quick and self._quick.found_in(body)) or self._plainly(body)
        reach = reach_of(found.cursors, began)
        return Gist(
            records=found.records,
            next=found.next,
            more=found.more,
            total=_count(found.total),
            total_pages=_count(found.total_pages),
            low=reach.low,
            high=reach.high,
            late=reach.late,
            ids=_ids(found),
            loose=found.loose,
        )

    def document(self, body: bytes) -> Any:
        """Return all that is in *body*: the document, or the list of the records in its lines."""
        return records_in_lines(body) if self._lines else read(body)[0]

    def records(self, body: bytes) -> list[Any]:
        """Return the records in *body*; a line that cannot be read is a PayloadError in its place."""
        return records_in_lines(body) if self._lines else records_of(read(body)[0], self._stream.records)

    def _plainly(self, body: bytes) -> Found:
        return (found_in_lines if self._lines else found_in)(self._wanted, body)


def peek_of(stream: Stream) -> Peek:
    """Return the way of looking into the pages of *stream*."""
    return Peek(stream)


def _ids(found: Found) -> tuple[int, ...]:
    """Return a digest of each record's key; none at all where some record has no part of it."""
    if not found.keys:
        return ()
    if len(found.keys) == 1:
        values: Sequence[Any] = found.keys[0]
        if set(map(type, values)) == {int}:
            return tuple([value % _ID for value in values])
        return () if None in values else tuple(map(_id, values))
    rows = list(zip(*found.keys, strict=True))
    nothing = (None,) * len(found.keys)
    return () if nothing in rows else tuple(map(_id, rows))


def _id(key: Any) -> int:
    """Return eight bytes that tell *key* from others, the same in every process."""
    if type(key) is int:
        return key % _ID
    text = key if isinstance(key, str) else repr(key)
    return int.from_bytes(blake2b(text.encode("utf-8", "backslashreplace"), digest_size=_ID_BYTES).digest())


def _count(value: Any) -> int | None:
    """Return the number that *value* is, also where it is written as a text; None when it is no count."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= _COUNT_DIGITS:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
