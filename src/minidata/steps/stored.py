"""What the object store has of Runs, for every step that asks it."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from minidata.adapters.object_store import ObjectStore
from minidata.adapters.project import Project
from minidata.core.errors import ObjectMissing
from minidata.core.runs import Manifest, RunKey, manifest_key, stream_prefix
from minidata.core.watch import Watch

# Requests to a bucket are mostly waiting. Bodies may be large, and so many of them are in memory.
_AT_ONCE = 4

Item = TypeVar("Item")
Result = TypeVar("Result")


def store_of(project: Project) -> ObjectStore:
    """Return the project's object store; raise ConfigError when its settings cannot be meant."""
    return ObjectStore.open(project.settings.store, project.root)


def writable_store_of(project: Project, watch: Watch) -> ObjectStore:
    """
    Return the project's object store, made safe for writing.

    A bucket that nobody vouches for is asked whether it keeps what is there; one that does not is handled with care,
    and *watch* is told. Raises ConfigError, and StoreError when the store cannot be written.
    """
    return safe_to_write(store_of(project), watch)


def safe_to_write(store: ObjectStore, watch: Watch) -> ObjectStore:
    """Return *store* so that nothing in it is overwritten; raise StoreError when it cannot be written."""
    if store.shelf.proven or store.honours_create():
        return store
    watch.note(
        "this object store overwrites what is there (it ignores If-None-Match): each put looks first, which is safe "
        "as long as no two programs write the same run"
    )
    return store.looking_first()


def finished_runs(store: ObjectStore, source: str, stream: str) -> list[RunKey]:
    """Return the Stream's finished Runs, the oldest first."""
    found = map(RunKey.parse, _keys_of_runs(store, stream_prefix(source, stream)))
    return [run for run in found if run]


def _keys_of_runs(store: ObjectStore, above: str) -> Iterable[str]:
    """Return keys below *above*, sorted: those of the manifests are among them."""
    if not store.shelf.near:
        # A request for each thousand objects: with one for each Run there might be more.
        return store.keys(above)
    # A disk need not be asked for the pages, which may be many thousand in a Run.
    runs = (f"{above}/{day}/{run}" for day in store.folders(above) for run in store.folders(f"{above}/{day}"))
    return sorted(key for key in map(manifest_key, runs) if store.holds(key))


class Past(NamedTuple):
    """What there is of a Stream: its newest finished Run, and the key prefixes of unfinished ones begun after it."""

    last: Manifest | None
    interrupted: tuple[str, ...]


def past_of(store: ObjectStore, source: str, stream: str) -> Past:
    """
    Return the Stream's newest finished Run, and those begun later that have no manifest, the newest first.

    Looks from the end, day by day: that takes a few requests, however many objects there are. Raises StoreError when
    the manifest is damaged.
    """
    above = stream_prefix(source, stream)
    interrupted: list[str] = []
    for day in _newest_first(store, above):
        for run in _newest_first(store, f"{above}/{day}"):
            prefix = f"{above}/{day}/{run}"
            key = manifest_key(prefix)
            try:
                return Past(Manifest.parse(key, store.get(key)), tuple(interrupted))
            except ObjectMissing:
                interrupted.append(prefix)
    return Past(None, tuple(interrupted))


def newest_manifest(store: ObjectStore, source: str, stream: str) -> Manifest | None:
    """Return the manifest of the Stream's newest finished Run, None when there is none; raise as past_of does."""
    return past_of(store, source, stream).last


def _newest_first(store: ObjectStore, prefix: str) -> list[str]:
    return sorted(store.folders(prefix), reverse=True)


def at_once(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield what *work* makes of each of *items*, in their order, while a few of them are worked on at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(work, items)
