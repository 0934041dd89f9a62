"""
One file and one folder on the disk, for their owner's eyes only.

What is planted where ours should be is refused, and what was written is flushed, names included.
"""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

from minidata.core.errors import RefusedError

# Planted links are not followed, and a planted pipe keeps nobody waiting. Not every system knows these words.
WARY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
# What a file system says that has no hard links.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK})


def is_folder(path: Path) -> bool:
    """Return False when nothing is at *path*; raise RefusedError when what is there is no folder."""
    return _there(path, stat.S_ISDIR, "folder")


def exists(path: Path) -> bool:
    """Return whether a file is at *path*; raise RefusedError when something else is."""
    return _there(path, stat.S_ISREG, "file")


def _there(path: Path, fits: Callable[[int], bool], what: str) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if not fits(mode):
        raise RefusedError(f"{path} is no {what}", hint="nothing but minidata's own files belongs there")
    return True


def make_folder(path: Path) -> None:
    """Make the folder *path*; one that is there is fine, one above it that is not raises FileNotFoundError."""
    path.mkdir(mode=0o700, exist_ok=True)
    flush_folder(path.parent)


def write(path: Path, body: bytes) -> None:
    """Write *body* to the new file *path*, and come back when the disk has it."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | WARY, 0o600)
    try:
        left = memoryview(body)
        while left:
            left = left[os.write(number, left) :]
        os.fsync(number)
    finally:
        os.close(number)


def placed(aside: Path, path: Path) -> bool:
    """Give the file *aside* the name *path*, too; return False when the name is taken."""
    try:
        # Unlike a rename, a link never takes a name from another file.
        path.hardlink_to(aside)
    except FileExistsError:
        return False
    except OSError as exc:
        if exc.errno not in _NO_LINKS:
            raise
        return _moved(aside, path)
    return True


def _moved(aside: Path, path: Path) -> bool:
    """
    Do it on a file system that has no links.

    Two writers of one key at once could both win here, but no two Runs have a key in common.
    """
    if exists(path):
        return False
    aside.rename(path)
    return True


def flush_folder(path: Path) -> None:
    """Make the names in the folder *path* survive a power failure; Windows sees to that itself."""
    if os.name == "nt":
        return
    number = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
