"""Whether an API has anything new at all: told by its validators, or by its bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from minidata.core.exchange import Ask, Validators
from minidata.core.runs import Manifest, Page
from minidata.steps.ingesting.keeping import likeness_of, redacted, trace_of

Redact = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Earlier:
    """
    What the last Run brought: *likeness* stands for all of it (None: there was no Run), *only* its page if it had one.

    *asks* is whether the API may be asked if there is anything new: not when all is to be fetched again.
    """

    likeness: int | None
    only: Page | None
    asks: bool
    redact: Redact

    @classmethod
    def of(cls, last: Manifest | None, redact: Redact, *, asks: bool) -> Self:
        """Return what there is to know of *last*."""
        if last is None:
            return cls(None, None, asks=False, redact=redact)
        only = last.pages[0] if len(last.pages) == 1 else None
        return cls(likeness_of(last.pages), only, asks, redact)

    def validators(self, ask: Ask) -> Validators | None:
        """
        Return what to send along with a Run's first request, *ask*; None when the last Run asked for something else.

        Only where one page was all there was: a first page that is the same says nothing of those behind it.
        """
        page = self.only
        if not self.asks or page is None or not (page.etag or page.last_modified):
            return None
        same = (page.method, page.url, page.params, page.body) == (
            ask.method,
            self.redact(ask.url),
            redacted(self.redact, ask.params),
            None if ask.body is None else redacted(self.redact, ask.body),
        )
        return Validators(page.etag, page.last_modified) if same else None

    def has(self, page: Page) -> bool:
        """Return whether *page*, which is all there is, has the same bytes as the only one of the last Run."""
        return self.only is not None and trace_of(self.only) == trace_of(page)
