"""The pages of a task made ready: read, checked against their digests, prepared; and why some are left out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from minidata.adapters.object_store import ObjectStore
from minidata.core.errors import StoreError
from minidata.core.loading.preparing import Prepared, prepare
from minidata.core.runs import Page
from minidata.core.secrecy.secrets import Redactor
from minidata.core.source import Stream
from minidata.steps.stored import at_once


@dataclass(frozen=True, slots=True)
class Refused:
    """An object that was left out as a whole: more of its records do not fit than the Stream allows."""

    key: str
    fetched: int
    quarantined: int
    reasons: Mapping[str, int]


@dataclass
class Reading:
    """Makes pages of *stream* ready, and notes what keeps some of them out: they are tried again by the next Load."""

    store: ObjectStore
    redact: Redactor
    stream: Stream
    refused: dict[str, Refused] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)

    def prepared(self, pages: Sequence[Page]) -> list[Prepared]:
        """Return those of *pages* that can be loaded, made ready."""
        found = []
        for page, body in zip(pages, self._bodies(pages), strict=True):
            if isinstance(body, StoreError):
                # Its neighbours can be loaded all the same.
                self.damaged[page.key] = str(body)
                continue
            one = prepare(self.stream, page, body)
            if self.stream.allows(one.quarantined, one.fetched):
                found.append(masked(one, self.redact))
            else:
                self.refused[page.key] = Refused(page.key, one.fetched, one.quarantined, codes_of([one]))
        return found

    def _bodies(self, pages: Sequence[Page]) -> Iterator[bytes | StoreError]:
        """Yield each body, or why it cannot be had. Of a bucket several are asked for at once."""
        return map(self._body, pages) if self.store.shelf.near else at_once(self._body, pages)

    def _body(self, page: Page) -> bytes | StoreError:
        try:
            return self.store.get_checked(page.key, page.sha256, page.size)
        except StoreError as exc:
            return exc


def masked(one: Prepared, redact: Redactor) -> Prepared:
    """Return *one* with secrets masked in its reasons: a user's validator may repeat what it knows."""
    if not one.rejected:
        return one
    reasons = (replace(why, message=redact(why.message), detail=redact(why.detail)) for why in one.rejected)
    return replace(one, rejected=tuple(reasons))


def codes_of(pages: Iterable[Prepared]) -> dict[str, int]:
    """Return how often each code is among the reasons why records do not fit."""
    return dict(Counter(reason.code for page in pages for reason in page.rejected))
