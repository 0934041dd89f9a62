"""The door to the files that people get: each appears whole, or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from minidata.core.errors import ConfigError, StoreError


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """
    Give a file to write; at the end it is at *path* in one move. On any error what was at *path* stays.

    A link is followed; a device or a pipe is written to as it is. Raises StoreError when the folder or the disk
    refuses, and BrokenPipeError when a pipe's reader has had enough, which is no fault.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _straight(path) if _is_device(path) else _moved(Path(os.path.realpath(path))) as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as exc:
        raise _cannot_write(str(path), exc) from exc


@contextmanager
def handing_over(stream: BinaryIO) -> Iterator[BinaryIO]:
    """
    Give *stream*, stdout, to write, and flush it at the end.

    Raises StoreError when it refuses, and BrokenPipeError as writing does.
    """
    try:
        yield stream
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as exc:
        raise _cannot_write("stdout", exc) from exc


@contextmanager
def _moved(target: Path) -> Iterator[BinaryIO]:
    # Its name says nothing of the target's, which may be as long as a name can be.
    temporary = target.with_name(f".minidata-{secrets.token_hex(8)}.part")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def _straight(path: Path) -> Iterator[BinaryIO]:
    with path.open("wb") as file:
        yield file


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()


def _cannot_write(where: str, exc: OSError) -> StoreError:
    return StoreError(f"cannot write {where}: {exc.strerror or exc}")


def sql_files(folder: Path) -> dict[str, str]:
    """Return the ``*.sql`` files right in *folder* by name, without the ending; ConfigError for one unreadable."""
    found = {}
    for path in sorted(folder.glob("*.sql")):
        try:
            found[path.stem] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(f"cannot read {path}: {exc}") from exc
    return found
