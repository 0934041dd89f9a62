"""What is kept of a Run, written down while it goes on: by a thread of its own, for nobody waits for it."""

from collections import deque
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from threading import Condition, Event, Thread

from minidata.adapters.object_store import ObjectStore
from minidata.core.errors import StoreError
from minidata.core.failpoints import Failpoint, reached
from minidata.core.fetching.journal import Kept, Part
from minidata.core.runs import journal_key

# Seconds that a Page waits for others, to be written down with them.
_LINGER = 0.05


@dataclass(frozen=True, slots=True)
class _Entry:
    kept: Kept
    put: "Future[bool]"


class Journal:
    """
    The journal of one Run, below *prefix*; *part* is what each part says of the Run.

    Pages come in their order, each with its put under way. Whatever is in the store a moment after the first goes into
    one part: so it is one for each Page where they come slowly, and one for many where they come fast.
    """

    def __init__(self, store: ObjectStore, prefix: str, part: Part, written: int) -> None:
        self._store = store
        self._prefix = prefix
        self._part = part
        self._written = written
        self._waiting: deque[_Entry] = deque()
        self._changed = Condition()
        self._closed = Event()
        self._error: StoreError | None = None
        self._thread: Thread | None = None

    def keep(self, kept: Kept, put: "Future[bool]") -> None:
        """Write *kept* down once *put* is done; raise StoreError when an earlier one could not be written."""
        if self._error:
            raise self._error
        if self._thread is None:
            self._thread = Thread(target=self._write, name="minidata-journal", daemon=True)
            self._thread.start()
        with self._changed:
            self._waiting.append(_Entry(kept, put))
            self._changed.notify()

    def close(self, *, flush: bool) -> None:
        """End the writing: with *flush* all whose put is done is written first, else what is not yet is left out."""
        if self._thread is None:
            return
        with self._changed:
            self._closed.set()
            if not flush:
                self._waiting.clear()
            self._changed.notify()
        self._thread.join()
        self._thread = None

    def remove(self) -> None:
        """Remove the parts, the first one alone: without it the others are no journal, should this be interrupted."""
        keys = [journal_key(self._prefix, number) for number in range(1, self._written + 1)]
        for some in (keys[:1], keys[1:]):
            self._store.delete(some)
        self._written = 0

    def _write(self) -> None:
        try:
            while entries := self._next():
                self._put(entries)
        except StoreError as exc:
            self._error = exc

    def _next(self) -> list[Kept]:
        """Wait for Pages that are in the store and return them; none when the journal is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed.is_set())
            if not self._waiting:
                return []
            first = self._waiting.popleft()
        self._closed.wait(_LINGER)
        if not self._is_there(first):
            return []
        found = [first.kept]
        with self._changed:
            while self._waiting and self._waiting[0].put.done() and self._is_there(self._waiting[0]):
                found.append(self._waiting.popleft().kept)
        return found

    def _is_there(self, entry: _Entry) -> bool:
        """Whether the Page is in the store; one that is not is the end of what can be told."""
        try:
            return entry.put.exception() is None
        except CancelledError:
            return False

    def _put(self, entries: list[Kept]) -> None:
        # Of the digests of keys only the last page's are compared with anything again.
        slim = [one.model_copy(update={"gist": one.gist.model_copy(update={"ids": ()})}) for one in entries[:-1]]
        part = self._part.model_copy(update={"kept": (*slim, entries[-1])})
        number = self._written + 1
        self._store.put(journal_key(self._prefix, number), part.model_dump_json().encode())
        reached(Failpoint.PAGE_NOTED)
        self._written = number
