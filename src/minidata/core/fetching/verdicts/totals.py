"""Whether as many came as the API says there are."""

from collections.abc import Iterator

from minidata.core.fetching.gist import Gist
from minidata.core.pages import Offset, PageNumber
from minidata.core.source import Stream

# Up to which APIs count that do not count all.
_COUNTED_TO = frozenset({1_000, 5_000, 10_000, 50_000, 100_000, 1_000_000})


class Totals:
    """Adds up records and pages, and compares them with what is announced."""

    def __init__(self, stream: Stream) -> None:
        pages = stream.pages
        self._total = pages.total if isinstance(pages, PageNumber | Offset) else None
        self._overlap = pages.overlap if isinstance(pages, Offset) else 0
        self._counted = isinstance(pages, PageNumber | Offset)
        self._told: int | None = None
        self._fell: tuple[int, int] | None = None
        self._least: int | None = None
        self._most = 0
        self._announced = 0
        self._records = 0
        self._pages = 0
        self._longest = 0
        self._last = 0

    def see(self, gist: Gist) -> None:
        """Add the next page."""
        again = self._overlap if self._pages and gist.records > self._overlap else 0
        self._records += gist.records - again
        self._pages += bool(gist.records)
        self._longest, self._last = max(self._longest, gist.records), gist.records
        if gist.total is not None:
            self._least = gist.total if self._least is None else min(self._least, gist.total)
            self._most = max(self._most, gist.total)
            if self._told is not None and gist.total < self._told:
                self._fell = self._fell or (self._told, gist.total)
            self._told = gist.total
        self._announced = gist.total_pages or self._announced

    @property
    def lost(self) -> bool:
        """Whether records may have been skipped: those behind what went away have moved up."""
        return self._counted and self._fell is not None

    def say(self, ended: str) -> Iterator[str]:
        """Yield what does not agree. A total may change while records are fetched: any that was told will do."""
        if self._total and self._least is not None:
            yield from self._say_of_records(self._least, ended)
        if self._counted and self._fell:
            yield (
                f"the total fell from {self._fell[0]:,} to {self._fell[1]:,} while pages were fetched: what stood "
                "behind what went away moved up, and may be missing; page by a token (NextCursor), or by "
                "Offset(…, overlap=…)"
            )
        if self._pages < self._announced:
            yield f"{self._announced:,} pages are announced and {self._pages:,} came ({ended}): some are missing"

    def _say_of_records(self, least: int, ended: str) -> Iterator[str]:
        if not least <= self._records <= self._most:
            yield (
                f"{self._most:,} records are announced and {self._records:,} came ({ended}): some are missing, or "
                f"{self._total!r} counts something else; then mend total="
            )
        elif self._records in _COUNTED_TO and self._pages > 1 and self._last == self._longest:
            yield (
                f"exactly {self._records:,} records are announced, and the last page is full: the API may not count "
                f"further, or not give more; ask for less at a time (since=, --window), or leave out total="
            )
