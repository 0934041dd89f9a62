"""Objects in a bucket, or in memory, through obstore."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, GenericError

from minidata.adapters.object_store.errors import translated, was_cut_off
from minidata.core.errors import ObjectMissing

# Seconds before what was cut off is sent again, each shortened by chance.
_WAITS = (0.2, 0.8, 3.2)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Bucket:
    """
    A place for objects behind obstore; *name* is how errors call it.

    *proven* is whether its provider promises to refuse a second object under one key.
    """

    name: str
    store: obstore.store.ObjectStore = field(repr=False)
    proven: bool = True
    near: bool = False

    def create(self, key: str, body: bytes) -> bool:
        """Put *body* at *key* unless the key is taken; return whether it was put."""
        with translated(f"{self.name}: {key}"):
            # One that is sent again may have arrived all the same: then the key is taken, by these very bytes.
            return _insisted(lambda: self._put(key, body))

    def _put(self, key: str, body: bytes) -> bool:
        try:
            # In one request: an upload in parts could be left behind half done.
            obstore.put(self.store, key, body, mode="create", use_multipart=False)
        except AlreadyExistsError:
            return False
        return True

    def holds(self, key: str) -> bool:
        """Return whether something is at *key*."""
        with translated(f"{self.name}: {key}"):
            try:
                obstore.head(self.store, key)
            except FileNotFoundError:
                return False
            return True

    def read(self, key: str) -> bytes:
        """Return what is at *key*; raise ObjectMissing when nothing is."""
        with translated(f"{self.name}: {key}"):
            try:
                return bytes(obstore.get(self.store, key).bytes())
            except FileNotFoundError as exc:
                if "NoSuchBucket" in str(exc):
                    raise
                raise ObjectMissing(f"object {key} is not in the object store ({self.name})") from None

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below *prefix*, sorted: not every kind of bucket lists in order."""
        with translated(self.name):
            yield from sorted(one["path"] for some in obstore.list(self.store, prefix or None) for one in some)

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names directly below *prefix* that have something below themselves, sorted."""
        with translated(self.name):
            found = obstore.list_with_delimiter(self.store, prefix or None)["common_prefixes"]
            yield from sorted(path.rpartition("/")[2] for path in found)

    def delete(self, keys: Sequence[str]) -> None:
        """Remove what is at *keys*; what is not there is fine."""
        with translated(self.name):
            try:
                _insisted(lambda: obstore.delete(self.store, keys))
            except FileNotFoundError:
                # Where many are removed in one request it does not matter; where each is, the others are still there.
                self._delete_each(keys)

    def _delete_each(self, keys: Sequence[str]) -> None:
        for key in keys:
            # The failed request may still be removing some of them, so what was there a moment ago may be gone.
            with suppress(FileNotFoundError):
                obstore.delete(self.store, key)

    def sweep(self, prefix: str) -> None:
        """Do nothing: a put that is interrupted leaves nothing in a bucket."""


def _insisted(ask: Callable[[], Result]) -> Result:
    """Return what *ask* does, asked again where the connection broke and obstore cannot know that repeating is safe."""
    for wait in _WAITS:
        try:
            return ask()
        except GenericError as exc:
            if not was_cut_off(exc):
                raise
        time.sleep(wait * random.random())  # noqa: S311 - spreads retries, keeps no secret
    return ask()
