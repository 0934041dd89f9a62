"""Charts as inline SVG: bars or a line, with axes, ticks and labels; readable without colour and by a screen reader."""

import math
from collections.abc import Iterator, Sequence
from html import escape

from minidata.core.formats.widths import shortened, width
from minidata.core.printable import printable
from minidata.core.reports import Chart

WIDTH, HEIGHT = 860, 360
LEFT, RIGHT, TOP = 80, 12, 22
MOST = 400
# So many labels stand along the x axis at most, and so wide is one, in characters.
_LABELS = 12
_LABEL = 16
# What a character takes in pixels: of a label, of the number over a bar.
_SIGN = 7.0
_SMALL_SIGN = 6.4
_TURN = 32
# Beyond these a double has no room for the arithmetic of a picture.
_TINY, _HUGE = 1e-200, 1e200
_UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"))

Point = tuple[str, float]


def svg(chart: Chart, title: str, points: Sequence[Point]) -> str:
    """Return the picture of *points*, label and value each, as one ``<svg>`` element; "" when there are none."""
    points = [(label, _drawable(value)) for label, value in points[:MOST]]
    if not points:
        return ""
    values = [value for _, value in points]
    scale = _Scale(ticks_for(min(0.0, *values), max(0.0, *values)), [label for label, _ in points])
    draw = _bars if chart.kind == "bar" else _polyline
    name = _escaped(f"{title}: {chart.y} by {chart.x}")
    return "\n".join(
        [
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name}">',
            f"<title>{name}</title>",
            *_grid(scale),
            *draw(scale, points),
            *_labels(scale),
            "</svg>",
        ]
    )


def ticks_for(low: float, high: float, about: int = 5) -> list[float]:
    """Return about so many round numbers that span *low* to *high*."""
    if low == high:
        high = low + 1
    rough = (high - low) / about
    size = 10.0 ** math.floor(math.log10(rough))
    step = next((m * size for m in (1, 2, 2.5, 5) if m * size >= rough), 10 * size)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, last + 1)]


def number_text(value: float) -> str:
    """Return *value* as a person reads it, to about four digits: 950, 12,500, 1.25M."""
    for unit, letter in _UNITS:
        if unit <= abs(value) < 1000 * _UNITS[0][0]:
            return f"{value / unit:.4g}{letter}"
    if 1000 <= abs(value) < _UNITS[-1][0]:  # noqa: PLR2004 - from here on no digit stands behind the point
        return f"{value:,.0f}"
    return f"{value:.4g}"


def short_text(value: float) -> str:
    """Return *value* where there is little room: 950, 12.5k, 1.2M."""
    for unit, letter in (*_UNITS, (1e3, "k")):
        if unit <= abs(value) < 1000 * _UNITS[0][0]:
            return f"{round(value / unit, 1):g}{letter}"
    return f"{value:.3g}"


class _Scale:
    """From values to places in the picture."""

    def __init__(self, ticks: Sequence[float], labels: Sequence[str]) -> None:
        self.ticks = ticks
        self.slot = (WIDTH - LEFT - RIGHT) / len(labels)
        self.every = math.ceil(len(labels) / _LABELS)
        self.labels = [shortened(printable(label), _LABEL) for label in labels]
        longest = max(map(width, self.labels)) * _SIGN
        self.turned = longest > self.slot * self.every - _SIGN
        depth = longest * math.sin(math.radians(_TURN)) if self.turned else 0.0
        self.bottom = HEIGHT - 26 - depth

    def x(self, index: int) -> float:
        return LEFT + (index + 0.5) * self.slot

    def y(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return TOP + (high - value) / (high - low) * (self.bottom - TOP)


def _grid(scale: _Scale) -> Iterator[str]:
    for tick in scale.ticks:
        y = scale.y(tick)
        name = "axis" if tick == 0 else "grid"
        yield f'<line class="{name}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{number_text(tick)}</text>'


def _bars(scale: _Scale, points: Sequence[Point]) -> Iterator[str]:
    wide = max(scale.slot * 0.72, 1)
    # All bars carry their number, or none does.
    numbered = max(len(short_text(value)) for _, value in points) * _SMALL_SIGN < scale.slot
    for index, (label, value) in enumerate(points):
        top, bottom = sorted((scale.y(value), scale.y(0)))
        x = scale.x(index)
        yield (
            f'<rect class="bar" x="{x - wide / 2:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{bottom - top:.1f}">'
            f"<title>{_escaped(label)}: {number_text(value)}</title></rect>"
        )
        if numbered:
            y = top - 5 if value >= 0 else bottom + 13
            yield f'<text class="value" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{short_text(value)}</text>'


def _polyline(scale: _Scale, points: Sequence[Point]) -> Iterator[str]:
    path = " ".join(f"{scale.x(index):.1f},{scale.y(value):.1f}" for index, (_, value) in enumerate(points))
    yield f'<polyline class="line" points="{path}"/>'
    for index, (label, value) in enumerate(points):
        yield (
            f'<circle class="dot" cx="{scale.x(index):.1f}" cy="{scale.y(value):.1f}" r="3">'
            f"<title>{_escaped(label)}: {number_text(value)}</title></circle>"
        )


def _labels(scale: _Scale) -> Iterator[str]:
    for index in range(0, len(scale.labels), scale.every):
        x, y = scale.x(index), scale.bottom + 18
        turned = f'text-anchor="end" transform="rotate(-{_TURN} {x:.1f} {y:.1f})"'
        place = turned if scale.turned else 'text-anchor="middle"'
        yield f'<text x="{x:.1f}" y="{y:.1f}" {place}>{escape(scale.labels[index])}</text>'


def _drawable(value: float) -> float:
    return 0.0 if abs(value) < _TINY else max(-_HUGE, min(_HUGE, value))


def _escaped(text: str) -> str:
    return escape(printable(text))
