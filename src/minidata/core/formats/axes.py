"""Where a chart's axes have their marks, and what the marks say."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

# Beyond these a number in full is longer than what it says.
_LARGEST, _SMALLEST = 1e12, 1e-6


@dataclass(frozen=True)
class Scale:
    """A vertical axis: its *marks*, from the lowest to the highest, evenly apart."""

    marks: tuple[float, ...]

    @classmethod
    def over(cls, values: Sequence[float], *, from_zero: bool, about: int = 5) -> "Scale":
        """Return a scale that all *values* fit on, with *about* so many marks at round numbers."""
        low, high = min(values, default=0.0), max(values, default=1.0)
        if from_zero:
            low, high = min(low, 0.0), max(high, 0.0)
        if low == high:
            low, high = (low, low + (abs(low) or 1.0)) if from_zero else (low - (abs(low) or 1.0), high)
        step = _round_step(high / about - low / about)
        first, last = math.floor(low / step), math.ceil(high / step)
        return cls(tuple(number * step for number in range(first, last + 1)))

    def share(self, value: float) -> float:
        """Return how far up *value* is, 0 at the lowest mark and 1 at the highest."""
        low, high = self.marks[0], self.marks[-1]
        # Halves, for the difference of two floats may be too large for one.
        return (value / 2 - low / 2) / (high / 2 - low / 2)

    def label(self, mark: float) -> str:
        """Return what stands beside *mark*: no more places than tell two marks apart."""
        step = self.marks[1] - self.marks[0]
        largest = max(abs(self.marks[0]), abs(self.marks[-1]))
        if largest >= _LARGEST or step < _SMALLEST:
            return f"{mark:.4g}"
        return f"{mark:,.{max(0, -math.floor(math.log10(step) + 1e-9))}f}"


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5, 10, 20, 50, … that is not below *least*."""
    # Never below what a float of normal precision can be counted in.
    least = max(least, 1e-300)
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
