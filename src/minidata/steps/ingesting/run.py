"""One Run: pages asked for side by side where that is possible, kept in their order, and the manifest last."""

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from minidata.adapters.object_store import ObjectStore
from minidata.core.bodies.payload import PayloadError
from minidata.core.errors import ApiRefused, MinidataError, SourceError
from minidata.core.exchange import Ask
from minidata.core.failpoints import Failpoint, reached
from minidata.core.fetching.gist import Gist, Seen
from minidata.core.fetching.journal import Kept
from minidata.core.fetching.pagination import walk_of
from minidata.core.fetching.peeking import Peek, peek_of
from minidata.core.fetching.verdicts import Verdicts
from minidata.core.runs import Manifest, manifest_key, run_prefix
from minidata.steps.ingesting.chain import Chain
from minidata.steps.ingesting.keeping import Keeper, identity_of
from minidata.steps.ingesting.lines import Fetched, Lines
from minidata.steps.ingesting.order import CannotGoOn, Order, Surroundings, part_of
from minidata.steps.ingesting.parents import contexts
from minidata.steps.ingesting.telling import Told
from minidata.steps.ingesting.unchanged import Earlier

# What an API says to a token, or a page, that it does not know any more.
_FORGOTTEN = frozenset({400, 404, 410, 416, 422})


