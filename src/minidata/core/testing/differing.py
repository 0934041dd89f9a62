"""
How the rows that a model gives differ from those that a unit test expects.

Rows have no order, and one may be there several times. Cells are compared as values: 2.50 is 2.5, and two spellings of
one JSON object are one.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from minidata.core.printable import printable
from minidata.core.wording import counted

# Each cell is JSON, or None for null.
Cells = Sequence[str | None]
# More rows than these are told as they are, without looking which resembles which.
_PAIRED = 100
_WIDEST = 40
_LONGEST = 20


@dataclass(frozen=True)
class Changed:
    """A row that is *expected*, and the one that is there and resembles it most."""

    expected: tuple[str, ...]
    actual: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """Rows that are *missing*, that are *unexpected*, and that have other values; cells are as people read them."""

    columns: tuple[str, ...]
    missing: tuple[tuple[str, ...], ...] = ()
    unexpected: tuple[tuple[str, ...], ...] = ()
    changed: tuple[Changed, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows it is about."""
        return len(self.missing) + len(self.unexpected) + len(self.changed)

    def __str__(self) -> str:
        parts = [
            f"{counted(len(self.changed), 'row')} with other values" if self.changed else "",
            f"{counted(len(self.missing), 'row')} missing" if self.missing else "",
            f"{counted(len(self.unexpected), 'row')} too many" if self.unexpected else "",
        ]
        return ", ".join(part for part in parts if part)


def difference(columns: Sequence[str], expected: Iterable[Cells], actual: Iterable[Cells]) -> Difference | None:
    """Return how *actual* differs from *expected*; None when it does not."""
    wanted, there = ([tuple(row) for row in rows] for rows in (expected, actual))
    counts = Counter(map(_row_key, there))
    missing = []
    for row in wanted:
        counts[_row_key(row)] -= 1
        if counts[_row_key(row)] < 0:
            missing.append(row)
    left = {key: count for key, count in counts.items() if count > 0}
    unexpected = []
    for row in sorted(there, key=_shown_row):
        if left.get(_row_key(row), 0):
            left[_row_key(row)] -= 1
            unexpected.append(row)
    if not missing and not unexpected:
        return None
    pairs = _pairs(missing, unexpected) if max(len(missing), len(unexpected)) <= _PAIRED else []
    paired = [[pair[side] for pair in pairs] for side in (0, 1)]
    return Difference(
        tuple(columns),
        tuple(_shown_row(row) for number, row in enumerate(missing) if number not in paired[0]),
        tuple(_shown_row(row) for number, row in enumerate(unexpected) if number not in paired[1]),
        tuple(_changed(missing[one], unexpected[other]) for one, other in pairs),
    )


def _changed(expected: Cells, actual: Cells) -> Changed:
    """Return the two rows; a value that is only spelled otherwise is spelled as it is there."""
    same = [b if _key(a) == _key(b) else a for a, b in zip(expected, actual, strict=True)]
    return Changed(_shown_row(same), _shown_row(actual))


def _pairs(missing: Sequence[Cells], unexpected: Sequence[Cells]) -> list[tuple[int, int]]:
    """Return which rows are most alike, by their numbers, each used once; those that share nothing are no pair."""
    alike = sorted(
        (-sum(_key(a) == _key(b) for a, b in zip(one, other, strict=True)), i, j)
        for i, one in enumerate(missing)
        for j, other in enumerate(unexpected)
    )
    pairs: dict[int, int] = {}
    for shared, i, j in alike:
        if shared and i not in pairs and j not in pairs.values():
            pairs[i] = j
    return sorted(pairs.items())


def table_of(found: Difference) -> list[str]:
    """
    Return the difference as lines, marked as dbt marks them.

    ``→`` has other values, ``---`` is missing, ``+++`` is too much.
    """
    marked = [
        *(("→", [_arrow(a, b) for a, b in zip(one.expected, one.actual, strict=True)]) for one in found.changed),
        *(("---", [*row]) for row in found.missing),
        *(("+++", [*row]) for row in found.unexpected),
    ]
    rows = [("@@", [*found.columns]), *marked[:_LONGEST]]
    widths = [max(len(row[at]) for _, row in rows) for at in range(len(found.columns))]
    lines = [
        f"{mark:<3} " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for mark, row in rows
    ]
    more = len(marked) - _LONGEST
    return [line.rstrip() for line in lines] + ([f"… and {counted(more, 'row')} more"] if more > 0 else [])


def _arrow(expected: str, actual: str) -> str:
    return expected if expected == actual else f"{expected}→{actual}"


def _shown_row(row: Cells) -> tuple[str, ...]:
    return tuple(_shown(cell) for cell in row)


def _shown(cell: str | None) -> str:
    if cell is None:
        return "null"
    text = json.loads(cell) if cell.startswith('"') else cell
    shown = printable(text)
    return shown if len(shown) <= _WIDEST else shown[: _WIDEST - 1] + "…"


def _row_key(row: Cells) -> tuple[Any, ...]:
    return tuple(map(_key, row))


def _key(cell: str | None) -> Any:
    return None if cell is None else _value_key(json.loads(cell, parse_float=Decimal, parse_int=Decimal))


def _value_key(value: Any) -> Any:
    """Return what is equal for equal values, and can be counted."""
    if isinstance(value, dict):
        return "object", frozenset((key, _value_key(one)) for key, one in value.items())
    if isinstance(value, list):
        return "list", tuple(map(_value_key, value))
    # True is no 1.
    return type(value).__name__, value
