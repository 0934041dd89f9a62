"""How far the records of a page reach, by the values of the cursor's field."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from minidata.core.cursors import Mark, is_late, mark_of

# Times of one length in this shape are in the order of their texts.
_TIMES = re.compile(
    r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z(?:\n|\Z))+"
)
_TIME = 2
_MOST = 10**30


class Reach(NamedTuple):
    """The least and the greatest value up to when the Run began, and the greatest after it; None for none."""

    low: str | None = None
    high: str | None = None
    late: str | None = None


def reach_of(values: Sequence[Any], began: datetime | None) -> Reach:
    """
    Return how far *values* reach in a Run that *began* then (None: it did not yet).

    Those that could be no cursor are passed over, and the low is one of the kind of the high.
    """
    return _of_one_kind(values, began) or _plainly(values, began)


def _plainly(values: Sequence[Any], began: datetime | None) -> Reach:
    marks = [mark for mark in map(mark_of, values) if mark]
    late = [mark for mark in marks if is_late(mark, began)]
    known = [mark for mark in marks if not is_late(mark, began)]
    high = max(known, key=_rank, default=None)
    low = min((mark for mark in known if high and mark.rank[0] == high.rank[0]), key=_rank, default=None)
    return Reach(_text(low), _text(high), _text(max(late, key=_rank, default=None)))


def _of_one_kind(values: Sequence[Any], began: datetime | None) -> Reach | None:
    """Return the same where it can be told without looking at each value; else None."""
    kinds = set(map(type, values))
    if kinds == {int}:
        low, high = min(values), max(values)
        return Reach(str(low), str(high)) if max(-low, high) < _MOST else None
    if kinds != {str} or len(set(map(len, values))) > 1 or not _TIMES.fullmatch("\n".join(values)):
        return None
    first, last = mark_of(min(values)), mark_of(max(values))
    if first is None or last is None or first.rank[0] != _TIME or last.rank[0] != _TIME or is_late(last, began):
        return None
    return Reach(first.text, last.text)


def _rank(mark: Mark) -> Any:
    return mark.rank


def _text(mark: Mark | None) -> str | None:
    return mark.text if mark else None
