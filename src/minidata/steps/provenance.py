"""Where a record comes from: the object it is in, the request that was answered with it, and its own JSON."""

from dataclasses import dataclass
from functools import lru_cache

from minidata.adapters.object_store import ObjectStore
from minidata.core.bodies.slicing import record_text
from minidata.core.errors import Exit, StoreError
from minidata.core.runs import Manifest, ObjectKey, Page, manifest_key, run_prefix
from minidata.core.source import Stream

# Records that are asked for together are mostly of few pages.
_BODIES = 4


@dataclass(frozen=True)
class Provenance:
    """
    Where a record comes from: place *record* (from 0; None: the whole body) of the object at *key*.

    *request* is how that object came, None where no manifest tells. *json* is the record as the API sent it, None
    where it was not asked for. *damaged* says what is wrong with the object, "" when its bytes are those that came.
    """

    key: str
    record: int | None
    request: Page | None
    json: str | None
    damaged: str

    @property
    def exit_code(self) -> Exit:
        """STORE when the object is damaged or gone."""
        return Exit.STORE if self.damaged else Exit.DONE


class Origins:
    """Finds out where records come from; what several of them share is read once."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._manifest = lru_cache(_BODIES)(self._read_manifest)
        self._body = lru_cache(_BODIES)(store.get_checked)

    def of(self, key: str, record: int | None, stream: Stream | None, *, sha256: str, values: bool) -> Provenance:
        """
        Return where the record comes from; its *values* only on request, and when *stream* says where records are.

        *sha256* is that of the object when it was loaded.
        """
        page = None
        try:
            _, page = self.page(key)
            body = self.body(page)
        except StoreError as exc:
            return Provenance(key, record, page, None, str(exc))
        if page.sha256 != sha256:
            return Provenance(key, record, page, None, f"object {key} is not the one that was loaded")
        text = None
        if values and stream and record is not None:
            text = record_text(body, stream.records, record, lines=stream.format == "ndjson")
        return Provenance(key, record, page, text, "")

    def page(self, key: str) -> tuple[Manifest, Page]:
        """Return the manifest of the Run of the object at *key*, and what it says of that; raise StoreError."""
        parts = ObjectKey.parse(key)
        if parts is None:
            raise StoreError(f"{key} is not the key of an object")
        manifest = self._manifest(manifest_key(run_prefix(parts.source, parts.stream, parts.run)))
        found = next((page for page in manifest.pages if page.key == key), None)
        if found is None:
            raise StoreError(f"the manifest of its run does not know {key}")
        return manifest, found

    def body(self, page: Page) -> bytes:
        """Return the bytes that were sent; raise StoreError when they are others, or gone."""
        return self._body(page.key, page.sha256, page.size)

    def _read_manifest(self, key: str) -> Manifest:
        return Manifest.parse(key, self._store.get(key))
