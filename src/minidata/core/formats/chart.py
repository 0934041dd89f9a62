"""A chart of an answer as one inline SVG: axes, marks, words for who cannot see it. Colours are the page's."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from minidata.core.answers import Cells, Column
from minidata.core.formats.axes import Scale
from minidata.core.modelling.reports import Chart
from minidata.core.printable import printable

COLOURS = 8
WIDTH, HEIGHT = 880.0, 340.0
TOP, RIGHT = 14.0, 14.0
# About how wide a letter of the labels is, and how many of them stand side by side.
_LETTER, _LONGEST, _MOST_LABELS = 6.6, 16, 26
_BAR_SHARE, _WIDEST_BAR = 0.76, 64.0
# What is farther away (and what is infinite or no number at all) cannot be reckoned with.
_FARTHEST = 1e300


@dataclass(frozen=True)
class _Point:
    """A *value* at the place *slot* of the horizontal axis; *said* is its cell."""

    slot: int
    value: float
    said: str


@dataclass(frozen=True)
class _Plot:
    """What is drawn, and where. *names* are the labels of the slots; *lines* the points of each series."""

    chart: Chart
    names: Sequence[str]
    lines: Sequence[tuple[str, Sequence[_Point]]]
    scale: Scale
    left: float
    bottom: float

    @property
    def slot(self) -> float:
        """How wide a slot is."""
        return (WIDTH - RIGHT - self.left) / max(1, len(self.names))

    def x(self, slot: int) -> float:
        """Return the middle of a slot."""
        return self.left + (slot + 0.5) * self.slot

    def y(self, value: float) -> float:
        """Return how far down *value* is."""
        return self.bottom - self.scale.share(value) * (self.bottom - TOP)


def draw(chart: Chart, title: str, columns: Sequence[Column], rows: Sequence[Cells]) -> Iterator[str]:
    """
    Yield the chart of *rows*, and a legend when it has series.

    Cells that are NULL, NaN, infinite or beyond 1e300 are left out. The chart must fit the columns: see Chart.check.
    """
    names, lines = _lines(chart, [column.name for column in columns], rows)
    plot = _plot(chart, names, lines)
    yield f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-labelledby="chart-title chart-desc">\n'
    yield f'<title id="chart-title">{_said(title)}</title>\n<desc id="chart-desc">{_said(_told(plot))}</desc>\n'
    yield from _marks(plot)
    yield from _labels(plot)
    for number, (name, points) in enumerate(lines):
        yield from (_bars if chart.kind == "bar" else _line)(plot, number, name, points)
    yield "</svg>\n"
    if chart.series:
        yield from _legend(lines)


def _lines(
    chart: Chart, names: Sequence[str], rows: Iterable[Cells]
) -> tuple[Sequence[str], Sequence[tuple[str, Sequence[_Point]]]]:
    """Return the slots' labels and each series' points. Without series each row is a slot of its own."""
    at_x, at_y = names.index(chart.x), names.index(chart.y)
    at_series = names.index(chart.series) if chart.series else None
    slots: dict[object, int] = {}
    labels: list[str] = []
    lines: dict[str, list[_Point]] = {}
    for number, row in enumerate(rows):
        label = row[at_x] or ""
        slot = slots.setdefault(number if at_series is None else label, len(slots))
        if slot == len(labels):
            labels.append(label)
        points = lines.setdefault(chart.y if at_series is None else row[at_series] or "", [])
        value = float(row[at_y] or "nan")
        if abs(value) <= _FARTHEST:
            points.append(_Point(slot, value, row[at_y] or ""))
    return labels, list(lines.items())


def _plot(chart: Chart, names: Sequence[str], lines: Sequence[tuple[str, Sequence[_Point]]]) -> _Plot:
    values = [point.value for _, points in lines for point in points]
    scale = Scale.over(values, from_zero=chart.kind == "bar")
    left = 18 + _LETTER * max(len(scale.label(mark)) for mark in scale.marks)
    plot = _Plot(chart, names, lines, scale, left, HEIGHT - 30)
    if not _slanted(plot):
        return plot
    # Set at 35 degrees the longest label reaches down by its length times the sine, and left by it times the cosine.
    reach = _LETTER * _longest(names)
    left = max(left, 0.82 * reach - plot.slot / 2)
    return _Plot(chart, names, lines, scale, left, HEIGHT - 24 - 0.58 * reach)


def _marks(plot: _Plot) -> Iterator[str]:
    for mark in plot.scale.marks:
        y = plot.y(mark)
        kind = "zero" if mark == 0 else "grid"
        yield f'<line class="{kind}" x1="{plot.left:.1f}" x2="{WIDTH - RIGHT:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="y" x="{plot.left - 8:.1f}" y="{y + 4:.1f}">{plot.scale.label(mark)}</text>\n'


def _labels(plot: _Plot) -> Iterator[str]:
    slanted = _slanted(plot)
    for slot in range(0, len(plot.names), _every(plot)):
        x, y = plot.x(slot), plot.bottom + 18
        turn = f' transform="rotate(-35 {x:.1f} {y - 4:.1f})"' if slanted else ""
        kind = "slanted" if slanted else "x"
        yield f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{turn}>{_said(_short(plot.names[slot]))}</text>\n'


def _bars(plot: _Plot, number: int, name: str, points: Sequence[_Point]) -> Iterator[str]:
    width = min(plot.slot * _BAR_SHARE / len(plot.lines), _WIDEST_BAR)
    zero = plot.y(0.0)
    for point in points:
        x = plot.x(point.slot) + (number - len(plot.lines) / 2) * width
        top, height = min(plot.y(point.value), zero), abs(plot.y(point.value) - zero)
        yield f'<rect class="s{number % COLOURS}" x="{x:.2f}" y="{top:.2f}" width="{width:.2f}" height="{height:.2f}">'
        yield f"<title>{_said(_tip(plot, name, point))}</title></rect>\n"


def _line(plot: _Plot, number: int, name: str, points: Sequence[_Point]) -> Iterator[str]:
    """Yield a line that has a gap where a value is missing, and a dot at each value."""
    ordered = sorted(points, key=lambda point: point.slot)
    path = ""
    for before, point in zip([None, *ordered], ordered, strict=False):
        joined = before is not None and point.slot - before.slot <= 1
        path += f"{'L' if joined else 'M'}{plot.x(point.slot):.2f} {plot.y(point.value):.2f}"
    colour = f"s{number % COLOURS}"
    if path:
        yield f'<path class="{colour}" d="{path}"/>\n'
    for point in ordered:
        yield f'<circle class="{colour}" cx="{plot.x(point.slot):.2f}" cy="{plot.y(point.value):.2f}" r="3">'
        yield f"<title>{_said(_tip(plot, name, point))}</title></circle>\n"


def _legend(lines: Sequence[tuple[str, Sequence[_Point]]]) -> Iterator[str]:
    yield '<ul class="legend">\n'
    for number, (name, _) in enumerate(lines):
        yield f'<li><i class="s{number % COLOURS}"></i>{_said(name)}</li>\n'
    yield "</ul>\n"


def _told(plot: _Plot) -> str:
    """Return the chart in a sentence."""
    shape = "Bar" if plot.chart.kind == "bar" else "Line"
    by = f", by {plot.chart.series}" if plot.chart.series else ""
    told = f"{shape} chart of {plot.chart.y} over {plot.chart.x}{by}"
    points = [point for _, points in plot.lines for point in points]
    if not points:
        return f"{told}; there are no values."
    low, high = (pick(points, key=lambda point: point.value) for pick in (min, max))
    return (
        f"{told}: from {low.said} ({plot.names[low.slot]}) to {high.said} ({plot.names[high.slot]}),"
        f" {len(plot.names)} places. The table below has every value."
    )


def _tip(plot: _Plot, name: str, point: _Point) -> str:
    series = f"{name}, " if plot.chart.series else ""
    return f"{series}{plot.names[point.slot]}: {point.said}"


def _longest(names: Sequence[str]) -> int:
    return max((len(_short(name)) for name in names), default=0)


def _every(plot: _Plot) -> int:
    """Return which of the slots have labels: each, each second, …"""
    return max(1, math.ceil(len(plot.names) / _MOST_LABELS))


def _slanted(plot: _Plot) -> bool:
    """Return whether the labels are too long to stand side by side."""
    return _longest(plot.names) * _LETTER + 8 > plot.slot * _every(plot)


def _short(label: str) -> str:
    label = printable(label)
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"


def _said(text: str) -> str:
    return escape(printable(text))
