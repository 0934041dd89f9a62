"""A table for a terminal or a text file: aligned, one line a row, and nothing in it that moves a cursor."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from minidata.core.answers import Cells, Column
from minidata.core.formats.about import About
from minidata.core.printable import printable

NULL = "∅"
GAP = "  "
# Widths are those of the first rows: later ones may stick out, since waiting for all of them could take forever.
LOOKED_AT = 1000
# Text is cut to this width; numbers never are.
WIDEST = 60


def table(columns: Sequence[Column], rows: Iterable[Cells], _about: About) -> Iterator[str]:
    """Yield a line for the names, one of dashes, and one for each row. Numbers are set to the right."""
    return aligned(columns, rows)


def aligned(columns: Sequence[Column], rows: Iterable[Cells]) -> Iterator[str]:
    """Yield the lines of table()."""
    coming = iter(rows)
    first = [_shown(columns, row) for row in islice(coming, LOOKED_AT)]
    names = [_cut(printable(column.name)) for column in columns]
    widths = [max(map(_width, cells)) for cells in zip(names, *first, strict=True)]
    yield _line(columns, names, widths)
    yield GAP.join("-" * width for width in widths).rstrip() + "\n"
    for cells in chain(first, (_shown(columns, row) for row in coming)):
        yield _line(columns, cells, widths)


def _shown(columns: Sequence[Column], row: Cells) -> list[str]:
    return [
        NULL if cell is None else cell if column.numeric else _cut(printable(cell))
        for column, cell in zip(columns, row, strict=True)
    ]


def _line(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = []
    for column, cell, width in zip(columns, cells, widths, strict=True):
        blank = " " * (width - _width(cell))
        padded.append(blank + cell if column.numeric else cell + blank)
    return GAP.join(padded).rstrip() + "\n"


def _width(text: str) -> int:
    """Return how many places of a terminal *text* takes: Chinese letters take two, combining marks none."""
    return len(text) if text.isascii() else sum(map(_places, text))


def _places(letter: str) -> int:
    # Marks that are set upon a letter, and what only says how to show it.
    if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1


def _cut(text: str) -> str:
    """Return *text*, or as much of it as fits into WIDEST, and a sign that there is more."""
    if len(text) * 2 <= WIDEST or _width(text) <= WIDEST:
        return text
    kept, left = 0, WIDEST - 1
    for letter in text:
        left -= _places(letter)
        if left < 0:
            break
        kept += 1
    return text[:kept] + "…"
