"""
What a query answers, as values: its columns, and rows whose cells are text as Postgres writes it, None for NULL.

Text is exact for every type: nothing is rounded, and dates that no other program knows are no error.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from minidata.core.errors import ConfigError

Cells = tuple[str | None, ...]

# The schema of what readers see.
PUBLISHED = "analytics"

_NUMBERS = frozenset({"smallint", "integer", "bigint", "real", "double precision", "numeric"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer: its *name*, which may be any text, and its *type* as Postgres's format_type says it."""

    name: str
    type: str

    @property
    def numeric(self) -> bool:
        """Whether its cells are numbers, NaN and Infinity included."""
        return self.type.partition("(")[0] in _NUMBERS


@dataclass(frozen=True, slots=True)
class State:
    """Which state of the data is read: that *as_of* a time; *publish* and *run* say who made it, None for nobody."""

    as_of: datetime
    publish: int | None = None
    run: str | None = None

    def __str__(self) -> str:
        made = f", publish {self.publish}, run {self.run}" if self.publish is not None else ""
        return f"as of {self.as_of.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC{made}"


@dataclass(frozen=True)
class Question:
    """
    A query as a person wrote it, and how to speak of it.

    *what* begins messages, *path* is the file it comes from ("" for none), *denied* says what to do when it reads
    what it may not.
    """

    what: str
    text: str
    path: str = ""
    denied: str = ""

    def place(self, offset: int | None) -> str:
        """Return where the character at *offset* is, in brackets; "" where that would say nothing."""
        line = None if offset is None else 1 + self.text.count("\n", 0, offset)
        if self.path:
            return f" ({self.path}:{line})" if line else f" ({self.path})"
        return f" (line {line})" if line and "\n" in self.text.strip() else ""


class MissingRelation(ConfigError):
    """A query reads a relation that is not there, or not yet; *relation* is its name as written."""

    def __init__(self, message: str, relation: str) -> None:
        super().__init__(message)
        self.relation = relation
