"""drift: where what the APIs send has moved away from what the Rows say of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from minidata.adapters.object_store import ObjectStore
from minidata.adapters.project import Project
from minidata.core.drifting.changing import Changes
from minidata.core.drifting.finding import SHOWN_BY_FEW, Drift, drifts
from minidata.core.drifting.outlines import outline_of
from minidata.core.drifting.seeing import Seen, seen_in
from minidata.core.errors import Exit, worst
from minidata.core.payload import PayloadError, with_context
from minidata.core.peeking import peek_of
from minidata.core.runs import Page
from minidata.core.source import Source, Stream, chosen_streams
from minidata.core.watch import Nobody, Watch
from minidata.steps.patching import Patch, patch_of
from minidata.steps.reading import Reader, reading
from minidata.steps.stored import finished_runs, newest_manifest, store_of


@dataclass(frozen=True)
class StreamDrift:
    """
    One Stream: how many *runs*, *objects* and *records* were looked at, and the differences that were found.

    *unread* counts objects that are not what the Stream says, for example no JSON; *damaged* are those whose bytes are
    not those that were stored, or are gone.
    """

    source: str
    stream: str
    runs: int
    objects: int
    records: int
    unread: int
    drifts: tuple[Drift, ...]
    damaged: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The Stream's name, its Source's before it."""
        return f"{self.source}.{self.stream}"


@dataclass(frozen=True)
class Drifted:
    """What was found, by Stream, those of which nothing is stored left out; and the *patch*, where one is wanted."""

    streams: tuple[StreamDrift, ...]
    patch: Patch | None = None

    @property
    def exit_code(self) -> Exit:
        """STORE when an object is damaged, else DONE: that an API has changed is nobody's failure."""
        return worst([Exit.STORE for stream in self.streams if stream.damaged])


def drift(  # noqa: PLR0913 - each is an option of the command, given by name
    project: Project,
    sources: Mapping[str, Source],
    *,
    source: str | None = None,
    stream: str | None = None,
    every: bool = False,
    values: bool = False,
    patch: bool = False,
    watch: Watch | None = None,
) -> Drifted:
    """
    Look through the newest finished Run of each Stream (with *every*, all of them) for what its Row does not expect.

    Reads the object store alone. New values of Literals and Enums are told only with *values*; with *patch*, what would
    make the Rows expect what came is worked out too. Raises UnknownName, ConfigError, and StoreError when the store
    cannot be listed.
    """
    chosen = chosen_streams(sources, source, stream)
    store = store_of(project)
    changes = Changes() if patch else None
    found = []
    with reading(project, partial(_look, shapes=patch)) as reader:
        for owner, wanted in chosen:
            keys = [run.key for run in finished_runs(store, owner.name, wanted.name)]
            if keys:
                looking = _Looking(reader(), owner, wanted, changes, watch or Nobody())
                found.append(looking.through(keys if every else keys[-1:], values=values))
    return Drifted(tuple(found), None if changes is None else patch_of(project, changes))


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was seen in one object; *seen* is None when it could not be read."""

    records: int
    seen: Seen | None


@dataclass(frozen=True)
class _Looking:
    reader: Reader[_Looked]
    source: Source
    stream: Stream
    changes: Changes | None
    watch: Watch

    def through(self, keys: list[str], *, values: bool) -> StreamDrift:
        """Look through the Runs whose manifests are at *keys*."""
        total, objects, records, unread = Seen(), 0, 0, 0
        for looked in self.reader.each(self.stream, keys):
            objects += 1
            records += looked.records
            unread += looked.seen is None
            total.absorb(looked.seen or Seen())
            self.watch.count(f"look at {self.source.name}.{self.stream.name}", records)
        outline = outline_of(self.stream.row)
        found = drifts(total, outline, values=values)
        if self.changes is not None:
            self.changes.add(total, outline, self.stream.keys)
        names = (self.source.name, self.stream.name)
        return StreamDrift(*names, len(keys), objects, records, unread, found, tuple(self.reader.damaged))


def glance(store: ObjectStore, source: Source, stream: Stream) -> StreamDrift | None:
    """
    Return the drift that the first and the last page of the Stream's newest finished Run show; None without one.

    So little can show what comes, and not what never does. Raises StoreError when one of them, or the manifest, is
    damaged, and ConfigError for a Row that is not complete.
    """
    manifest = newest_manifest(store, source.name, stream.name)
    if manifest is None or not manifest.pages:
        return None
    total, records, unread = Seen(), 0, 0
    pages = manifest.pages[:1] + manifest.pages[1:][-1:]
    for page in pages:
        looked = _look(stream, page, store.get_checked(page.key, page.sha256, page.size), shapes=False)
        records += looked.records
        unread += looked.seen is None
        total.absorb(looked.seen or Seen())
    found = tuple(one for one in drifts(total, outline_of(stream.row)) if one.code in SHOWN_BY_FEW)
    return StreamDrift(source.name, stream.name, 1, len(pages), records, unread, found)


def _look(stream: Stream, page: Page, body: bytes, *, shapes: bool) -> _Looked:
    try:
        records = with_context(peek_of(stream).records(body), page.context)
    except PayloadError:
        return _Looked(0, None)
    return _Looked(len(records), seen_in(records, outline_of(stream.row), page.key, shapes=shapes))
