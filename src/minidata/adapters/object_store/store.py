"""
The object store's promises, the same for a folder and a bucket.

Objects appear whole or not at all, are written once and never changed, and what is read is what was written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import urlsplit
from urllib.request import url2pathname

from minidata.adapters.object_store.bucket import Bucket
from minidata.adapters.object_store.folder import Folder
from minidata.core.errors import ObjectExists, RefusedError, StoreError
from minidata.core.wording import excerpt

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.=-]{0,199}\Z")
_LONGEST = 1024  # bytes of a key in S3


class Shelf(Protocol):
    """What a place for objects must be able to do; keys come checked."""

    def create(self, key: str, body: bytes) -> bool:
        """Put *body* at *key*, whole and for good; return False, and change nothing, when the key is taken."""

    def read(self, key: str) -> bytes:
        """Return what is at *key*; raise ObjectMissing when nothing is."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below *prefix* ("" for all), sorted."""

    def sweep(self, prefix: str) -> None:
        """Remove what interrupted writers left below *prefix*."""


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """
    Raw bytes under keys, written once.

    Every method may raise StoreError, with the place, when the store cannot be read or written, and RefusedError when
    something else than an object was planted in it.
    """

    shelf: Shelf

    @classmethod
    def open(cls, url: str, root: Path) -> Self:
        """
        Return the store at *url*: a folder (a path seen from *root*, or ``file://``), ``s3://bucket/prefix``, ``gs://…``,
        ``az://…``, or ``memory:``, which is empty and gone with this value.

        A folder that is not there is made by the first put.
        """
        scheme = urlsplit(url).scheme
        if scheme == "file":
            return cls(Folder(Path(url2pathname(urlsplit(url).path))))
        # A scheme of one letter is a drive of Windows.
        return cls(Bucket.open(url) if len(scheme) > 1 else Folder(root / url))

    def put(self, key: str, body: bytes) -> bool:
        """
        Keep *body* at *key*; return False when these bytes are there already.

        Raises ObjectExists, and changes nothing, when other bytes are there.
        """
        if self.shelf.create(_checked(key), body):
            return True
        if self.shelf.read(key) != body:
            raise ObjectExists(f"object {key} is there already, with other bytes")
        return False

    def get(self, key: str) -> bytes:
        """Return what is at *key*; raise ObjectMissing when nothing is."""
        return self.shelf.read(_checked(key))

    def get_checked(self, key: str, digest: str) -> bytes:
        """Return what is at *key*; raise StoreError when its sha256 is not *digest*."""
        body = self.get(key)
        if sha256(body).hexdigest() != digest:
            raise StoreError(f"checksum mismatch: object {key} is not what was stored there")
        return body

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield the keys below *prefix*, sorted. It is whole parts of a key: ``a`` is above ``a/b``, not ``ab``."""
        return self.shelf.keys(_checked(prefix) if prefix else "")

    def sweep(self, prefix: str) -> None:
        """
        Remove what interrupted writers left below *prefix*.

        For the one who alone writes there at the time: a writer at work would lose the object it is about to put.
        """
        self.shelf.sweep(_checked(prefix))


def _checked(key: str) -> str:
    if len(key) > _LONGEST or not all(_PART.match(part) for part in key.split("/")):
        raise RefusedError(f"{excerpt(key)!r} cannot be a key in the object store")
    return key
