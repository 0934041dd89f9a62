"""The door to files that are written piece by piece: what was there before stays until the new one is whole."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from minidata.core.errors import ConfigError, StoreError

# A row is a few dozen bytes, a system call costs as much as thousands of them.
_BUFFER = 1 << 18


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """
    Give a file that becomes *path* when the block ends well; else what was at *path* stays as it was.

    Missing folders are made, a link is followed. What is no file but a device or a pipe is written to directly.
    Raises ConfigError when *path* is a folder, StoreError when the file system refuses.
    """
    if is_folder(path):
        raise ConfigError(f"{path} is a folder", hint="name a file")
    with _told(path):
        if path.exists() and not path.is_file():
            with path.open("wb", buffering=_BUFFER) as file:
                yield file
        else:
            with _replacing(Path(os.path.realpath(path))) as file:
                yield file


def is_folder(path: Path) -> bool:
    """Return whether *path* is a folder that is there. Raises StoreError when the file system will not say."""
    with _told(path):
        return path.is_dir()


@contextmanager
def onto(stream: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """
    Give *stream*, called *name* in messages, and see to it that all is written when the block ends.

    Raises StoreError when it cannot be; BrokenPipeError goes through, for a reader who has had enough is no error.
    """
    with _told(Path(name)):
        yield stream
        stream.flush()


@contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    target.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder, so that the move cannot cross a file system.
    number, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.")
    part = Path(name)
    try:
        with os.fdopen(number, "wb", buffering=_BUFFER) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.chmod(_mode(target))
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _mode(target: Path) -> int:
    """Return the rights of the file that is replaced, or those that a new file has here."""
    try:
        return target.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0o077)
        os.umask(mask)
        return 0o666 & ~mask


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as exc:
        hint = "make room, then run this again" if exc.errno in {errno.ENOSPC, errno.EDQUOT} else ""
        raise StoreError(f"{path} cannot be written: {exc.strerror or exc}", hint=hint) from exc
