"""
Objects as files below a folder, for their owner's eyes only.

Written aside and flushed to the disk, then linked into place, then the folder is flushed: what a reader sees is whole,
and what was said to be kept is still there when the power has failed.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from minidata.core.errors import ObjectMissing, RefusedError, StoreError

# Begins with a dot, as no key's part may: so it is never listed.
_ASIDE = ".part-"
# Planted links are not followed, and a planted pipe keeps nobody waiting. Not every system knows these words.
_WARY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

# What a file system says that has no hard links.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK})


@dataclass(frozen=True, slots=True)
class Folder:
    """A place for objects: the files below *root*, which the first put makes when it is not there."""

    root: Path

    def create(self, key: str, body: bytes) -> bool:
        """Put *body* at *key* unless the key is taken; return whether it was put."""
        path = self.root / key
        with _translated(path):
            self._make_folders(path.parent)
            if _exists(path):
                return False
            aside = path.parent / f"{_ASIDE}{token_hex(8)}"
            try:
                _write(aside, body)
                placed = _placed(aside, path)
            finally:
                aside.unlink(missing_ok=True)
            _flush_folder(path.parent)
            return placed

    def read(self, key: str) -> bytes:
        """Return what is at *key*; raise ObjectMissing when nothing is."""
        path = self.root / key
        with _translated(path):
            self._refuse_links(path.parent)
            if not _exists(path):
                raise ObjectMissing(f"object {key} is not in the object store ({self.root})")
            with os.fdopen(os.open(path, os.O_RDONLY | _WARY), "rb") as file:
                return file.read()

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below *prefix*, sorted; what begins with a dot is not looked at."""
        folder = self.root / prefix
        with _translated(folder):
            self._refuse_links(folder)
            yield from _below(folder, f"{prefix}/" if prefix else "")

    def sweep(self, prefix: str) -> None:
        """Remove what interrupted writers left below *prefix*."""
        folder = self.root / prefix
        with _translated(folder):
            self._refuse_links(folder)
            for aside in folder.rglob(f"{_ASIDE}*"):
                aside.unlink(missing_ok=True)

    def _make_folders(self, folder: Path) -> None:
        if not self.root.exists():
            # Its parent must be there: a store is not invented in a place that nobody made.
            _make_folder(self.root)
        for part in self._below_root(folder):
            if not _is_folder(part):
                _make_folder(part)

    def _refuse_links(self, folder: Path) -> None:
        """Raise RefusedError when a link or a file is where a folder should be; one that is not there is fine."""
        for part in self._below_root(folder):
            if not _is_folder(part):
                return

    def _below_root(self, folder: Path) -> Iterator[Path]:
        """Yield *folder* and those above it, the topmost first, without the root: that may be a link of the user's."""
        parts = folder.relative_to(self.root).parts
        return (self.root.joinpath(*parts[:count]) for count in range(1, len(parts) + 1))


def _is_folder(path: Path) -> bool:
    """Return False when nothing is at *path*; raise RefusedError when what is there is no folder."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(mode):
        raise RefusedError(f"{path} is no folder", hint="nothing but minidata's own files belongs there")
    return True


def _exists(path: Path) -> bool:
    """Return whether a file is at *path*; raise RefusedError when something else is."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(mode):
        raise RefusedError(f"{path} is no file", hint="nothing but minidata's own files belongs there")
    return True


def _make_folder(path: Path) -> None:
    path.mkdir(mode=0o700, exist_ok=True)
    _flush_folder(path.parent)


def _write(path: Path, body: bytes) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _WARY, 0o600)
    with os.fdopen(number, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(number)


def _placed(aside: Path, path: Path) -> bool:
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
    if _exists(path):
        return False
    aside.rename(path)
    return True


def _flush_folder(path: Path) -> None:
    """Make the names in the folder *path* survive a power failure; Windows sees to that itself."""
    if os.name == "nt":
        return
    number = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _below(folder: Path, prefix: str) -> Iterator[str]:
    for name, is_folder in _entries(folder):
        if is_folder:
            yield from _below(folder / name, f"{prefix}{name}")
        else:
            yield f"{prefix}{name}"


def _entries(folder: Path) -> list[tuple[str, bool]]:
    """Return the names in *folder*, those of folders with a slash, in the order of the keys they lead to."""
    try:
        with os.scandir(folder) as entries:
            return sorted(_entry(entry) for entry in entries if not entry.name.startswith("."))
    except FileNotFoundError:
        return []


def _entry(entry: "os.DirEntry[str]") -> tuple[str, bool]:
    if entry.is_dir(follow_symlinks=False):
        # With its slash, for "a-b/x" comes before "a/x".
        return f"{entry.name}/", True
    if entry.is_file(follow_symlinks=False):
        return entry.name, False
    raise RefusedError(f"{entry.path} is no file", hint="nothing but minidata's own files belongs there")


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise StoreError(f"object store: {exc.filename or path}: {exc.strerror or exc}") from exc
