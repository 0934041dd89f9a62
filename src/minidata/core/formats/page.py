"""
One HTML file that needs nothing else: no script, no font, no request, and it says so to the browser.

Everything that comes from data or from a file is escaped, and characters that move or hide text are spelled out.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import chain, islice

from minidata.core.answers import Cells, Column
from minidata.core.formats.about import About
from minidata.core.formats.chart import draw
from minidata.core.formats.style import STYLE
from minidata.core.formats.table import NULL
from minidata.core.printable import printable

# A chart needs all of its rows before the first can be written, and nobody can read one of more.
MOST_DRAWN = 1000
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(columns: Sequence[Column], rows: Iterable[Cells], about: About) -> Iterator[str]:
    """Yield the page: title, chart when one is asked for, table, and a footer that says what is shown."""
    title = about.title or "Query"
    coming = iter(rows)
    yield from _head(title, about)
    if about.chart:
        drawn = list(islice(coming, MOST_DRAWN + 1))
        yield from _figure(columns, drawn, about)
        coming = chain(drawn, coming)
    yield f'<div class="rows" tabindex="0" role="region" aria-label="{_said(title)}">\n<table>\n<thead><tr>'
    yield from (f'<th scope="col"{_number(column)}>{_said(column.name)}</th>' for column in columns)
    yield "</tr></thead>\n<tbody>\n"
    count = 0
    for count, row in enumerate(coming, start=1):  # noqa: B007 - told in the footer
        yield _row(columns, row)
    yield "</tbody>\n</table>\n</div>\n"
    yield from _foot(count, about)


def _head(title: str, about: About) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="referrer" content="no-referrer">\n'
    yield f'<meta name="generator" content="minidata {_said(about.version)}">\n'
    yield f"<title>{_said(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
    yield f"<header>\n<h1>{_said(title)}</h1>\n"
    if about.description:
        yield f"<p>{_said(about.description)}</p>\n"
    yield "</header>\n"


def _figure(columns: Sequence[Column], rows: Sequence[Cells], about: About) -> Iterator[str]:
    if about.chart is None or not rows:
        return
    if len(rows) > MOST_DRAWN:
        yield f'<p class="note">There are more than {MOST_DRAWN:,} rows, too many for a chart.</p>\n'
        return
    yield f"<figure>\n<figcaption>{_said(about.chart.y)} by {_said(about.chart.x)}</figcaption>\n"
    yield from draw(about.chart, about.title, columns, rows)
    yield "</figure>\n"


def _row(columns: Sequence[Column], row: Cells) -> str:
    return f"<tr>{''.join(map(_cell, columns, row))}</tr>\n"


def _cell(column: Column, cell: str | None) -> str:
    if cell is None:
        return f'<td class="{"n " if column.numeric else ""}null">{NULL}</td>'
    return f"<td{_number(column)}>{_said_in_lines(cell)}</td>"


def _number(column: Column) -> str:
    return ' class="n"' if column.numeric else ""


def _foot(count: int, about: About) -> Iterator[str]:
    rows = "1 row" if count == 1 else f"{count:,} rows"
    state = str(about.state)
    yield f"<footer>\n<p>{rows} {_said(state)}; minidata {_said(about.version)}</p>\n"
    yield f"<details><summary>SQL</summary>\n<pre><code>{_said_in_lines(about.sql)}</code></pre></details>\n"
    yield "</footer>\n</main>\n</body>\n</html>\n"


def _said(text: str) -> str:
    return escape(printable(text))


def _said_in_lines(text: str) -> str:
    """Return the text with its line ends and tabs as they are."""
    return "\n".join("\t".join(map(_said, line.split("\t"))) for line in text.split("\n"))
