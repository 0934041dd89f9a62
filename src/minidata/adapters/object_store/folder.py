"""
Objects as files below a folder, for their owner's eyes only.

Written aside and flushed to the disk, then linked into place, then the folder is flushed: what a reader sees is whole,
and what was said to be kept is still there when the power has failed.
"""

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from minidata.adapters.object_store.files import WARY, exists, flush_folder, is_folder, make_folder, placed, write
from minidata.core.errors import ObjectMissing, RefusedError, StoreError

# Begins with a dot, as no key's part may: so it is never listed.
_ASIDE = ".part-"


@dataclass(frozen=True, slots=True)
class Folder:
    """A place for objects: the files below *root*, which the first put makes when it is not there."""

    root: Path

    @property
    def proven(self) -> bool:
        """A link never takes a name from another file."""
        return True

    @property
    def near(self) -> bool:
        """A disk is here, as a rule."""
        return True

    def create(self, key: str, body: bytes) -> bool:
        """Put *body* at *key* unless the key is taken; return whether it was put."""
        path = self.root / key
        with _translated(path):
            self._make_folders(path.parent)
            if exists(path):
                return False
            aside = path.parent / f"{_ASIDE}{token_hex(8)}"
            try:
                write(aside, body)
                won = placed(aside, path)
            finally:
                aside.unlink(missing_ok=True)
            flush_folder(path.parent)
            return won

    def holds(self, key: str) -> bool:
        """Return whether something is at *key*."""
        path = self.root / key
        with _translated(path):
            self._refuse_links(path.parent)
            return exists(path)

    def read(self, key: str) -> bytes:
        """Return what is at *key*; raise ObjectMissing when nothing is."""
        path = self.root / key
        with _translated(path):
            self._refuse_links(path.parent)
            if not exists(path):
                raise ObjectMissing(f"object {key} is not in the object store ({self.root})")
            with os.fdopen(os.open(path, os.O_RDONLY | WARY), "rb") as file:
                return file.read()

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below *prefix*, sorted; what begins with a dot is not looked at."""
        folder = self.root / prefix
        with _translated(folder):
            self._refuse_links(folder)
            yield from _below(folder, f"{prefix}/" if prefix else "")

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names of the folders directly below *prefix*, sorted."""
        folder = self.root / prefix
        with _translated(folder):
            self._refuse_links(folder)
            yield from sorted(name.removesuffix("/") for name, leads_on in _entries(folder) if leads_on)

    def delete(self, keys: Sequence[str]) -> None:
        """Remove what is at *keys*, and the folders that held nothing else; what is not there is fine."""
        for key in keys:
            path = self.root / key
            with _translated(path):
                self._refuse_links(path.parent)
                if exists(path):
                    path.unlink()
                    flush_folder(path.parent)
                    _remove_if_empty(path.parent)

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
            make_folder(self.root)
        for part in self._below_root(folder):
            if not is_folder(part):
                make_folder(part)

    def _refuse_links(self, folder: Path) -> None:
        """Raise RefusedError when a link or a file is where a folder should be; one that is not there is fine."""
        for part in self._below_root(folder):
            if not is_folder(part):
                return

    def _below_root(self, folder: Path) -> Iterator[Path]:
        """Yield *folder* and those above it, the topmost first, without the root: that may be a link of the user's."""
        parts = folder.relative_to(self.root).parts
        return (self.root.joinpath(*parts[:count]) for count in range(1, len(parts) + 1))


def _remove_if_empty(folder: Path) -> None:
    """
    Remove the folder of a Run of which nothing is left.

    Those above it stay: another writer may be about to put something there.
    """
    try:
        folder.rmdir()
    except OSError as exc:
        if exc.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise


def _below(folder: Path, prefix: str) -> Iterator[str]:
    for name, leads_on in _entries(folder):
        if leads_on:
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
