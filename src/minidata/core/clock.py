"""Time and chance, as a value that is handed in: core and steps never look at a clock of their own."""

from datetime import datetime
from typing import Protocol


class Flag(Protocol):
    """Something that is set once, by another thread."""

    def is_set(self) -> bool:
        """Return whether it is."""

    def wait(self, timeout: float | None = None) -> bool:
        """Come back when it is set, or after *timeout* seconds; return whether it is."""


class Clock(Protocol):
    """What a step needs from the world to be on time. Tests hand in one that they can turn."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never go back; only differences mean something."""

    def sleep(self, seconds: float) -> None:
        """Come back when *seconds* have passed."""

    def wait(self, flag: Flag, seconds: float) -> None:
        """Come back when *flag* is set, or when *seconds* have passed."""

    def random(self) -> float:
        """Return a number in [0, 1)."""

    def token(self) -> str:
        """Return eight hexadecimal digits that nobody can guess."""
