"""Objects in a bucket, or in memory, through obstore."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import MemoryStore, from_url

from minidata.core.errors import ConfigError, ObjectMissing, StoreError
from minidata.core.wording import excerpt

_SCHEMES = frozenset({"s3", "s3a", "gs", "az", "abfs", "abfss", "azure"})


@dataclass(frozen=True, slots=True)
class Bucket:
    """A place for objects behind obstore; *name* is how errors call it."""

    name: str
    store: obstore.store.ObjectStore = field(repr=False)

    @classmethod
    def open(cls, url: str) -> Self:
        """Return the bucket at *url*; its credentials are the environment's, as the provider's own tools read them."""
        parts = urlsplit(url)
        if parts.scheme == "memory":
            return cls("memory", MemoryStore())
        if parts.scheme not in _SCHEMES:
            raise ConfigError(
                f"store.url: there is no kind of store called {excerpt(parts.scheme)!r}",
                hint="a folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix",
            )
        if parts.username or parts.query:
            raise ConfigError("store.url must have no credentials in it", hint="put them into the environment")
        with _translated(url):
            return cls(url, from_url(url))

    def create(self, key: str, body: bytes) -> bool:
        """Put *body* at *key* unless the key is taken; return whether it was put."""
        with _translated(f"{self.name}: {key}"):
            try:
                # In one request: an upload in parts could be left behind half done.
                obstore.put(self.store, key, body, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
            return True

    def read(self, key: str) -> bytes:
        """Return what is at *key*; raise ObjectMissing when nothing is."""
        with _translated(f"{self.name}: {key}"):
            try:
                return bytes(obstore.get(self.store, key).bytes())
            except FileNotFoundError:
                raise ObjectMissing(f"object {key} is not in the object store ({self.name})") from None

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below *prefix*, sorted: not every kind of bucket lists in order."""
        with _translated(self.name):
            yield from sorted(one["path"] for some in obstore.list(self.store, prefix or None) for one in some)

    def sweep(self, prefix: str) -> None:
        """Do nothing: a put that is interrupted leaves nothing in a bucket."""


@contextmanager
def _translated(where: str) -> Iterator[None]:
    try:
        yield
    except (BaseError, ValueError, OSError) as exc:
        # obstore's messages have a line for people and then a page for its own developers.
        said = str(exc).partition("\n")[0]
        raise StoreError(f"{where}: {excerpt(said)}") from exc
