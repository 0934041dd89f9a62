"""
The door to other processes: the same work, spread over many hands.

Workers are started afresh (not forked), so they must be able to import what they are given. They die with their
parent, however it dies, and leave Ctrl-C to it.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from itertools import chain
from multiprocessing import connection
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from minidata.core.errors import EngineError
from minidata.core.failpoints import FAILPOINT, arm
from minidata.core.secrecy.masked import Masked
from minidata.core.secrecy.secrets import Redactor


class Item(Protocol):
    """Something to work on, of *size* bytes; those of one *lane*, unless it is "", one at a time and in their order."""

    @property
    def size(self) -> int:
        """Its size in bytes."""

    @property
    def lane(self) -> str:
        """What it shares with those that must not be worked on at the same time."""


Work = TypeVar("Work", bound=Item)
Result = TypeVar("Result")
Told = TypeVar("Told")
# Starting workers takes about as long as one process needs for so many bytes.
WORTH_WORKERS = 32 * 2**20


class Crew(ExitStack, Generic[Told, Work, Result]):
    """
    Does work in as many as *workers* processes, of which this one is one: little of it in this one alone.

    ``begin(told)`` returns what does the work in one of the others. What they write to stdout and stderr goes through
    *redact*.
    """

    def __init__(
        self, workers: int, begin: Callable[[Told], Callable[[Work], Result]], told: Told, redact: Redactor
    ) -> None:
        super().__init__()
        self._workers = workers
        self._begin = begin
        self._told = told
        self._redact = redact
        self._pool: ProcessPoolExecutor | None = None

    def each(self, here: Callable[[Work], Result], items: Iterable[Work]) -> Iterator[Result]:
        """
        Yield what becomes of each of *items*, in any order; *here* does the work that is done in this process.

        Raises what the work raises, and EngineError when another process is killed.
        """
        coming = iter(items)
        first: list[Work] = []
        size = 0
        for item in coming if self._workers > 1 and not self._pool else ():
            first.append(item)
            size += item.size
            if size >= WORTH_WORKERS:
                self._pool = self.enter_context(self._started())
                break
        items = chain(first, coming)
        yield from _spread(self._pool, self._workers, here, items) if self._pool else map(here, items)

    @contextmanager
    def _started(self) -> Iterator[ProcessPoolExecutor]:
        context = multiprocessing.get_context("spawn")
        told = (self._begin, self._told, self._redact)
        pool = ProcessPoolExecutor(self._workers - 1, mp_context=context, initializer=_begin_here, initargs=told)
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self


def _spread(
    pool: ProcessPoolExecutor, workers: int, here: Callable[[Work], Result], items: Iterator[Work]
) -> Iterator[Result]:
    """Share *items* between this process, which also shares them out, and the others."""
    lanes = _Lanes(items)
    at_work: dict[Future[Any], str] = {}
    try:
        while (mine := lanes.next()) is not None or at_work:
            # While this process is at work nobody can hand anything out: each of the others has one more to go on with.
            while mine is not None and len(at_work) < 2 * (workers - 1) and (item := lanes.next()) is not None:
                at_work[pool.submit(_Hired.do, item)] = item.lane
            if mine is not None:
                yield here(mine)
                lanes.free(mine.lane)
            for done in wait(at_work, timeout=None if mine is None else 0, return_when=FIRST_COMPLETED).done:
                lanes.free(at_work.pop(done))
                yield done.result()
    except BrokenProcessPool as exc:
        raise EngineError(
            "a worker process was killed", hint="what was finished is kept; the next `minidata load` goes on"
        ) from exc


class _Lanes(Generic[Work]):
    """Hands out items in their order, but none whose lane is busy."""

    def __init__(self, items: Iterator[Work]) -> None:
        self._items = items
        self._waiting: dict[str, deque[Work]] = {}
        self._busy: set[str] = set()

    def next(self) -> Work | None:
        """Return the next item that can be worked on now; None when there is none."""
        for lane, waiting in self._waiting.items():
            if waiting and lane not in self._busy:
                return self._given(waiting.popleft())
        for item in self._items:
            if item.lane not in self._busy:
                return self._given(item)
            self._waiting.setdefault(item.lane, deque()).append(item)
        return None

    def free(self, lane: str) -> None:
        """Say that the work in *lane* is done."""
        self._busy.discard(lane)

    def _given(self, item: Work) -> Work:
        if item.lane:
            self._busy.add(item.lane)
        return item


class _Hired:
    """This process, when it is a worker."""

    work: ClassVar[Callable[[Any], Any]]

    @staticmethod
    def do(item: Any) -> Any:
        """Do the work that it was hired for."""
        return _Hired.work(item)


def _begin_here(begin: Callable[[Told], Callable[[Any], Any]], told: Told, redact: Redactor) -> None:
    sys.stdout, sys.stderr = (Masked.over(stream, redact) for stream in (sys.stdout, sys.stderr))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    arm(os.environ.get(FAILPOINT), os._exit)
    _Hired.work = staticmethod(begin(told))


def _leave_with_parent() -> None:
    """A parent that was killed cannot end its workers, and they would wait for it for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
