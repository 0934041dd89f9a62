"""
How much of a page of Postgres a row takes up: one that does not fit is refused by COPY, whatever its values.

A value of more than 24 bytes and of no fixed length may lie elsewhere (TOAST), and leaves a pointer of 18 bytes; all
else has to fit into one page (PostgreSQL manual, "TOAST" and "Database Page Layout"). What is counted is what is left
when all is moved that can be: a little too much at times, never too little.
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
_STAYS, _POINTER = 24, 18
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


class Sizes:
    """What the rows of a table with many columns take up."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._parts = [(column.name, *_measure(column)) for column in columns]
        self._before = _aligned(_HEADER + (len(columns) + 16) // 8, 8) + _OURS

    def too_big(self, row: Mapping[str, Any]) -> bool:
        """Return whether Postgres may have no room for *row*."""
        size = self._before
        for name, length, multiple in self._parts:
            value = row[name]
            if value is not None:
                size = _aligned(size, multiple) + length(value)
        return size > _MAX_ROW


def sizes_of(columns: Sequence[Column]) -> Sizes | None:
    """Return the Sizes of a table with *columns*; None when its rows fit whatever is in them."""
    most = sum(sum(_FIXED.get(column.type, (_STAYS,))) for column in columns)
    return Sizes(columns) if most > _MAX_ROW - 300 else None


def _measure(column: Column) -> tuple[Callable[[Any], int], int]:
    """Return what tells the length of a value of *column*, and what its place is a multiple of."""
    if column.type in _FIXED:
        size, multiple = _FIXED[column.type]
        return (lambda _: size), multiple
    return {"text": _text, "bytea": _bytes, "numeric": _number}.get(column.type.partition("(")[0], _document), 1


def _aligned(place: int, multiple: int) -> int:
    return -(-place // multiple) * multiple


def _text(value: Any) -> int:
    return _bytes(str(getattr(value, "value", value)).encode(errors="replace"))


def _bytes(value: bytes) -> int:
    return len(value) + 1 if len(value) < _STAYS else _POINTER


def _number(value: Decimal | int) -> int:
    # Four digits are two bytes; a header of five at most.
    return min(5 + 2 * (len(Decimal(value).as_tuple().digits) // 4 + 2), _STAYS)


def _document(_: Any) -> int:
    return _STAYS