class Run:
    """A Stream being asked. fetch() it once."""

    def __init__(self, on: Surroundings, order: Order) -> None:
        source, stream, resumed = on.api.source, order.stream, order.resumed
        part = part_of(order, on.clock)
        self._on = on
        self._order = replace(order, start=part.start)
        self._peek = peek_of(stream)
        self._prefix = run_prefix(source.name, stream.name, part.run)
        self._told = Told(source.name, stream, part, self._peek, on.redact)
        self._lines = Lines(on.api, stream, self._peek, self._told)
        hands = min(source.concurrency, on.store.hands or source.concurrency)
        self._keeper = Keeper(on.store, on.redact, self._prefix, part, resumed, hands)
        self._earlier = Earlier.of(order.last, on.redact, asks=order.asks and not resumed)
        self._replayed = _by_context(resumed.kept if resumed else ())
        self._ended = ""

    def fetch(self) -> Manifest | None:
        """
        Fetch all pages and finish the Run; return None when the API has nothing else than the last Run brought.

        Raises SourceError, StoreError or RefusedError; then the pages so far are kept, and the Run can go on later.
        Raises CannotGoOn when it was to go on and cannot.
        """
        try:
            unchanged = self._walk_all()
            self._keeper.settle()
        except BaseException as exc:
            if not isinstance(exc, MinidataError):
                self._on.api.abort()
            self._close(flush=True)
            raise
        self._close(flush=False)
        return None if unchanged else self._finished()

    def _finished(self) -> Manifest | None:
        keeper, told = self._keeper, self._told
        if self._earlier.likeness == keeper.likeness:
            keeper.end_journal()
            keeper.forget()
            return None
        told.warn(keeper.echoed)
        manifest = told.manifest(self._on.clock.now(), keeper.records, self._ended)
        reached(Failpoint.BEFORE_MANIFEST)
        self._on.store.put(manifest_key(self._prefix), manifest.encoded(keeper.pages))
        reached(Failpoint.AFTER_MANIFEST)
        keeper.end_journal()
        return manifest

    @property
    def counted(self) -> tuple[int, int, int]:
        """How many pages, records and bytes the Run has."""
        return len(self._keeper.pages), self._keeper.records, self._keeper.bytes

    def _close(self, *, flush: bool) -> None:
        self._lines.close()
        self._keeper.close(flush=flush)

    def _walk_all(self) -> bool:
        """Go through all pages; return whether the API says that nothing has changed."""
        waiting = self._chains()
        walking: list[Chain] = []
        while True:
            walking += islice(waiting, self._on.api.source.concurrency - len(walking))
            if not walking:
                return False
            if self._step(walking):
                return True
            walking = [chain for chain in walking if not self._is_over(chain)]

    def _chains(self) -> Iterator[Chain]:
        source, stream, start = self._on.api.source, self._order.stream, self._order.start
        after = self._order.last.parents if self._order.last else None
        for context in contexts(self._on.store, source, stream, start.parents, after):
            walk = walk_of(
                source,
                stream,
                since=start.send,
                until=start.until,
                context=context,
                ahead=1 if stream.parent else _ahead(source.concurrency),
                max_pages=self._on.max_pages,
            )
            yield Chain(walk, Verdicts(source, stream), context, self._replayed.pop(_key(context), deque()))

    def _step(self, walking: list[Chain]) -> bool:
        """Send what may be sent, and take the answers that are there; return whether one says that nothing changed."""
        for chain in walking:
            self._replay(chain)
            chain.send(self._lines, self._earlier if self._told.began is None else None)
        heads = {head: chain for chain in walking if (head := chain.head)}
        done = wait(heads, return_when=FIRST_COMPLETED).done if heads else ()
        return any(self._take(heads[head]) for head in done)

    def _replay(self, chain: Chain) -> None:
        """Go through those pages again that are kept already."""
        store, told = self._on.store, self._told
        while chain.kept and (ask := chain.walk.ask()) is not None:
            kept = chain.kept.popleft()
            page = kept.page
            if kept.asked != identity_of(ask):
                self._keeper.end_journal()
                raise CannotGoOn("it would ask for other pages than it did")
            told.see_again(kept, store.get(page.key) if told.needs_bodies else None)
            self._keeper.see_again(kept)
            document = partial(_document, store, self._peek, page.key)
            chain.take(page.number, Seen(page.url, kept.gist, page.status, page.link, page.sha256, document))

    def _take(self, chain: Chain) -> bool:
        """Take the oldest answer of *chain*; return whether it says that nothing has changed."""
        ask, fetched = self._answered(chain)
        if fetched is None:
            chain.end(ask.url)
            return False
        answer, gist = fetched.answer, fetched.gist
        self._told.begin(answer.date, answer.fetched_at)
        if answer.unmodified:
            return True
        if isinstance(gist, PayloadError):
            raise self._unreadable(fetched, gist)
        if not self._went_on(chain, fetched, gist) or answer.nothing:
            return False
        page = self._keeper.page(ask, fetched, chain.context, self._told.see(self._keeper.next_number, answer, gist))
        if chain.over and self._earlier.has(page):
            return True
        self._keeper.keep(page, fetched, gist, ask, last=chain.over and self._order.stream.parent is None)
        self._on.watch.count(f"ingest {self._on.api.source.name}.{self._order.stream.name}", len(self._keeper.pages))
        return False

    def _answered(self, chain: Chain) -> tuple[Ask, Fetched | None]:
        try:
            return chain.answered(self._order.stream.pages)
        except ApiRefused as exc:
            if self._order.resumed is None or self._keeper.new or exc.status not in _FORGOTTEN:
                raise
            # Maybe the API does not know any more where the Run stopped: one that begins anew will tell.
            raise CannotGoOn(str(exc), hint=exc.hint) from exc

    def _went_on(self, chain: Chain, fetched: Fetched, gist: Gist) -> bool:
        """Let *chain* go on from what was fetched; return whether that belongs to the Run."""
        answer = fetched.answer
        document = partial(self._peek.document, answer.body)
        seen = Seen(answer.url, gist, answer.status, answer.link, fetched.digest, document)
        try:
            return chain.take(self._keeper.next_number, seen)
        except MinidataError:
            # What leads nowhere can be looked at; there is no going on from it.
            self._keeper.put(answer.body)
            self._keeper.end_journal()
            raise

    def _unreadable(self, fetched: Fetched, why: PayloadError) -> SourceError:
        number, key = self._keeper.put(fetched.answer.body)
        return SourceError(
            f"{why.code}: page {number} cannot be read ({why})",
            hint=f"its bytes are kept as {key}; the run is not finished, and nothing of it will be loaded",
        )

    def _is_over(self, chain: Chain) -> bool:
        if not chain.over:
            return False
        self._ended = chain.walk.ended
        for warning in chain.verdicts.say(chain.walk.ended):
            self._told.warn(warning)
        if chain.verdicts.lost:
            self._told.stay()
        return True


def _document(store: ObjectStore, peek: Peek, key: str) -> Any:
    return peek.document(store.get(key))


def _ahead(concurrency: int) -> int:
    """Return how many requests may be out: answers that wait for one before them shall not leave a line idle."""
    return concurrency + concurrency // 2


def _by_context(kept: Sequence[Kept]) -> dict[str, deque[Kept]]:
    found: dict[str, deque[Kept]] = {}
    for one in kept:
        found.setdefault(_key(one.page.context), deque()).append(one)
    return found


def _key(context: Mapping[str, Any]) -> str:
    return json.dumps(context, sort_keys=True, default=str)
