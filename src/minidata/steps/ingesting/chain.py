"""One walk through pages: its requests that are out, in their order, and the answers that a journal has of it."""

from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from minidata.core.errors import ApiRefused
from minidata.core.exchange import Ask
from minidata.core.fetching.gist import Gist, Seen
from minidata.core.fetching.journal import Kept
from minidata.core.fetching.pagination import Walk
from minidata.core.fetching.verdicts import Verdicts
from minidata.core.pages import Offset, PageNumber, Pages
from minidata.steps.ingesting.lines import Fetched, Lines
from minidata.steps.ingesting.unchanged import Earlier

_NOT_FOUND = 404


class Chain:
    """
    A Walk at work. *context* are the fields of the parent record that it is about, *kept* what is to be gone through
    again before anything is asked.
    """

    def __init__(self, walk: Walk, verdicts: Verdicts, context: Mapping[str, Any], kept: deque[Kept]) -> None:
        self.walk = walk
        self.verdicts = verdicts
        self.context = context
        self.kept = kept
        self._out: deque[tuple[Ask, Future[Fetched]]] = deque()

    @property
    def over(self) -> bool:
        """Whether there is nothing more to ask for or to wait for."""
        return bool(self.walk.ended)

    @property
    def head(self) -> "Future[Fetched] | None":
        """The request whose answer is to be taken next."""
        return self._out[0][1] if self._out else None

    def send(self, lines: Lines, earlier: Earlier | None) -> None:
        """Send all that may be asked now; the first request asks whether anything is new, where *earlier* knows."""
        while not self.over and not self.kept and (ask := self.walk.ask()) is not None:
            self._out.append((ask, lines.send(ask, earlier.validators(ask) if earlier else None)))

    def answered(self, pages: Pages) -> tuple[Ask, Fetched | None]:
        """
        Return the oldest request that is out, and its answer: None where the API says that there is no such page.

        Many say so instead of sending an empty page behind the last one.
        """
        ask, future = self._out.popleft()
        try:
            return ask, future.result()
        except ApiRefused as exc:
            if exc.status == _NOT_FOUND and isinstance(pages, PageNumber | Offset) and self.walk.taken:
                return ask, None
            raise

    def stop(self) -> None:
        """Wait for nothing that is out."""
        for _, future in self._out:
            future.cancel()
        self._out.clear()

    def take(self, number: int, seen: Seen) -> bool:
        """Go on from *seen*, which is page *number*; return whether it belongs to the Run."""
        wanted = self.walk.take(seen)
        if wanted:
            self.verdicts.see(number, seen.gist, seen.link)
        if self.over:
            self.stop()
        return wanted

    def end(self, url: str) -> None:
        """Take note that there is no page at *url*."""
        self.walk.take(Seen(url=url, gist=Gist(records=0), status=_NOT_FOUND))
        self.stop()
