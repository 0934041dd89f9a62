"""
A Report: one question, written down as SQL with a small header.

    -- title: Revenue by month
    -- description: What came in, what went back, and what stayed.
    -- chart: bar x=month y=net_revenue
    select * from revenue_by_month order by month
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from minidata.core.errors import ConfigError, UnknownName
from minidata.core.names import checked_name

_HEADER = re.compile(r"--\s*(?P<key>[A-Za-z_]+)\s*:\s*(?P<value>.*?)\s*\Z")
_KEYS = ("title", "description", "chart")
_CHART_KEYS = ("x", "y")
_KINDS = ("bar", "line")


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of two of the columns: *x* along, *y* up."""

    kind: Literal["bar", "line"]
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Report:
    """One question: its *sql*, and how to show the answer. *where* is its file, for messages."""

    name: str
    sql: str
    where: str
    title: str
    description: str = ""
    chart: Chart | None = None


def parse_report(name: str, text: str, where: str) -> Report:
    """
    Read the Report called *name* from its file's *text*; its header is in the comments before the query.

    Raises ConfigError, with the line, for a wrong header.
    """
    checked_name("report", name)
    sql = text.removeprefix("\ufeff")
    header: dict[str, str] = {}
    chart = None
    for number, line in _comments(sql):
        match = _HEADER.match(line)
        if match is None:
            continue
        key, value, place = match["key"].lower(), match["value"], f"{where}:{number}"
        if key not in _KEYS:
            raise UnknownName("header", key, _KEYS, where=place)
        if key in header:
            raise ConfigError(f"{place}: {key} is given twice")
        if key == "chart":
            chart = _chart(value, place)
        header[key] = value
    title = header.get("title") or name.replace("_", " ").capitalize()
    return Report(name, sql, where, title, header.get("description", ""), chart)


def _comments(sql: str) -> Iterator[tuple[int, str]]:
    """Yield each line, with its number, until one is neither empty nor a comment."""
    for number, line in enumerate(sql.split("\n"), start=1):
        if line.strip() and not line.lstrip().startswith("--"):
            return
        yield number, line.strip()


def _chart(value: str, where: str) -> Chart:
    kind, *pairs = value.split() or [""]
    if kind not in _KINDS:
        raise UnknownName("chart", kind, _KINDS, where=where)
    axes = dict(pair.partition("=")[::2] for pair in pairs)
    for axis in axes:
        if axis not in _CHART_KEYS:
            raise UnknownName("axis", axis, _CHART_KEYS, where=where)
    if not axes.get("x") or not axes.get("y"):
        raise ConfigError(f"{where}: a chart needs x and y", hint="write -- chart: bar x=month y=revenue")
    return Chart("bar" if kind == "bar" else "line", axes["x"], axes["y"])
