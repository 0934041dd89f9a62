"""Files of the project's own: written in one move, and locks that die with their process."""

import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from minidata.core.errors import ConfigError


def write_atomically(path: Path, body: bytes, *, private: bool = True) -> None:
    """Put *body* at *path* in one move; what was there stays until then. *private*: readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Made 0600 by mkstemp, in the same folder so that the move cannot cross a file system.
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        if not private:
            Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """Return the process's umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def opened(path: Path) -> BinaryIO:
    """Open the lock file at *path*, made when missing; raise ConfigError when it cannot be."""
    try:
        return path.open("a+b")
    except OSError as exc:
        raise ConfigError(f"cannot write {path}: {exc.strerror}") from exc


def try_lock(number: int) -> bool:
    """Lock the open file *number* for this process alone; return False when another one has it."""
    if os.name == "nt":
        return _try_lock_windows(number)
    import fcntl  # noqa: PLC0415 - only POSIX has it

    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_lock_windows(number: int) -> bool:
    import msvcrt  # noqa: PLC0415 - only Windows has it

    try:
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    except OSError:
        return False
    return True
