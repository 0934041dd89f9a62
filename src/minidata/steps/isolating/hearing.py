"""
What a stage says out of its container: notes on stderr, on stdout an answer's bytes and then one JSON object.

The object is what `--json` prints, and becomes what the step would have returned, or raised, in this process.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from minidata.adapters.docker.services import Ended
from minidata.core.errors import (
    ConfigError,
    EngineError,
    Exit,
    LockedError,
    MinidataError,
    RefusedError,
    SourceError,
    StoreError,
)
from minidata.core.watch import Count, Watch

Facts = TypeVar("Facts")

_ERRORS: dict[int, type[MinidataError]] = {
    kind.exit_code: kind for kind in (ConfigError, SourceError, StoreError, EngineError, LockedError, RefusedError)
}
# Where the object after an answer begins. In it, as text, the same would have its quotes escaped.
_OBJECT = b'{"ok":'
# How much of an answer is held back, since it may be the object already.
_HELD = 1 << 18
# With these begins how a command fails: its facts say so too, or else it is told when all is known.
_FAILING = ("error: ", "Traceback ", "interrupted; ")
_SIGNALLED = {137, 143}


class StageBroke(Exception):
    """minidata has a bug that showed in a container; the message ends with the traceback from there."""


@dataclass
class Hearing:
    """A Listener to *stage*: what comes before the object goes to *stdout*, where the stage has bytes to give."""

    stage: str
    watch: Watch
    stdout: BinaryIO | None = None
    _held: bytearray = field(default_factory=bytearray)
    _line: bytes = b""
    _failing: deque[str] = field(default_factory=lambda: deque(maxlen=200))

    def out(self, piece: bytes) -> None:
        """Hand an answer on, but for its end."""
        self._held += piece
        if self.stdout is not None and len(self._held) > 2 * _HELD:
            self._pass_on(len(self._held) - _HELD)

    def err(self, piece: bytes) -> None:
        """Tell whole lines."""
        *lines, self._line = (self._line + piece).split(b"\n")
        for line in lines:
            self._tell(line.decode(errors="replace"))

    def facts(self, kind: type[Facts], ended: Ended) -> Facts:
        """
        Return what the stage, which has *ended*, found out.

        Raises what the stage has raised, KeyboardInterrupt when it was interrupted, EngineError when it was ended from
        outside or is of another version, StageBroke.
        """
        self.err(b"\n" if self._line else b"")
        told = self._object()
        if told is None:
            raise self._silence(ended)
        if "error" in told:
            raise _error(told["error"], told["exit_code"])
        try:
            return TypeAdapter(kind).validate_python(told["result"])
        except ValidationError as exc:
            raise EngineError(
                f"{self.stage}: the minidata of the image says what this one does not understand",
                hint="make the image anew with `minidata image build`",
            ) from exc

    def _object(self) -> dict[str, Any] | None:
        """Take the object from the end of what is held, and hand the rest on."""
        end = len(self._held)
        begin, told = end, None
        while told is None and begin >= 0:
            begin = self._held.rfind(_OBJECT, 0, begin)
            told = _parsed(self._held[begin:]) if begin >= 0 else None
        self._pass_on(end if told is None else begin)
        return told

    def _pass_on(self, size: int) -> None:
        if self.stdout is not None and size:
            self.stdout.write(self._held[:size])
        del self._held[:size]

    def _tell(self, line: str) -> None:
        count = Count.read(line)
        if count is not None:
            self.watch.count(count.what, count.done, count.total)
        elif self._failing or line.startswith(_FAILING):
            self._failing.append(line)
        else:
            self.watch.note(line)

    def _silence(self, ended: Ended) -> BaseException:
        """Return why there is no object."""
        if ended.exit_code == Exit.INTERRUPTED:
            return KeyboardInterrupt()
        if ended.starved:
            return EngineError(f"{self.stage} ran out of memory", hint="give it more: the setting isolated.memory")
        if ended.exit_code in _SIGNALLED:
            return EngineError(f"the container of {self.stage} was ended from outside")
        said = "\n".join(self._failing)
        return StageBroke(f"{self.stage} ended with {ended.exit_code} in its container:\n{said}")


def _parsed(text: bytearray) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = from_json(bytes(text))
    except ValueError:
        # It is a part of the object, or of an answer.
        return None
    return told


def _error(error: dict[str, str | None], code: int) -> MinidataError:
    return _ERRORS[code](error["message"] or "", hint=error["hint"] or "")
