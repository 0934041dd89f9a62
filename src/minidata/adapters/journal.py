"""
The door to files that only grow: lines are added at the end, in one write each, and read back from there.

A journal that has grown to its limit is moved to ``NAME.1``, whose lines then are the older ones; what was there before
is gone. Nobody's line is lost to that: who has the file open writes on into the moved one.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PAUSE = 0.2
# How much is read at once.
_BLOCK = 1 << 16


@dataclass(frozen=True)
class Journal:
    """The journal at *path*, for its owner's eyes only, moved away at *limit* bytes. Methods may raise OSError."""

    path: Path
    limit: int

    @property
    def older(self) -> Path:
        """Where the lines are that are older."""
        return self.path.with_name(f"{self.path.name}.1")

    def append(self, line: bytes) -> None:
        """Add *line*, which has no line break in it."""
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        # One write to a file opened for appending: commands that run at once do not mix their lines.
        number = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(number, line + b"\n")
            if os.fstat(number).st_size >= self.limit:
                self._move_away(number)
        finally:
            os.close(number)

    def _move_away(self, number: int) -> None:
        """Make the open file *number* the older one, unless somebody has: theirs must not be replaced by a new one."""
        if os.name == "nt":
            # A file that is open cannot be moved there.
            return
        import fcntl  # noqa: PLC0415 - only POSIX has it

        fcntl.flock(number, fcntl.LOCK_EX)
        if _identity(self.path) == os.fstat(number).st_ino:
            self.path.replace(self.older)

    def lines(self) -> Iterator[bytes]:
        """Yield all lines, the oldest first; none when nothing was ever written."""
        for path in (self.older, self.path):
            yield from _lines(path)


def tail(path: Path, newest: int, *, follow: bool) -> Iterator[bytes]:
    """
    Yield the *newest* lines of the file at *path*, without their breaks, then with *follow* each added one, for ever.

    A file that is not there has no lines. One that is replaced, or cut, is read from its beginning. May raise OSError.
    """
    known = _identity(path)
    lines, at, rest = _newest(path, newest)
    yield from lines
    if follow:
        yield from _added(path, known, at)
    elif rest and newest:
        yield rest


def alive(pid: int) -> bool:
    """Return whether a process of that number is there."""
    if os.name == "nt":
        # Asking there with a signal would end it.
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            for line in file:
                yield line.rstrip(b"\r\n")
    except FileNotFoundError:
        return


def _newest(path: Path, count: int) -> tuple[list[bytes], int, bytes]:
    """Return the last *count* whole lines, where the next one begins, and what is there of it."""
    size = _size(path)
    block, found = _BLOCK, b""
    while True:
        start = max(0, size - block)
        found = _read(path, start, size - start)
        if not start or found.count(b"\n") > count:
            break
        block *= 2
    *lines, rest = found.split(b"\n")
    return lines[-count:] if count else [], start + len(found) - len(rest), rest


def _added(path: Path, known: int, at: int) -> Iterator[bytes]:
    rest = b""
    while True:
        identity = _identity(path)
        if identity != known or _size(path) < at:
            at, rest, known = 0, b"", identity
        added = _read(path, at, _BLOCK)
        at += len(added)
        *whole, rest = (rest + added).split(b"\n")
        yield from whole
        if not added:
            time.sleep(_PAUSE)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _identity(path: Path) -> int:
    return path.stat().st_ino if path.exists() else 0


def _read(path: Path, at: int, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(at)
            return file.read(size)
    except FileNotFoundError:
        return b""
