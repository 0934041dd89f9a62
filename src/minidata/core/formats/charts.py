"""Charts as inline SVG: bars or a line, with axes, ticks and labels; readable without colour and by a screen reader."""

import math
from collections.abc import Iterator, Sequence
from html import escape

from minidata.core.printable import printable
from minidata.core.reports import Chart

WIDTH, HEIGHT = 860, 340
LEFT, RIGHT, TOP, BOTTOM = 80, 12, 16, 64
MOST = 400
_LABELS = 12
_LABEL = 18

Point = tuple[str, float]


def svg(chart: Chart, title: str, points: Sequence[Point]) -> str:
    """Return the picture of *points*, label and value each, as one ``<svg>`` element; "" when there are none."""
    points = points[:MOST]
    if not points:
        return ""
    ticks = ticks_for(min(0.0, *(y for _, y in points)), max(0.0, *(y for _, y in points)))
    scale = _Scale(ticks[0], ticks[-1], len(points))
    draw = _bars if chart.kind == "bar" else _polyline
    name = escape(f"{title}: {chart.y} by {chart.x}")
    return "\n".join(
        [
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name}">',
            f"<title>{name}</title>",
            *_grid(scale, ticks),
            *draw(scale, points),
            *_labels(scale, points),
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


class _Scale:
    """From values to places in the picture."""

    def __init__(self, low: float, high: float, count: int) -> None:
        self.low, self.high = low, high
        self.slot = (WIDTH - LEFT - RIGHT) / count

    def x(self, index: int) -> float:
        return LEFT + (index + 0.5) * self.slot

    def y(self, value: float) -> float:
        return TOP + (self.high - value) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)


def _grid(scale: _Scale, ticks: Sequence[float]) -> Iterator[str]:
    for tick in ticks:
        y = scale.y(tick)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_number(tick)}</text>'


def _bars(scale: _Scale, points: Sequence[Point]) -> Iterator[str]:
    width = max(scale.slot * 0.72, 1)
    for index, (label, value) in enumerate(points):
        top, bottom = sorted((scale.y(value), scale.y(0)))
        x = scale.x(index) - width / 2
        yield (
            f'<rect class="bar" x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{bottom - top:.1f}">'
            f"<title>{_escaped(label)}: {_number(value)}</title></rect>"
        )


def _polyline(scale: _Scale, points: Sequence[Point]) -> Iterator[str]:
    path = " ".join(f"{scale.x(index):.1f},{scale.y(value):.1f}" for index, (_, value) in enumerate(points))
    yield f'<polyline class="line" points="{path}"/>'
    for index, (label, value) in enumerate(points):
        yield (
            f'<circle class="dot" cx="{scale.x(index):.1f}" cy="{scale.y(value):.1f}" r="3">'
            f"<title>{_escaped(label)}: {_number(value)}</title></circle>"
        )


def _labels(scale: _Scale, points: Sequence[Point]) -> Iterator[str]:
    every = math.ceil(len(points) / _LABELS)
    for index in range(0, len(points), every):
        x, y = scale.x(index), HEIGHT - BOTTOM + 18
        label = points[index][0]
        short = label if len(label) <= _LABEL else label[: _LABEL - 1] + "…"
        turned = f'text-anchor="end" transform="rotate(-30 {x:.1f} {y})"'
        yield f'<text x="{x:.1f}" y="{y}" {turned}>{_escaped(short)}</text>'


def _number(value: float) -> str:
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"  # noqa: PLR2004 - where six digits end


def _escaped(text: str) -> str:
    return escape(printable(text))
