"""A look at stored pages for drift: at one of them, and at two that stand for a Stream in `status`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from minidata.adapters.object_store import ObjectStore
from minidata.core.bodies.payload import PayloadError, with_context
from minidata.core.drifting.finding import SHOWN_BY_FEW, Drift, drifts
from minidata.core.drifting.outlines import outline_of
from minidata.core.drifting.overlooking import overlook, told
from minidata.core.drifting.seeing import Seen, seen_in
from minidata.core.fetching.peeking import peek_of
from minidata.core.runs import Page
from minidata.core.source import Source, Stream
from minidata.steps.stored import newest_manifest


@dataclass(frozen=True)
class StreamDrift:
    """
    One Stream: how many *runs*, *objects* and *records* were looked at, and the differences that were found.

    *unread* counts objects that are not what the Stream says, for example no JSON; *damaged* are those whose bytes are
    not those that were stored, or are gone. Of an *opaque* Row it is not known what it reads: a validator of its own
    sees each record first.
    """

    source: str
    stream: str
    runs: int
    objects: int
    records: int
    unread: int
    drifts: tuple[Drift, ...]
    opaque: bool
    damaged: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The Stream's name, its Source's before it."""
        return f"{self.source}.{self.stream}"


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen in one object; *seen* is None when it could not be read."""

    records: int
    seen: Seen | None


@dataclass(slots=True)
class Together:
    """All that was looked at of a Stream."""

    seen: Seen = field(default_factory=Seen)
    objects: int = 0
    records: int = 0
    unread: int = 0

    def add(self, one: Looked) -> None:
        """Take one more object into account."""
        self.objects += 1
        self.records += one.records
        self.unread += one.seen is None
        self.seen.absorb(one.seen or Seen())

    def facts(self, source: Source, stream: Stream, runs: int, found: Iterable[Drift]) -> StreamDrift:
        """Return it as facts, with the drift that was *found* in so many *runs*, less what the Stream ignores."""
        opaque = not outline_of(stream.row).fields
        counts = (self.objects, self.records, self.unread)
        return StreamDrift(source.name, stream.name, runs, *counts, tuple(told(found, stream.ignored)), opaque)


def glance(store: ObjectStore, source: Source, stream: Stream) -> StreamDrift | None:
    """
    Return the drift that the first and the last page of the Stream's newest finished Run show; None without one.

    So little can show what comes, and not what never does. Raises StoreError when one of them, or the manifest, is
    damaged, and ConfigError for a Row that is not complete.
    """
    manifest = newest_manifest(store, source.name, stream.name)
    if manifest is None or not manifest.pages:
        return None
    both = Together()
    for page in manifest.pages[:1] + manifest.pages[1:][-1:]:
        both.add(look(stream, page, store.get_checked(page.key, page.sha256, page.size), shapes=False))
    found = drifts(both.seen, outline_of(stream.row))
    return both.facts(source, stream, 1, (one for one in found if one.code in SHOWN_BY_FEW))


def look(stream: Stream, page: Page, body: bytes, *, shapes: bool) -> Looked:
    """Return what is in a page; with *shapes*, what a patch needs to know too."""
    try:
        records = with_context(peek_of(stream).records(body), page.context)
    except PayloadError:
        return Looked(0, None)
    seen = seen_in(records, outline_of(stream.row), page.key, shapes=shapes)
    overlook(seen, (*stream.ignored, *_read_by(stream)))
    return Looked(len(records), seen)


def _read_by(stream: Stream) -> Iterator[list[str]]:
    """Yield the paths that are read in each record whatever its Row says: somebody names them, if no field does."""
    return (one.field.split(".") for one in (stream.since, stream.deleted) if one)
