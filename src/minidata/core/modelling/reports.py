"""
Reports: one file of ``sql/reports``, one question. Comments at its top say how the answer is to be shown:

    -- title: Revenue by month
    -- description: What was ordered, and what was paid back.
    --   A line that is set in goes on with the one above it.
    -- chart: bar x=month y=revenue
    select …

A Report's name is its file's. Everything is optional; comments without a key are only comments.
"""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from minidata.core.answers import Column
from minidata.core.errors import ConfigError, RefusedError, UnknownName
from minidata.core.names import MAX_BYTES, checked_name
from minidata.core.places import Place

FOLDER = "sql/reports"
ENDING = ".sql"
KEYS = ("title", "description", "chart")

_COMMENT = re.compile(r"--(?P<said>.*)")
_KEY = re.compile(r"\s*(?P<key>[A-Za-z_]+)\s*:(?:\s+(?P<value>.*))?\Z")
_SET_IN = re.compile(r"(?: {2,}|\t)\S")
_PATH = re.compile(r"[/\\\0]|^\.")
_CHART_HINT = "write for example: bar x=month y=revenue, or line x=day y=strongest series=region"

Kind = Literal["bar", "line"]


@dataclass(frozen=True)
class Chart:
    """A drawing of an answer: *y* over *x*, one bar or line for each *series*. All three are names of columns."""

    kind: Kind
    x: str
    y: str
    series: str | None
    place: Place

    def check(self, columns: Sequence[Column]) -> None:
        """Raise UnknownName for a column that is not among *columns*, ConfigError when *y* is no number."""
        by_name = {column.name: column for column in columns}
        for name in (self.x, self.y, self.series):
            if name is not None and name not in by_name:
                raise UnknownName("column of the chart", name, by_name, where=str(self.place))
        if not by_name[self.y].numeric:
            raise ConfigError(f"{self.place}: the chart's y, {self.y!r}, is {by_name[self.y].type} and no number")


@dataclass(frozen=True)
class Report:
    """One question. *text* is the whole file, which Postgres is asked as it is; *sql* is it without the header."""

    name: str
    path: str
    text: str
    sql: str
    title: str
    description: str = ""
    chart: Chart | None = None


@dataclass(frozen=True)
class _Entry:
    place: Place
    value: str


def read_report(path: str, text: str) -> Report:
    """Understand the file at *path*, seen from the project. Raises ConfigError, naming file and line."""
    name = path.rpartition("/")[2].removesuffix(ENDING)
    try:
        checked_name("report", name)
    except ConfigError as exc:
        raise ConfigError(f"{path}: {exc}", hint=exc.hint) from None
    header, length = _header(path, text)
    sql = "\n".join(text.split("\n")[length:]).strip()
    if not sql:
        raise ConfigError(f"{path} asks nothing", hint="write one SELECT into it")
    said = {key: entry.value for key, entry in header.items()}
    chart = _chart(header["chart"]) if "chart" in header else None
    title = said.get("title") or name.replace("_", " ").capitalize()
    return Report(name, path, text, sql, title, said.get("description", ""), chart)


def chosen(reports: Sequence[Report], names: Iterable[str]) -> Sequence[Report]:
    """
    Return the reports called *names*, each once, in that order; all for no names.

    Raises UnknownName, and RefusedError for what is no name but a path.
    """
    by_name = {report.name: report for report in reports}
    wanted = list(dict.fromkeys(names)) or list(by_name)
    for name in wanted:
        if _PATH.search(name) or len(name) > MAX_BYTES:
            raise RefusedError(f"report {name[:80]!r} is no name", hint=f"say the name of a file in {FOLDER}")
        if name not in by_name:
            raise UnknownName("report", name, by_name, hint=f"reports are the files of {FOLDER}")
    return [by_name[name] for name in wanted]


def _header(path: str, text: str) -> tuple[Mapping[str, _Entry], int]:
    """Return what the comments at the top say, by key, and how many lines the header has."""
    entries: dict[str, _Entry] = {}
    last: str | None = None
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        comment = _COMMENT.match(line.strip())
        if line.strip() and not comment:
            return entries, number - 1
        said = comment["said"] if comment else ""
        if last and _SET_IN.match(said) and not _names_key(said):
            entries[last] = _Entry(entries[last].place, f"{entries[last].value} {said.strip()}".strip())
        else:
            last = _read_key(entries, Place(path, number), said)
    return entries, len(lines)


def _names_key(said: str) -> bool:
    match = _KEY.match(said)
    return match is not None and match["key"] in KEYS


def _read_key(entries: dict[str, _Entry], place: Place, said: str) -> str | None:
    """Add what a line says to *entries*; return its key, None when it is only a comment."""
    match = _KEY.match(said)
    if not match:
        return None
    key = match["key"]
    if key not in KEYS:
        raise UnknownName("key of a report", key, KEYS, where=str(place))
    if key in entries:
        raise ConfigError(f"{place}: {key} is there twice, see {entries[key].place}")
    entries[key] = _Entry(place, (match["value"] or "").strip())
    return key


def _chart(entry: _Entry) -> Chart:
    place = entry.place
    try:
        kind, *said = shlex.split(entry.value)
    except ValueError:
        raise ConfigError(f"{place}: the chart {entry.value!r} cannot be read", hint=_CHART_HINT) from None
    if kind not in get_args(Kind):
        raise UnknownName("kind of chart", kind, get_args(Kind), where=str(place))
    columns: dict[str, str] = {}
    for word in said:
        axis, sign, column = word.partition("=")
        if axis not in {"x", "y", "series"}:
            raise UnknownName("word of a chart", axis, ["x", "y", "series"], where=str(place))
        if not (sign and column) or axis in columns:
            raise ConfigError(f"{place}: the chart must name one column for {axis}", hint=_CHART_HINT)
        columns[axis] = column
    for axis in ("x", "y"):
        if axis not in columns:
            raise ConfigError(f"{place}: the chart has no {axis}", hint=_CHART_HINT)
    return Chart("bar" if kind == "bar" else "line", columns["x"], columns["y"], columns.get("series"), place)
