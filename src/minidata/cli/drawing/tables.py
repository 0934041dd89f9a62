"""Tables, as every drawing has them."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from minidata.core.printable import printable

if TYPE_CHECKING:
    from minidata.cli.desk import Desk

Cell = object


def draw_table(desk: "Desk", columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, numbers: set[int]) -> None:
    """Draw a table; the columns at the positions *numbers* are set to the right."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=any(columns))
    for index, column in enumerate(columns):
        table.add_column(printable(column), justify="right" if index in numbers else "left", overflow="fold")
    for row in rows:
        # Before it is drawn: a cell may be folded, and half a secret is none that anybody knows.
        table.add_row(*(desk.masked(_cell(value)) for value in row))
    desk.out.print(table)


def draw(desk: "Desk", columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Draw a table; columns of numbers are set to the right."""
    numbers = {i for i in range(len(columns)) if rows and all(isinstance(row[i], int | float) for row in rows)}
    draw_table(desk, columns, rows, numbers=numbers)


def _cell(value: Cell) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: ""}[value]
    if isinstance(value, int):
        return f"{value:,}"
    return printable(str(value))
