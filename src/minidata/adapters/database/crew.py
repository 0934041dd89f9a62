"""
Several connections that work side by side, each in a thread of its own, for as long as a block lasts.

However the block ends, what still runs in Postgres is cancelled, and every connection but the first is closed.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack
from queue import Empty, Queue
from threading import Lock
from types import TracebackType
from typing import Self, TypeVar

import psycopg

from minidata.adapters.database.connection import Database
from minidata.adapters.database.refusals import EngineBusy

Done = TypeVar("Done")

# So often what runs is cancelled, until it has ended, and after so many seconds it is left alone.
_AGAIN = 0.1
_LONGEST = 10.0


class Crew:
    """
    As many as *size* connections: *first*, which nobody else uses meanwhile, and those that *more* opens.

    They are opened when there is work for them. Where Postgres has no more of them, those that there are do the work.
    """

    def __init__(self, first: Database, more: Callable[[], AbstractContextManager[Database]], size: int) -> None:
        self._more = more
        self._free: Queue[Database] = Queue()
        self._free.put(first)
        self._open = [first]
        self._lock = Lock()
        self._full = False
        self._stack = ExitStack()
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="crew")
        self._running: set[Future[object]] = set()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End what runs, and close what was opened."""
        try:
            self.cancel()
            self._threads.shutdown(wait=False, cancel_futures=True)
        finally:
            self._stack.close()

    def start(self, work: Callable[[Database], Done]) -> "Future[Done]":
        """Have *work* done with the next connection that is free."""
        future = self._threads.submit(self._do, work)
        self._running.add(future)  # type: ignore[arg-type]  # what comes of it does not matter here
        future.add_done_callback(self._running.discard)
        return future

    def cancel(self) -> None:
        """Cancel what runs, in Postgres too, and come back when it has ended."""
        for _ in range(round(_LONGEST / _AGAIN)):
            for future in tuple(self._running):
                future.cancel()
            if not self._running:
                return
            # Between two statements there is nothing to cancel, and then the next one begins.
            for database in tuple(self._open):
                _cancel(database)
            wait(tuple(self._running), _AGAIN)

    def _do(self, work: Callable[[Database], Done]) -> Done:
        database = self._taken()
        try:
            return work(database)
        finally:
            self._free.put(database)

    def _taken(self) -> Database:
        try:
            return self._free.get_nowait()
        except Empty:
            pass
        if not self._full:
            try:
                # What is opened by one thread is closed by another, once all have ended.
                opened = self._more()
                database = opened.__enter__()
                with self._lock:
                    self._stack.push(opened)
                    self._open.append(database)
            except EngineBusy:
                self._full = True
            else:
                return database
        return self._free.get()


def _cancel(database: Database) -> None:
    try:
        database.connection.cancel_safe(timeout=_AGAIN)
    except psycopg.Error:
        # It has gone away, and what it ran with it.
        return
