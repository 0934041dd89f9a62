"""
What was run here, as values: a line when a command begins and one when it ends, put together again.

A command that was killed has written the first line alone.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from minidata.core.errors import Exit


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str


class Begin(_Line):
    """A command begins: its *verb* and *arguments*, secrets masked, and the process *pid* that runs it."""

    kind: Literal["begin"] = "begin"
    at: AwareDatetime
    verb: str
    arguments: tuple[str, ...] = ()
    pid: int


class End(_Line):
    """A command has ended, after *seconds*; *outcome* says in one line what came of it."""

    kind: Literal["end"] = "end"
    seconds: float
    exit_code: int
    outcome: str = ""


class Entry(BaseModel):
    """One command that was run; without an *exit_code* it goes on still, or ended without a word: it was killed."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    verb: str
    arguments: tuple[str, ...]
    pid: int
    seconds: float | None = None
    exit_code: int | None = None
    outcome: str = ""

    @classmethod
    def of(cls, begin: Begin, end: End | None) -> Self:
        """Put the two lines of a command together."""
        begun = cls(at=begin.at, verb=begin.verb, arguments=begin.arguments, pid=begin.pid)
        if end is None:
            return begun
        return begun.model_copy(
            update={"seconds": end.seconds, "exit_code": end.exit_code, "outcome": end.outcome},
        )


_LINE: TypeAdapter[Begin | End] = TypeAdapter(Annotated[Begin | End, Field(discriminator="kind")])


def entries(lines: Iterable[bytes]) -> tuple[Entry, ...]:
    """Return the commands that *lines* tell of, in the order in which they began; what cannot be read is left out."""
    begun: dict[str, Begin] = {}
    ended: dict[str, End] = {}
    for line in lines:
        try:
            read = _LINE.validate_json(line)
        except ValidationError:
            # A full disk, or somebody's editor: the rest is still worth reading.
            continue
        if isinstance(read, Begin):
            begun[read.id] = read
        else:
            ended[read.id] = read
    return tuple(Entry.of(begin, ended.get(key)) for key, begin in begun.items())


def last_of(kept: Sequence[Entry], verb: str) -> Entry | None:
    """Return the newest entry of *verb*, None when there is none."""
    return next((entry for entry in reversed(kept) if entry.verb == verb), None)


def ending(entry: Entry, *, alive: bool) -> str:
    """Return in words how the command ended; *alive* is whether its process is there still."""
    if entry.exit_code is None:
        return "running" if alive else "ended without a word"
    name = Exit(entry.exit_code).name if entry.exit_code in {code.value for code in Exit} else ""
    return f"{entry.exit_code} {name}".strip()
