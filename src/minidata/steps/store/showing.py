"""store show: one object, exactly."""

from dataclasses import dataclass

from minidata.adapters.object_store import ObjectStore
from minidata.core.errors import ConfigError, ObjectMissing
from minidata.core.runs import ROOT, Manifest, ObjectKey, Page, manifest_key, run_prefix
from minidata.steps.store.contents import find_run, manifest_of


@dataclass(frozen=True)
class Shown:
    """An object: where it is and, when it is a Page of a finished Run, how it came."""

    key: str
    page: Page | None


def find_object(store: ObjectStore, name: str) -> Shown:
    """
    Return the object called *name*: a key, or RUN/PAGE, the Run's id or its beginning and the Page's number.

    Raises ConfigError when nothing can be called so, ObjectMissing, StoreError when the manifest is damaged, and
    RefusedError for what cannot be a key.
    """
    if name.startswith(f"{ROOT}/"):
        return Shown(name, _page_at(store, name))
    run, slash, number = name.partition("/")
    if not slash or not (number.isascii() and number.isdecimal()):
        raise ConfigError(f"{name!r} is no object", hint="say its key, or RUN/PAGE such as 20260131t06/1")
    return _numbered(store, run, int(number))


def body_of(store: ObjectStore, shown: Shown) -> bytes:
    """
    Return the bytes of the object as they were sent by the API, compressed here or not.

    Raises StoreError when they are not those that the manifest tells, ObjectMissing when they are gone.
    """
    page = shown.page
    return store.get_checked(page.key, page.sha256, page.size) if page else store.get(shown.key)


def _numbered(store: ObjectStore, text: str, number: int) -> Shown:
    run = find_run(store, text)
    if not run.finished:
        # Without a manifest, pages are known by their keys alone, which are in their order.
        if not 1 <= number <= len(run.pages):
            raise ObjectMissing(f"run {run.name} has no page {number}, but {len(run.pages)} of them")
        return Shown(run.pages[number - 1], None)
    manifest = manifest_of(store, run)
    if not isinstance(manifest, Manifest):
        raise manifest
    page = next((page for page in manifest.pages if page.number == number), None)
    if page is None:
        raise ObjectMissing(f"run {run.name} has no page {number}, but {len(manifest.pages)} of them")
    return Shown(page.key, page)


def _page_at(store: ObjectStore, key: str) -> Page | None:
    parts = ObjectKey.parse(key)
    if parts is None:
        return None
    above = manifest_key(run_prefix(parts.source, parts.stream, parts.run))
    try:
        manifest = Manifest.parse(above, store.get(above))
    except ObjectMissing:
        return None
    return next((page for page in manifest.pages if page.key == key), None)
