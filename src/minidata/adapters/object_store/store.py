"""
The object store's promises, the same for a folder and a bucket.

Objects appear whole or not at all, are written once and never changed, and what is read is what was written. A key
that ends in ``.zst`` is kept compressed: who puts and gets sees the body alone.
"""

import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Protocol, Self

from minidata.adapters.object_store.compression import ENDING, LARGEST, compressed, expanded
from minidata.adapters.object_store.opening import place
from minidata.core.errors import ObjectDamaged, ObjectExists, ObjectMissing, RefusedError, StoreError
from minidata.core.settings import StoreSection
from minidata.core.wording import excerpt

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.=-]{0,199}\Z")
_LONGEST = 1024  # bytes of a key in S3
# Seconds before a put that another one was in the way of is tried again, each shortened by chance.
_WAITS = (0.1, 0.4, 1.6, 3.2, 6.4)
_PROBE = "_probe/create"
_PROBE_BODY = b"minidata puts this twice to see whether the store refuses the second time\n"
_AT_ONCE = 1_000
_NEAR_HANDS = 4


class Shelf(Protocol):
    """What a place for objects must be able to do; keys come checked."""

    @property
    def proven(self) -> bool:
        """Whether the place is known to refuse a second object under one key."""

    @property
    def near(self) -> bool:
        """Whether a put is work for this machine, more than waiting for another one."""

    def create(self, key: str, body: bytes) -> bool:
        """Put *body* at *key*, whole and for good; return False, and change nothing, when the key is taken."""

    def holds(self, key: str) -> bool:
        """Return whether something is at *key*."""

    def read(self, key: str) -> bytes:
        """Return what is at *key*; raise ObjectMissing when nothing is."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below *prefix* ("" for all), sorted."""

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names directly below *prefix* that have something below themselves, sorted."""

    def delete(self, keys: Sequence[str]) -> None:
        """Remove what is at *keys*; what is not there is fine."""

    def sweep(self, prefix: str) -> None:
        """Remove what interrupted writers left below *prefix*."""


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """
    Raw bytes under keys, written once.

    Every method may raise StoreError, with the place, when the store cannot be read or written, and RefusedError when
    something else than an object was planted in it. Safe to use from several threads. *ending* is what keys of new
    bodies end in: ``.zst`` where they are to be compressed. *looks_first* makes up for a place that overwrites.
    """

    shelf: Shelf
    ending: str = ""
    looks_first: bool = False

    @classmethod
    def open(cls, settings: StoreSection, root: Path) -> Self:
        """
        Return the store that *settings* tell: at a folder (a path seen from *root*, or ``file://``), at
        ``s3://bucket/prefix``, ``gs://…``, ``az://…``, or at ``memory:``, which is empty and gone with this value.

        Asks nothing of anybody yet. A folder that is not there is made by the first put; a bucket never is. Raises
        ConfigError when the settings cannot be meant.
        """
        return cls(place(settings, root), ENDING if settings.compression == "zstd" else "")

    @property
    def hands(self) -> int | None:
        """How many puts at the same time are worth while; None for as many as there are bodies."""
        return _NEAR_HANDS if self.shelf.near else None

    def put(self, key: str, body: bytes) -> bool:
        """
        Keep *body* at *key*; return False when these bytes are there already.

        Raises ObjectExists, and changes nothing, when other bytes are there.
        """
        kept = compressed(body) if _checked(key).endswith(ENDING) else body
        for wait in _WAITS:
            if self._create(key, kept):
                return True
            if self._has(key, body):
                return False
            # Taken, but nothing there: another put is under way (409 in S3), and may come to nothing.
            time.sleep(wait * random.random())  # noqa: S311 - spreads retries, keeps no secret
        raise StoreError(f"object {key} is said to be there, and then not to be", hint="run the command again")

    def get(self, key: str, most: int = LARGEST) -> bytes:
        """
        Return the body at *key*; raise ObjectMissing when nothing is.

        Raises ObjectDamaged when it is not what was once compressed, or would expand beyond *most* bytes.
        """
        kept = self.shelf.read(_checked(key))
        return expanded(key, kept, most) if key.endswith(ENDING) else kept

    def get_checked(self, key: str, digest: str, size: int) -> bytes:
        """Return the body at *key*; raise ObjectDamaged when it has not *size* bytes, or its sha256 is not *digest*."""
        body = self.get(key, size)
        if len(body) != size or sha256(body).hexdigest() != digest:
            raise ObjectDamaged(f"checksum mismatch: object {key} is not what was stored there")
        return body

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield the keys below *prefix*, sorted. It is whole parts of a key: ``a`` is above ``a/b``, not ``ab``."""
        return self.shelf.keys(_checked(prefix) if prefix else "")

    def holds(self, key: str) -> bool:
        """Return whether an object is at *key*."""
        return self.shelf.holds(_checked(key))

    def folders(self, prefix: str = "") -> Iterator[str]:
        """
        Yield the names directly below *prefix* that have keys below themselves, sorted.

        One request to a bucket, whatever the number of keys. In a folder, one that is empty may be among them.
        """
        found = self.shelf.folders(_checked(prefix) if prefix else "")
        return (name for name in found if _PART.match(name))

    def delete(self, keys: Sequence[str]) -> None:
        """Remove the objects at *keys*; what is not there is fine."""
        checked = [_checked(key) for key in keys]
        for start in range(0, len(checked), _AT_ONCE):
            self.shelf.delete(checked[start : start + _AT_ONCE])

    def sweep(self, prefix: str) -> None:
        """
        Remove what interrupted writers left below *prefix*.

        For the one who alone writes there at the time: a writer at work would lose the object it is about to put.
        """
        self.shelf.sweep(_checked(prefix))

    def honours_create(self) -> bool:
        """
        Return whether the place refuses a second object under one key, as not everything does that speaks like S3.

        Asks by doing it, below ``_probe/``, where a few bytes stay: next time it is one request, and none is lost.
        """
        self.shelf.create(_PROBE, _PROBE_BODY)
        return not self.shelf.create(_PROBE, _PROBE_BODY)

    def looking_first(self) -> Self:
        """Return this store for a place that overwrites: each put looks first whether the key is taken."""
        return replace(self, looks_first=True)

    def _create(self, key: str, kept: bytes) -> bool:
        if self.looks_first and self.shelf.holds(key):
            return False
        return self.shelf.create(key, kept)

    def _has(self, key: str, body: bytes) -> bool:
        """Return whether *body* is at *key*, False when nothing is; raise ObjectExists when something else is."""
        try:
            if self.get(key) == body:
                return True
        except ObjectMissing:
            return False
        raise ObjectExists(f"object {key} is there already, with other bytes")


def _checked(key: str) -> str:
    if len(key) > _LONGEST or not all(_PART.match(part) for part in key.split("/")):
        raise RefusedError(f"{excerpt(key)!r} cannot be a key in the object store")
    return key
