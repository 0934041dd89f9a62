"""What lies in an object store, whatever the project's Sources are by now: Streams, Runs and their objects."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from minidata.adapters.object_store import ObjectStore
from minidata.core.errors import ConfigError, ObjectDamaged, ObjectMissing, UnknownName
from minidata.core.runs import ROOT, Manifest, ObjectKey, is_journal, manifest_key, run_prefix, stream_prefix

# Of a Run's id its day, which says where it lies.
_DAY = 8


@dataclass(frozen=True, slots=True)
class StoredRun:
    """
    A Run as its keys tell: those of its *pages*, and whether it is *finished*.

    *journal* are the keys of what is written down of it as long as it is not.
    """

    source: str
    stream: str
    run: str
    pages: tuple[str, ...]
    finished: bool
    journal: tuple[str, ...] = ()

    @property
    def manifest(self) -> str:
        """The key of the manifest, which is there when the Run is finished."""
        return manifest_key(run_prefix(self.source, self.stream, self.run))

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.source}.{self.stream} {self.run}"


def streams_in(store: ObjectStore, source: str | None, stream: str | None) -> list[tuple[str, str]]:
    """
    Return (source, stream) of the Streams that have something in *store*, of those that are meant; None means all.

    A stream may be given as ``source.stream``. Raises UnknownName, with the nearest, ConfigError, and StoreError.
    """
    if stream and "." in stream:
        owner, _, stream = stream.partition(".")
        if source not in {None, owner}:
            raise ConfigError(f"stream {owner}.{stream} is not one of source {source!r}")
        source = owner
    sources = list(store.folders(ROOT))
    if source is not None:
        sources = [_known("source", source, sources)]
    found = [(one, two) for one in sources for two in store.folders(f"{ROOT}/{one}")]
    if stream is None:
        return found
    name = _known("stream", stream, sorted({two for _, two in found}))
    return [(one, two) for one, two in found if two == name]


def runs_in(store: ObjectStore, source: str, stream: str) -> Iterator[StoredRun]:
    """Yield the Stream's Runs, the oldest first."""
    found = ((key, ObjectKey.parse(key)) for key in store.keys(stream_prefix(source, stream)))
    ours = ((key, parts) for key, parts in found if parts)
    for run, objects in groupby(ours, key=lambda one: one[1].run):
        keys = [key for key, _ in objects]
        yield _of_keys(source, stream, run, keys)


def manifest_of(store: ObjectStore, run: StoredRun) -> Manifest | ObjectDamaged | ObjectMissing:
    """Return the manifest of a finished Run, or what is wrong with it, for the others may be well; raise StoreError."""
    try:
        return Manifest.parse(run.manifest, store.get(run.manifest))
    except (ObjectDamaged, ObjectMissing) as exc:
        return exc


def find_run(store: ObjectStore, text: str, source: str | None = None, stream: str | None = None) -> StoredRun:
    """
    Return the Run whose id is *text* or begins with it, as long as it is the only one.

    Raises ConfigError when no Run's does, or those of several do, and StoreError.
    """
    day = f"{text[:4]}-{text[4:6]}-{text[6:8]}"
    if not (text[:_DAY].isdigit() and len(text) >= _DAY and text.isascii()):
        hint = "an id, or its beginning with at least the day: 20260131; `minidata store ls` lists them"
        raise ConfigError(f"{text!r} is no run", hint=hint)
    found = [
        (owner, name, run)
        for owner, name in streams_in(store, source, stream)
        for run in store.folders(f"{stream_prefix(owner, name)}/{day}")
        if run.startswith(text)
    ]
    if len(found) != 1:
        many = f"{len(found)} runs begin" if found else "no run begins"
        raise ConfigError(f"{many} with {text!r}", hint="`minidata store ls` lists them")
    return _whole(store, *found[0])


def _whole(store: ObjectStore, source: str, stream: str, run: str) -> StoredRun:
    return _of_keys(source, stream, run, list(store.keys(run_prefix(source, stream, run))))


def _of_keys(source: str, stream: str, run: str, keys: list[str]) -> StoredRun:
    manifest = manifest_key(run_prefix(source, stream, run))
    journal = tuple(key for key in keys if is_journal(key.rpartition("/")[2]))
    pages = tuple(key for key in keys if key != manifest and not is_journal(key.rpartition("/")[2]))
    return StoredRun(source, stream, run, pages, manifest in keys, journal)


def _known(kind: str, name: str, names: list[str]) -> str:
    if name not in names:
        raise UnknownName(kind, name, names, where="object store")
    return name
