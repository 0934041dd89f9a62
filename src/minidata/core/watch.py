"""How a step tells what it is doing while it does it. Facts come back as values; this is for the one who waits."""

from dataclasses import dataclass
from typing import Protocol


class Watch(Protocol):
    """Somebody who looks on: the command line draws it on a terminal, tests collect it."""

    def note(self, line: str) -> None:
        """Something worth a line has happened."""

    def count(self, what: str, done: int, total: int | None = None) -> None:
        """*done* of *total* (None: not known) of *what* is done; called often, drawn seldom."""


@dataclass(frozen=True, slots=True)
class Nobody:
    """A Watch that looks away."""

    def note(self, line: str) -> None:
        """Look away."""

    def count(self, what: str, done: int, total: int | None = None) -> None:
        """Look away."""
