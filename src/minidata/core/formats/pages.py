"""An HTML page of its own: nothing is fetched, nothing in it runs, and whatever comes from data is text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain, islice

from minidata.core.answers import AnswerColumn, Row
from minidata.core.formats.charts import MOST, svg
from minidata.core.printable import printable
from minidata.core.reports import Chart, Report

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2330;--soft:#5d6778;--line:#dfe3ea;--paper:#fff;--band:#f6f7f9;--mark:#2f6fde}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#98a2b3;--line:#2c3340;--paper:#14181f;--band:#1a1f28;--mark:#6ea0ff}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:960px;margin:0 auto;padding:40px 20px}h1{font-size:26px;line-height:1.2;margin:0 0 6px}
p{color:var(--soft);margin:0 0 24px;max-width:75ch;text-wrap:pretty}figure{margin:0 0 28px}
figcaption{font-weight:600;font-size:13px;color:var(--soft);margin:0 0 4px}
svg{width:100%;height:auto;display:block;overflow:visible}
svg text{fill:var(--soft);font-size:12px}svg .value{font-size:10px;fill:var(--ink)}
.grid{stroke:var(--line)}.axis{stroke:var(--soft)}.bar{fill:var(--mark)}.bar:hover{opacity:.75}
.line{fill:none;stroke:var(--mark);stroke-width:2.5}.dot{fill:var(--mark)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:7px 12px;text-align:left;border-bottom:1px solid var(--line);white-space:pre-wrap;overflow-wrap:anywhere}
th{color:var(--soft);font-weight:600;font-size:13px;white-space:nowrap}tbody tr:nth-child(even){background:var(--band)}
.n{text-align:right;white-space:nowrap}.null{color:var(--soft);opacity:.6}
footer{color:var(--soft);font-size:13px;margin-top:28px}pre{background:var(--band);padding:14px;overflow-x:auto}
@media print{main{padding:0;max-width:none}details{display:none}}
""".strip()


@dataclass(frozen=True, slots=True)
class Origin:
    """What an answer rests on, for the foot of the page: when it was asked, what was published, by which minidata."""

    as_of: str
    publish: str
    minidata: str


def html(report: Report, origin: Origin, columns: Sequence[AnswerColumn], rows: Iterable[Row]) -> Iterator[str]:
    """Yield the page: title, chart where the Report asks for one, table, and in the foot what it rests on."""
    rows = iter(rows)
    first = list(islice(rows, MOST))
    title = _escaped(report.title)
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    )
    yield f"<p>{_escaped(report.description)}</p>\n" if report.description else ""
    if report.chart is not None:
        yield _figure(report.chart, report.title, points_of(report.chart, columns, first))
    yield from _table(columns, chain(first, rows))
    yield _foot(report, origin)


def points_of(chart: Chart, columns: Sequence[AnswerColumn], rows: Iterable[Row]) -> list[tuple[str, float]]:
    """Return what the chart shows of *rows*: its x as text, its y as a number; rows without a number are left out."""
    names = [column.name for column in columns]
    if chart.x not in names or chart.y not in names:
        return []
    x, y = names.index(chart.x), names.index(chart.y)
    return [(row[x] or "", number) for row in rows if (number := _finite(row[y])) is not None]


def _figure(chart: Chart, title: str, points: Sequence[tuple[str, float]]) -> str:
    picture = svg(chart, title, points)
    if not picture:
        return ""
    caption = f"{chart.y} by {chart.x}" + (f", the first {MOST} rows" if len(points) == MOST else "")
    return f"<figure>\n<figcaption>{_escaped(caption)}</figcaption>\n{picture}\n</figure>\n"


def _finite(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def _table(columns: Sequence[AnswerColumn], rows: Iterable[Row]) -> Iterator[str]:
    marks = [' class="n"' if column.kind == "number" else "" for column in columns]
    heads = "".join(f"<th{mark}>{_escaped(column.name)}</th>" for column, mark in zip(columns, marks, strict=True))
    yield f'<div class="wide"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n'
    for row in rows:
        yield "<tr>" + "".join(map(_cell, row, marks)) + "</tr>\n"
    yield "</tbody>\n</table></div>\n"


def _cell(value: str | None, mark: str) -> str:
    if value is None:
        return '<td class="null">∅</td>'
    return f"<td{mark}>{_escaped(value)}</td>"


def _foot(report: Report, origin: Origin) -> str:
    question = _escaped(report.sql.expandtabs(4))
    return (
        f"<footer>As of {_escaped(origin.as_of)} · {_escaped(origin.publish)} · minidata {_escaped(origin.minidata)}\n"
        f"<details><summary>The question, in SQL</summary><pre>{question}</pre></details>\n</footer>\n"
        "</main>\n</body>\n</html>\n"
    )


def _escaped(text: str) -> str:
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(escape(printable(line)) for line in lines)
