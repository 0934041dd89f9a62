"""What a query answers: columns with their kinds, and rows of Postgres's own text."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "boolean", "json", "text"]
# One row: each value as Postgres writes it, None for NULL.
Row = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """One column of an answer; *type* is what Postgres calls its type."""

    name: str
    type: str

    @property
    def kind(self) -> Kind:
        """What a reader makes of its values."""
        if self.type in _NUMBERS:
            return "number"
        return {"boolean": "boolean", "json": "json", "jsonb": "json"}.get(self.type, "text")  # type: ignore[return-value]


_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision", "oid"})
