"""A Markdown table (GitHub's), in which nothing out of the data is markup."""

import re
from collections.abc import Iterable, Iterator, Sequence

from minidata.core.answers import Cells, Column
from minidata.core.formats.about import About
from minidata.core.formats.table import NULL
from minidata.core.printable import printable

# A backslash takes the meaning from any of these; CommonMark promises it for all ASCII punctuation.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#+!|~&$@]")
_LINE_END = re.compile(r"\r\n|\r|\n")


def markdown(columns: Sequence[Column], rows: Iterable[Cells], about: About) -> Iterator[str]:
    """Yield the table; a report's title, description and state of the data around it."""
    if about.title:
        yield f"# {_escaped(about.title)}\n\n"
    if about.description:
        yield f"{_escaped(about.description)}\n\n"
    yield _line(_escaped(column.name) for column in columns)
    yield _line("---:" if column.numeric else "---" for column in columns)
    numbers = [column.numeric for column in columns]
    for row in rows:
        yield _line(_cell(cell, number) for cell, number in zip(row, numbers, strict=True))
    if about.title:
        yield f"\n{_escaped(str(about.state).capitalize())}; minidata {about.version}.\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _cell(cell: str | None, number: bool) -> str:  # noqa: FBT001 - one of two kinds of cell
    if cell is None:
        return NULL
    return cell if number else _escaped(cell)


def _escaped(text: str) -> str:
    lines = _LINE_END.split(text)
    return "<br>".join(_MARKUP.sub(r"\\\g<0>", printable(line)) for line in lines)
