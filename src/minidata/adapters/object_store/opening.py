"""From a setting to a place for objects."""

from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from urllib.request import url2pathname

from obstore.store import AzureStore, GCSStore, MemoryStore

from minidata.adapters.object_store.bucket import Bucket
from minidata.adapters.object_store.errors import translated
from minidata.adapters.object_store.folder import Folder
from minidata.adapters.object_store.s3 import PATIENT, RETRIES, s3_endpoint, s3_store
from minidata.core.errors import ConfigError
from minidata.core.settings import StoreSection
from minidata.core.wording import excerpt

_S3 = frozenset({"s3", "s3a"})
_AZURE = frozenset({"az", "azure", "abfs", "abfss", "adl"})
_KINDS = "a folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix"


def place(settings: StoreSection, root: Path) -> Folder | Bucket:
    """Return the place at the URL of *settings*, a folder's path being seen from *root*; raise ConfigError."""
    folder = folder_at(settings.url, root)
    return _bucket(urlsplit(settings.url), settings) if folder is None else Folder(folder)


def folder_at(url: str, root: Path) -> Path | None:
    """Return the folder that *url* means, a path being seen from *root*; None when it is no folder's."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    # A scheme of one letter is a drive of Windows.
    return None if len(parts.scheme) > 1 else root / url


def _bucket(url: SplitResult, settings: StoreSection) -> Bucket:
    if url.scheme == "memory":
        return Bucket("memory", MemoryStore())
    if url.username or url.query:
        raise ConfigError("store.url must have no credentials in it", hint="put them into the environment")
    if url.scheme in _S3 | _AZURE | {"gs"} and not url.netloc:
        raise ConfigError(f"store.url names no bucket: {excerpt(settings.url)!r}", hint=_KINDS)
    with translated(settings.url):
        if url.scheme in _S3:
            proven = s3_endpoint(settings) is None
            return Bucket(settings.url, s3_store(url, settings), proven=proven)
        if settings.endpoint:
            raise ConfigError("store.endpoint is for s3:// stores alone", hint="remove it from [store]")
        if url.scheme == "gs":
            return Bucket(settings.url, GCSStore.from_url(settings.url, client_options=PATIENT, retry_config=RETRIES))
        if url.scheme in _AZURE:
            azure = AzureStore.from_url(settings.url, client_options=PATIENT, retry_config=RETRIES)
            return Bucket(settings.url, azure)
    raise ConfigError(f"store.url: there is no kind of store called {excerpt(url.scheme)!r}", hint=_KINDS)
