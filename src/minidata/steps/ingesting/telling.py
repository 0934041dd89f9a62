"""What a Run's pages tell together: how far it reached, what comes again, what is to be warned of; its manifest."""

from datetime import datetime

from minidata import __version__
from minidata.core.exchange import Answer
from minidata.core.fetching.cursors import Watermark
from minidata.core.fetching.gist import Gist
from minidata.core.fetching.journal import Kept, Part
from minidata.core.fetching.peeking import Peek
from minidata.core.runs import Manifest
from minidata.core.secrecy.secrets import Redactor
from minidata.core.source import Stream
from minidata.steps.ingesting.boundary import Boundary

# A Run tells so many warnings: what goes wrong on each of ten thousand pages is told by a few of them.
_MOST = 50


class Told:
    """What the pages of the Run that *part* is of have told so far. *began* is when it began, by the API's clock."""

    def __init__(self, source: str, stream: Stream, part: Part, peek: Peek, redact: Redactor) -> None:
        self.began: datetime | None = None
        self._source = source
        self._stream = stream
        self._part = part
        self._redact = redact
        self._mark = Watermark(stream.since.field, part.start.before) if stream.since else None
        self._boundary = Boundary(stream, part.start, peek)
        self._warnings: list[str] = []
        self._stays = False

    def begin(self, date: datetime | None, fetched_at: datetime) -> None:
        """Take note of the clocks at the Run's first answer; later ones are passed over."""
        if self.began is None:
            self.began = fetched_at
            if self._mark:
                self.warn(self._mark.begin(date, fetched_at))
                self.began = self._mark.began

    def see(self, number: int, answer: Answer, gist: Gist) -> tuple[int, ...]:
        """Take note of page *number*; return the places of its records that the Run before brought already."""
        self._rise(gist)
        if gist.loose:
            self.warn(f"page {number}: {gist.loose}")
        return self._boundary.see(answer.body, self._reached)

    def see_again(self, kept: Kept, body: bytes | None) -> None:
        """Take note of a page that was kept before the Run was interrupted; *body* is needed where needs_bodies."""
        self.begin(kept.date, kept.page.fetched_at)
        self._rise(kept.gist)
        if body is not None:
            self._boundary.see(body, self._reached)

    @property
    def needs_bodies(self) -> bool:
        """Whether see_again must be told the bodies."""
        return self._boundary.looks

    def warn(self, warning: str) -> None:
        """Add *warning* to the manifest; "" is none."""
        if warning and len(self._warnings) < _MOST:
            self._warnings.append(self._redact(warning))

    def stay(self) -> None:
        """Leave the cursor where it was: what this Run has skipped is asked for again by the next one."""
        self._stays = True

    def manifest(self, now: datetime, records: int, ended: str) -> Manifest:
        """Return the Run's manifest, without its Pages."""
        part, start = self._part, self._part.start
        cursor = start.before if start.gap or self._stays else self._reached
        self._warn_at_the_end(now)
        return Manifest(
            source=self._source,
            stream=self._stream.name,
            run=part.run,
            started_at=part.started_at,
            finished_at=now,
            pages=(),
            records=records,
            cursor_before=start.before if start.send is None else start.send,
            cursor_after=cursor,
            until=start.until,
            ended=ended or None,
            boundary=start.boundary if start.gap else self._boundary.after(cursor),
            parents=start.parents,
            warnings=tuple(self._warnings),
            minidata=__version__,
        )

    @property
    def _reached(self) -> str | None:
        return self._mark.after if self._mark else None

    def _rise(self, gist: Gist) -> None:
        if self._mark:
            self._mark.see_gist(gist)

    def _warn_at_the_end(self, now: datetime) -> None:
        start = self._part.start
        self.warn(self._boundary.warning)
        if self._mark:
            self.warn(self._mark.warning(now))
        if start.gap and start.until is None:
            self.warn(f"the cursor stays at {start.before}: what came between it and this run is not fetched")
        elif self._stays and self._mark:
            self.warn(f"the cursor stays at {start.before}: what may be missing is asked for again the next time")
