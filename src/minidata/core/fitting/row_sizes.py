"""
How much of a page of Postgres a row takes up: one that does not fit is refused by COPY, whatever its values.

A value of more than 24 bytes and of no fixed length may lie elsewhere (TOAST) and leaves a pointer of 18 bytes, but one
that can be compressed to 24 bytes stays. All else has to fit into one page (PostgreSQL manual, "TOAST" and "Database
Page Layout"). What is counted is the most that may be left: too much at times, never too little.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from minidata.core.columns import Column

# A page less its own header, and a row's header without the bits that say which columns are null.
_MAX_ROW = 8160
_HEADER = 23
# The columns that lead from a row to its record, its parent and its time.
_OURS = 64
_STAYS = 24
# Of a type of fixed length: its bytes, and what its place is a multiple of.
_FIXED = {
    "bigint": (8, 8),
    "double precision": (8, 8),
    "timestamptz": (8, 8),
    "timestamp": (8, 8),
    "time": (8, 8),
    "interval": (16, 8),
    "date": (4, 4),
    "uuid": (16, 1),
    "boolean": (1, 1),
}

# From the place where a value may begin to the place behind it.
Put = Callable[[int, Any], int]


class Sizes:
    """What the rows of a table with many columns take up."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._parts = [(column.name, _put(column)) for column in columns]
        self._begin = _aligned(_HEADER + (len(columns) + 16) // 8, 8) + _OURS

    def too_big(self, row: Mapping[str, Any]) -> bool:
        """Return whether Postgres may have no room for *row*."""
        place = self._begin
        for name, put in self._parts:
            if row[name] is not None:
                place = put(place, row[name])
        return place > _MAX_ROW


def sizes_of(columns: Sequence[Column]) -> Sizes | None:
    """Return the Sizes of a table with *columns*; None when its rows fit whatever is in them."""
    most = sum(sum(_FIXED.get(column.type, (_STAYS, 4))) for column in columns)
    return Sizes(columns) if most > _MAX_ROW - 300 else None


def _put(column: Column) -> Put:
    if column.type in _FIXED:
        size, multiple = _FIXED[column.type]
        return lambda place, _: _aligned(place, multiple) + size
    return {"text": _text, "bytea": _bytes, "numeric": _number}.get(column.type.partition("(")[0], _document)


def _aligned(place: int, multiple: int) -> int:
    return -(-place // multiple) * multiple


def _text(place: int, value: Any) -> int:
    return _bytes(place, str(getattr(value, "value", value)).encode(errors="replace"))


def _bytes(place: int, value: bytes) -> int:
    return place + len(value) + 1 if len(value) < _STAYS else _document(place, value)


def _number(place: int, value: Decimal | int) -> int:
    # Four digits are two bytes; a header of five at most.
    size = 5 + 2 * (len(Decimal(value).as_tuple().digits) // 4 + 2)
    return place + size if size <= _STAYS else _document(place, value)


def _document(place: int, _: Any) -> int:
    return _aligned(place, 4) + _STAYS
