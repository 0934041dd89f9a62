"""How far the records of a page reach, by the values of the cursor's field."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from minidata.core.fetching.cursors import Mark, is_late, mark_of

# Times in this shape, all of the same one, are in the order of their texts.
_SHAPE = re.compile(rb"0000-00-00T00:00:00(\.0{1,6})?Z")
_ONE_SHAPE = bytes.maketrans(b"123456789", b"000000000")
# To some versions of Python, midnight at the end of a day.
_MIDNIGHT = "T24"
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
        last = mark_of(high)
        return Reach(str(low), str(high)) if max(-low, high) < _MOST and last and not is_late(last, began) else None
    if kinds != {str} or not _are_times(values):
        return None
    first, last = mark_of(min(values)), mark_of(max(values))
    if first is None or last is None or first.rank[0] != _TIME or last.rank[0] != _TIME or is_late(last, began):
        return None
    return Reach(first.text, last.text)


def _are_times(texts: Sequence[str]) -> bool:
    """Return whether *texts* look like times that are in the order of their texts."""
    joined = "\n".join(texts)
    if not joined.isascii() or _MIDNIGHT in joined:
        return False
    shapes = joined.encode().translate(_ONE_SHAPE)
    shape = shapes[: len(texts[0])]
    return _SHAPE.fullmatch(shape) is not None and shapes == b"\n".join([shape] * len(texts))


def _rank(mark: Mark) -> Any:
    return mark.rank


def _text(mark: Mark | None) -> str | None:
    return mark.text if mark else None
