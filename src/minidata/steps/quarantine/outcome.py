"""What a retry has done, Stream by Stream."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from minidata.core.errors import Exit, RefusedError, worst
from minidata.core.loading.reconsidering import Reconsidered
from minidata.core.source import Stream


@dataclass(frozen=True)
class RetriedStream:
    """
    What became of one Stream's quarantine: how many records were *moved* into its tables, how many are *remaining*.

    *objects* were looked at. *reasons* counts the codes of what remains, *over* is whether that is more than the Stream
    allows. *unfit* are records that are loaded and would not be today. *damaged* are objects that could not be read.
    *unknown* says that the project has no such Stream any more, *barred* why nothing can be written into its table as
    it is, with the *remedy*.
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
    unknown: bool
    barred: str
    remedy: str


@dataclass(frozen=True)
class Retried:
    """What a retry did, by Stream; none where nothing was in quarantine."""

    streams: tuple[RetriedStream, ...]

    @property
    def exit_code(self) -> Exit:
        """
        REFUSED when a table is not as its Row says, STORE when an object was damaged, QUARANTINED when more remains
        than a Stream allows, else DONE.
        """
        return worst(
            [
                *(Exit.REFUSED for stream in self.streams if stream.barred),
                *(Exit.STORE for stream in self.streams if stream.damaged),
                *(Exit.QUARANTINED for stream in self.streams if stream.over),
            ]
        )


class Tally:
    """What has become so far of the quarantine of one Stream, None for one that the project does not have."""

    def __init__(self, name: tuple[str, str], stream: Stream | None) -> None:
        self.name = name
        self.stream = stream
        self.objects = 0
        self.moved = 0
        self.remaining = 0
        self.unfit = 0
        self.over = False
        self.reasons: Counter[str] = Counter()
        self.damaged: list[str] = []
        self.barred: RefusedError | None = None

    def add(self, found: Reconsidered) -> None:
        """Note what has become of one object."""
        self.objects += 1
        self.moved += found.moved
        self.unfit += found.unfit
        self.remaining += found.remaining
        self.over |= bool(found.remaining) and not self._allows(found)
        self.reasons.update(reason.code for reason in found.page.rejected)

    def _allows(self, found: Reconsidered) -> bool:
        if self.stream is None or self.stream.max_quarantined is None:
            return False
        return self.stream.allows(found.remaining, found.page.fetched)

    def facts(self) -> RetriedStream:
        """Return all of it as facts."""
        return RetriedStream(
            *self.name,
            objects=self.objects,
            moved=self.moved,
            remaining=self.remaining,
            reasons=dict(self.reasons),
            over=self.over,
            unfit=self.unfit,
            damaged=tuple(self.damaged),
            unknown=self.stream is None,
            barred=str(self.barred or ""),
            remedy=self.barred.hint if self.barred else "",
        )
