"""A clock that does not wait, and a Watch that remembers."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from minidata.core.clock import Flag


@dataclass
class TurnedClock:
    """A clock on which sleeping takes no time, and dice that always fall the same."""

    at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    chance: float = 0.5
    slept: list[float] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def now(self) -> datetime:
        return self.at + timedelta(seconds=sum(self.slept))

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def wait(self, flag: Flag, seconds: float) -> None:
        if not flag.is_set():
            self.slept.append(seconds)

    def random(self) -> float:
        return self.chance

    def token(self) -> str:
        return f"{next(self._numbers):08x}"


@dataclass
class Onlooker:
    """A Watch that remembers."""

    notes: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def note(self, line: str) -> None:
        self.notes.append(line)

    def count(self, what: str, done: int, total: int | None = None) -> None:  # noqa: ARG002 - as a Watch is
        self.counts[what] = done
