"""Keeping what was fetched: bodies go into the store while others are asked for, and each is written down."""

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from typing import Any

from minidata.adapters.object_store import ObjectStore
from minidata.core.exchange import Answer, Ask
from minidata.core.failpoints import Failpoint, reached
from minidata.core.fetching.gist import Gist
from minidata.core.fetching.journal import Kept, Part, Unfinished
from minidata.core.runs import ObjectKey, Page, page_key, page_number
from minidata.core.secrecy.secrets import Redactor
from minidata.steps.ingesting.journal import Journal
from minidata.steps.ingesting.lines import Fetched

# Bodies that wait for the store, for each of the puts that are under way.
_WAITING = 2
_WEIGHTS = 1 << 256


class Keeper:
    """
    The Pages of one Run, below *prefix*: at most *hands* of them are being put at the same time.

    *resumed* is the interrupted Run that goes on: its Pages are kept already. *pages* are Pages as JSON, *records* and
    *bytes* their sums.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a Run is made of
        self, store: ObjectStore, redact: Redactor, prefix: str, part: Part, resumed: Unfinished | None, hands: int
    ) -> None:
        self.pages: list[bytes] = []
        self.records = 0
        self.bytes = 0
        self.new = 0
        # Told once: an API that sends a secret back does so on every page.
        self.echoed = ""
        self._store = store
        self._redact = redact
        self._prefix = prefix
        self._next = _first_free(store, prefix) if resumed else 1
        self._likeness = 0
        self._hands = hands
        self._threads = ThreadPoolExecutor(hands, "minidata-keep")
        self._puts: deque[Future[bool]] = deque()
        self._journal = Journal(store, prefix, part, resumed.parts if resumed else 0)

    @property
    def next_number(self) -> int:
        """The number that the next Page is kept under."""
        return self._next

    @property
    def likeness(self) -> int:
        """What was asked and what came, as likeness_of() tells it."""
        return self._likeness

    def page(self, ask: Ask, fetched: Fetched, context: Mapping[str, Any], repeated: tuple[int, ...]) -> Page:
        """Return the Page that *fetched* is, under the next number."""
        key = page_key(self._prefix, self._next, self._store.ending)
        page = page_of(self._redact, ask, fetched.answer, number=self._next, key=key, digest=fetched.digest)
        return page.model_copy(update={"context": dict(context), "repeated": repeated})

    def keep(self, page: Page, fetched: Fetched, gist: Gist, ask: Ask, *, last: bool = False) -> None:
        """
        Put the body of *fetched* under *page*'s key, and write *page* down, unless it is the *last* one.

        Returns before that is done. Raises StoreError when an earlier put failed.
        """
        body = fetched.answer.body
        self._remember(page, gist)
        self.new += 1
        put = self._put(page.key, body)
        if not last:
            self._journal.keep(Kept(page=page, gist=gist, asked=identity_of(ask), date=fetched.answer.date), put)
        if not self.echoed and self._redact.found_in(body):
            self.echoed = f"page {page.number}: the API sends a secret back; it is in {page.key} as it came"

    def put(self, body: bytes) -> tuple[int, str]:
        """Put a *body* that is no Page of the Run; return the number and the key it is kept under."""
        number, key = self._next, page_key(self._prefix, self._next, self._store.ending)
        self._put(key, body)
        return number, key

    def see_again(self, kept: Kept) -> None:
        """Count a Page that was kept before the Run was interrupted."""
        self._remember(kept.page, kept.gist)

    def settle(self) -> None:
        """Wait until all is in the store; raise StoreError when something could not be put."""
        while self._puts:
            self._puts.popleft().result()

    def close(self, *, flush: bool) -> None:
        """Wait for the puts, as long as none has failed; with *flush* write down what is in the store by then."""
        failed = any(put.done() and put.exception() for put in self._puts)
        self._threads.shutdown(cancel_futures=failed)
        self._journal.close(flush=flush)

    def end_journal(self) -> None:
        """Remove the journal: the manifest has all of it, or it leads nowhere."""
        self._journal.close(flush=False)
        self._journal.remove()

    def forget(self) -> None:
        """Remove the Pages of this Run, of which another Run has the same bytes."""
        self._store.delete(list(self._store.keys(self._prefix)))

    def _put(self, key: str, body: bytes) -> "Future[bool]":
        self._next += 1
        while len(self._puts) >= _WAITING * self._hands:
            self._puts.popleft().result()
        put = self._threads.submit(_put, self._store, key, body)
        self._puts.append(put)
        return put

    def _remember(self, page: Page, gist: Gist) -> None:
        self.pages.append(page.model_dump_json(exclude_defaults=True).encode())
        self.records += gist.records
        self.bytes += page.size
        self._likeness = (self._likeness + _weight(page)) % _WEIGHTS


def _put(store: ObjectStore, key: str, body: bytes) -> bool:
    new = store.put(key, body)
    reached(Failpoint.PAGE_STORED)
    return new


def page_of(  # noqa: PLR0913 - what a Page is made of
    redact: Redactor, ask: Ask, answer: Answer, *, number: int, key: str, digest: str
) -> Page:
    """Return the Page number *number* that *answer* to *ask* is, its body at *key*; *digest* is the body's sha256."""
    return Page(
        number=number,
        key=key,
        sha256=digest,
        size=len(answer.body),
        status=answer.status,
        url=redact(answer.url),
        params=redacted(redact, ask.params),
        method=ask.method,
        body=None if ask.body is None else redacted(redact, ask.body),
        fetched_at=answer.fetched_at,
        content_type=answer.content_type and redact(answer.content_type),
        content_encoding=answer.content_encoding,
        etag=answer.etag and redact(answer.etag),
        last_modified=answer.last_modified,
        link=answer.link and redact(answer.link),
    )


def identity_of(ask: Ask) -> str:
    """Return a digest that tells *ask* from others, without anything that it holds."""
    return sha256(repr(ask.identity).encode()).hexdigest()[:32]


def likeness_of(pages: tuple[Page, ...]) -> int:
    """Return what is equal for Runs that asked and got the same, in whatever order: a sum of digests."""
    return sum(map(_weight, pages)) % _WEIGHTS


def trace_of(page: Page) -> bytes:
    """Return what *page* was asked for and what came, as bytes that differ where these do."""
    return repr((page.method, page.url, sorted(page.params.items()), page.body, page.context, page.sha256)).encode()


def _weight(page: Page) -> int:
    return int.from_bytes(sha256(trace_of(page)).digest())


def _first_free(store: ObjectStore, prefix: str) -> int:
    """Return the number after those of all Pages below *prefix*, also of one that was put and not written down."""
    names = (ObjectKey.parse(key) for key in store.keys(prefix))
    return 1 + max((page_number(name.file) or 0 for name in names if name), default=0)


def redacted(redact: Callable[[str], str], value: Mapping[str, Any]) -> dict[str, Any]:
    """Return *value* with the secrets masked in its texts."""
    return {name: redact(one) if isinstance(one, str) else one for name, one in value.items()}
