"""Tables, as every drawing has them: as wide as the terminal at most, and no word in two where that can be helped."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells
from rich.text import Text

from minidata.core.printable import printable

if TYPE_CHECKING:
    from minidata.cli.desk import Desk

Cell = object
_GAP = "  "
# Before rows become blocks, long words in headings are broken, to no less than this.
_HEADING = 6


def draw(desk: "Desk", columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """
    Draw a table; columns of numbers are set to the right, and without any heading the last one takes what is left.

    Where the terminal is too narrow for its words, each row is a block of lines. For no terminal nothing is folded.
    """
    numbers = {i for i in range(len(columns)) if rows and all(isinstance(row[i], int | float) for row in rows)}
    heads = [printable(column) for column in columns]
    # Masked before it is folded: half a secret is none that anybody knows.
    lines = [[desk.masked(_cell(value)) for value in row] for row in rows]
    room = desk.out.width if sys.stdout.isatty() else None
    widths = _widths(heads, lines, room)
    if widths is None:
        _draw_blocks(desk, heads, lines)
        return
    if any(heads):
        desk.out.print(Text("\n".join(_lines(heads, widths, numbers)), style="bold"), soft_wrap=True)
    if lines:
        # All at once: each print takes a while.
        body = "\n".join(line for cells in lines for line in _lines(cells, widths, numbers))
        desk.out.print(Text(body), soft_wrap=True)


def _draw_blocks(desk: "Desk", heads: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    for number, line in enumerate(lines):
        if number:
            desk.out.print()
        draw(desk, ("", ""), [pair for pair in zip(heads, line, strict=True) if pair[1]])


def _widths(heads: Sequence[str], lines: Sequence[Sequence[str]], room: int | None) -> list[int] | None:
    """Return how wide each column is to be; None when not even their words go side by side into *room*."""
    columns = [[line[i] for line in lines] for i in range(len(heads))]
    widths = [max(map(cell_len, (head, *cells))) for head, cells in zip(heads, columns, strict=True)]
    if room is None:
        return widths
    left = room - len(_GAP) * (len(heads) - 1)
    if not any(heads):
        return [*widths[:-1], max(_HEADING, min(widths[-1], left - sum(widths[:-1])))]
    for heading in (room, _HEADING):
        least = [max(_word(cells), min(_word([head]), heading)) for head, cells in zip(heads, columns, strict=True)]
        if sum(least) <= left:
            return _narrowed(widths, least, left)
        widths = least
    return None


def _narrowed(widths: list[int], least: Sequence[int], room: int) -> list[int]:
    """Return *widths*, the widest of them narrowed until all go into *room*; each stays at *least* so wide."""
    widths = list(widths)
    while sum(widths) > room:
        most = max((i for i in range(len(widths)) if widths[i] > least[i]), key=widths.__getitem__)
        widths[most] -= 1
    return widths


def _word(texts: Iterable[str]) -> int:
    return max((cell_len(word) for text in texts for word in text.split(" ")), default=0)


def _lines(cells: Sequence[str], widths: Sequence[int], numbers: set[int]) -> Iterator[str]:
    """Yield the lines that a row takes."""
    folded = [list(_folded(cell, width)) for cell, width in zip(cells, widths, strict=True)]
    for parts in zip_longest(*folded, fillvalue=""):
        placed = (_placed(part, widths[i], right=i in numbers) for i, part in enumerate(parts))
        yield _GAP.join(placed).rstrip()


def _folded(cell: str, width: int) -> Iterator[str]:
    """Yield the lines of *cell*: broken between words and, of a word that is too long, inside of it."""
    if cell_len(cell) <= width:
        yield cell
        return
    line = ""
    for word in cell.split(" "):
        longer = f"{line} {word}" if line else word
        if cell_len(longer) <= width:
            line = longer
            continue
        if line:
            yield line
        *full, line = chop_cells(word, width) or [""]
        yield from full
    yield line


def _placed(part: str, width: int, *, right: bool) -> str:
    blank = " " * (width - cell_len(part))
    return blank + part if right else part + blank


def _cell(value: Cell) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: ""}[value]
    if isinstance(value, int):
        return f"{value:,}"
    return printable(str(value))
