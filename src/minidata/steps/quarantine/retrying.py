"""quarantine retry: what did not fit is tried again with today's Rows, and moved into the tables where it fits now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from minidata.adapters.database import ledger
from minidata.adapters.database.connection import Database
from minidata.adapters.database.locks import join_loading
from minidata.adapters.database.quarantined import Which
from minidata.adapters.database.releasing import Held, held, places, release
from minidata.adapters.database.tables import ensure_tables
from minidata.adapters.database.targets import Target
from minidata.adapters.project import Project
from minidata.core.errors import Exit, StoreError, worst
from minidata.core.reconsidering import Reconsidered, reconsider
from minidata.core.rows import fingerprint
from minidata.core.secrets import Redactor
from minidata.core.source import Source, Stream
from minidata.core.watch import Nobody, Watch
from minidata.steps.loading.hand import Hand
from minidata.steps.loading.reading import masked
from minidata.steps.provenance import Origins
from minidata.steps.quarantine.showing import stream_of
from minidata.steps.stored import store_of


@dataclass(frozen=True)
class RetriedStream:
    """
    What became of one Stream's quarantine: how many records were *moved* into its tables, how many are *remaining*.

    *objects* were looked at. *reasons* counts the codes of what remains, *over* is whether that is more than the Stream
    allows. *unfit* are records that are loaded and would not be today. *damaged* are objects that could not be read.
    *unknown* says that the project has no such Stream any more.
    """

    source: str
    stream: str
    objects: int
    moved: int
    remaining: int
    reasons: Mapping[str, int]
    over: bool
    unfit: int
    damaged: tuple[str, ...]
    unknown: bool = False


@dataclass(frozen=True)
class Retried:
    """What a retry did, by Stream; none where nothing was in quarantine."""

    streams: tuple[RetriedStream, ...]

    @property
    def exit_code(self) -> Exit:
        """STORE when an object was damaged, QUARANTINED when more remains than a Stream allows, else DONE."""
        return worst(
            [
                *(Exit.STORE for stream in self.streams if stream.damaged),
                *(Exit.QUARANTINED for stream in self.streams if stream.over),
            ]
        )


def retry(project: Project, sources: Mapping[str, Source], which: Which, watch: Watch | None = None) -> Retried:
    """
    Prepare again, with today's Rows, the objects of which something that is meant is in quarantine.

    Records that fit now are moved into their table once, and over no newer ones; the others stay, with today's reasons.
    Each object is a transaction, so whatever ends this, it can be called again. Raises RefusedError when a table
    is not as its Row says, EngineError, LockedError.
    """
    with Hand(project, join_loading) as hand:
        hand.do(ledger.prepare_ledger)
        found = hand.do(lambda database: held(database, which))
        retrier = _Retrier(hand, Origins(store_of(project)), project.redact, watch or Nobody())
        return Retried(
            tuple(
                retrier.retry(name, stream_of(sources, *name), list(objects))
                for name, objects in groupby(found, key=lambda one: (one.source, one.stream))
            )
        )


@dataclass(frozen=True)
class _Retrier:
    hand: Hand
    origins: Origins
    redact: Redactor
    watch: Watch

    def retry(self, name: tuple[str, str], stream: Stream | None, objects: Sequence[Held]) -> RetriedStream:
        """Retry *objects*, those of one Stream."""
        tally = _Tally(name, stream)
        if stream is None:
            return tally.facts()
        target = Target(name[0], stream, fingerprint(stream.row))
        self.hand.do(lambda database: ensure_tables(database, target))
        for count, one in enumerate(objects, start=1):
            try:
                tally.add(self._retry_object(target, one))
            except StoreError as exc:
                tally.damaged.append(str(exc))
            self.watch.count(f"retry {target.label}: objects", count, len(objects))
        return tally.facts()

    def _retry_object(self, target: Target, one: Held) -> Reconsidered:
        manifest, page = self.origins.page(one.key)
        body = self.origins.body(page)

        def once(database: Database) -> Reconsidered:
            with database.transaction():
                quarantined, discarded = places(database, one.id)
                found = reconsider(target.stream, page, body, quarantined, discarded)
                found = replace(found, page=masked(found.page, self.redact))
                if quarantined and found.readable:
                    release(database, target, manifest, one.id, found)
            return found

        return self.hand.do(once)


class _Tally:
    """What has become so far of one Stream's quarantine."""

    def __init__(self, name: tuple[str, str], stream: Stream | None) -> None:
        self.name = name
        self.stream = stream
        self.objects = 0
        self.moved = 0
        self.remaining = 0
        self.unfit = 0
        self.over = False
        self.reasons: dict[str, int] = {}
        self.damaged: list[str] = []

    def add(self, found: Reconsidered) -> None:
        """Note what has become of one object."""
        page = found.page
        self.objects += 1
        self.moved += found.moved
        self.unfit += found.unfit
        self.remaining += found.remaining
        if self.stream:
            allowed = not found.remaining or self.stream.max_quarantined is not None
            self.over |= not (allowed and self.stream.allows(found.remaining, page.fetched))
        for reason in page.rejected:
            self.reasons[reason.code] = self.reasons.get(reason.code, 0) + 1

    def facts(self) -> RetriedStream:
        """Return all of it as facts."""
        return RetriedStream(
            *self.name,
            objects=self.objects,
            moved=self.moved,
            remaining=self.remaining,
            reasons=self.reasons,
            over=self.over,
            unfit=self.unfit,
            damaged=tuple(self.damaged),
            unknown=self.stream is None,
        )
