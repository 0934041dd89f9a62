"""
The door to other processes: the same work, spread over the machine's cores.

Workers are started afresh (not forked), so they must be able to import what they are given; *prepare* helps them. They
die with their parent, however it dies, and leave Ctrl-C to it.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import wait
from typing import Protocol, Self, TypeVar

from minidata.core.masked import Masked
from minidata.core.secrets import Redactor


class Weighed(Protocol):
    """Something to work on that knows how many bytes it holds."""

    @property
    def size(self) -> int:
        """Its size in bytes."""


Item = TypeVar("Item", bound=Weighed)
Result = TypeVar("Result")
# Starting workers takes about as long as one process needs for so many bytes.
WORTH_WORKERS = 32 * 2**20
# How much may be given out before its results are asked for: enough to keep the workers busy through a transaction.
AHEAD = 16 * 2**20


class Mapper(Protocol):
    """Maps like ``map``: lazily, and in order."""

    def __call__(self, work: Callable[[Item], Result], items: Iterable[Item], /) -> Iterator[Result]:
        """Yield ``work(item)`` for each of *items*."""


class Crew(ExitStack):
    """
    Does work here as long as there is little of it. Once it is much, workers are started, each ``prepare(told)`` first.

    What a worker writes to stdout and stderr goes through *redact*.
    """

    def __init__(self, prepare: Callable[[str], None], told: str, redact: Redactor) -> None:
        super().__init__()
        self._prepare = prepare
        self._told = told
        self._redact = redact
        self._bytes = 0
        self._mapper: Mapper = map

    def mapper(self, size: int) -> Mapper:
        """Return how to map over items of *size* bytes together."""
        self._bytes += size
        if self._mapper is map and self._bytes >= WORTH_WORKERS:
            self._mapper = self.enter_context(_workers(self._prepare, self._told, self._redact))
        return self._mapper

    def __enter__(self) -> Self:
        return self


@contextmanager
def _workers(prepare: Callable[[str], None], told: str, redact: Redactor) -> Iterator[Mapper]:
    """Start as many workers as there are cores; what is yielded maps a little ahead of its caller."""
    workers = os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(prepare, told, redact))

    def mapped(work: Callable[[Item], Result], items: Iterable[Item], /) -> Iterator[Result]:
        return _ahead(pool, work, items)

    try:
        yield mapped
    finally:
        pool.shutdown(cancel_futures=True)


def _ahead(pool: ProcessPoolExecutor, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    coming: deque[tuple[int, Future[Result]]] = deque()
    given_out = 0
    for item in items:
        coming.append((item.size, pool.submit(work, item)))
        given_out += item.size
        while given_out > AHEAD:
            size, first = coming.popleft()
            yield first.result()
            given_out -= size
    for _, rest in coming:
        yield rest.result()


def _begin(prepare: Callable[[str], None], told: str, redact: Redactor) -> None:
    sys.stdout, sys.stderr = (Masked.over(stream, redact) for stream in (sys.stdout, sys.stderr))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    prepare(told)


def _leave_with_parent() -> None:
    """A parent that was killed cannot end its workers, and they would wait for it for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
