"""Plain text: an aligned table for a terminal, CSV (RFC 4180), a Markdown table."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import chain, islice

from minidata.core.answers import AnswerColumn, Row
from minidata.core.formats.widths import shortened, width
from minidata.core.printable import printable

# So many rows are looked at to find a column's width; a longer value further down pushes its line to the right.
LOOKED_AT = 1_000
WIDEST = 60
_MARKDOWN = re.compile(r"([\\`*_\[\]|~$])")
_QUOTED = re.compile(r'[",\r\n]')


def table(columns: Sequence[AnswerColumn], rows: Iterable[Row]) -> Iterator[str]:
    """Yield aligned lines: numbers to the right, NULL as nothing, what a terminal would obey spelled out."""
    rows = iter(rows)
    first = [_shown(row) for row in islice(rows, LOOKED_AT)]
    names = [printable(column.name) for column in columns]
    right = [column.kind == "number" for column in columns]
    widths = [max(map(width, values)) for values in zip(names, *first, strict=True)]
    yield _line(names, widths, right)
    yield "  ".join("-" * width for width in widths) + "\n"
    for cells in chain(first, map(_shown, rows)):
        yield _line(cells, widths, right)


def csv(columns: Sequence[AnswerColumn], rows: Iterable[Row]) -> Iterator[str]:
    """Yield what ``COPY … TO STDOUT (FORMAT csv, HEADER)`` writes: NULL is nothing, an empty text is two quotes."""
    alone = len(columns) == 1
    yield ",".join(_csv_cell(column.name, alone=alone) for column in columns) + "\n"
    for row in rows:
        yield ",".join(_csv_cell(value, alone=alone) for value in row) + "\n"


def markdown(columns: Sequence[AnswerColumn], rows: Iterable[Row]) -> Iterator[str]:
    """Yield a table as GitHub's Markdown has it; nothing in a cell is markup."""
    yield "| " + " | ".join(_markdown_cell(column.name) for column in columns) + " |\n"
    yield "|" + "|".join("---:" if column.kind == "number" else "---" for column in columns) + "|\n"
    for row in rows:
        yield "| " + " | ".join(map(_markdown_cell, row)) + " |\n"


def _shown(row: Row) -> list[str]:
    return ["" if value is None else shortened(printable(value), WIDEST) for value in row]


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = []
    for cell, wide, to_right in zip(cells, widths, right, strict=True):
        space = " " * (wide - width(cell))
        padded.append(space + cell if to_right else cell + space)
    return "  ".join(padded).rstrip() + "\n"


def _csv_cell(value: str | None, *, alone: bool) -> str:
    if value is None:
        return ""
    # Postgres quotes a lone \. too: it has ended the data for older readers.
    if value == "" or _QUOTED.search(value) or (alone and value == "\\."):
        return '"' + value.replace('"', '""') + '"'
    return value


def _markdown_cell(value: str | None) -> str:
    if value is None:
        return ""
    lines = value.replace("\r\n", "\n").split("\n")
    return "<br>".join(_MARKDOWN.sub(r"\\\1", escape(printable(line), quote=False)) for line in lines)
