"""How a step tells what it is doing while it does it. Facts come back as values; this is for the one who waits."""

import json
from dataclasses import asdict, dataclass
from typing import Protocol

# The variable that is set where whoever reads the progress draws it elsewhere, and so wants Counts as lines.
PROGRESS = "MINIDATA_PROGRESS"
# Text is made safe to show before it is a note: this character is spelled out in it.
_COUNT = "\x1e"


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


@dataclass(frozen=True, slots=True)
class Count:
    """What a Watch is told of progress, also as a line that no note can be: a control character begins it."""

    what: str
    done: int
    total: int | None

    def line(self) -> str:
        """Return it as one line."""
        return f"{_COUNT}{json.dumps(asdict(self))}"

    @classmethod
    def read(cls, line: str) -> "Count | None":
        """Return the Count that *line* is, None when it is a note."""
        return cls(**json.loads(line.removeprefix(_COUNT))) if line.startswith(_COUNT) else None
