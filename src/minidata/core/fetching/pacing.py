"""
When a request may go out: a Source's rate, and the pauses that the API itself asks for.

All threads that ask one API share a Pace, one at a time. It looks at no clock: moments are seconds that never go back.
"""

from math import inf


class Pace:
    """Hands out turns, at most *rate* of them a second (None: as many as are wanted)."""

    def __init__(self, rate: float | None) -> None:
        self._gap = 0.0 if rate is None else 1.0 / rate
        self._free_at = -inf
        self._held_until = -inf

    def turn(self, now: float) -> float:
        """Return the moment of the next turn that is free, which is nobody else's from now on."""
        at = max(now, self._free_at, self._held_until)
        self._free_at = at + self._gap
        return at

    def hold(self, until: float) -> None:
        """Let there be no turn before *until*; those that were handed out for earlier moments lapse."""
        self._held_until = max(self._held_until, until)

    def held_for(self, now: float) -> float:
        """Return for how many seconds there is no turn for anybody."""
        return max(0.0, self._held_until - now)

    def lapsed(self, at: float) -> bool:
        """Return whether the turn at the moment *at* is none any more: who has it needs another one."""
        return at < self._held_until
