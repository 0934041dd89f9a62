"""A reader beside a test: asks again and again, and fails the test with whatever goes wrong."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from minidata.adapters.database.connection import READER, Database, connect
from minidata.adapters.project import Project
from minidata.steps.engine import endpoint

Row = tuple[object, ...]


@contextmanager
def reading(project: Project, ask: Callable[[Database], Iterable[Row]]) -> Iterator[list[Row]]:
    """Ask again and again in another connection, as the reader; yields the list of all answers."""
    seen: list[Row] = []
    failures: list[Exception] = []
    stop = threading.Event()

    def read() -> None:
        try:
            with connect(endpoint(project).url, role=READER) as database:
                # A statement that a client has prepared cannot change its types: that is Postgres's rule, not ours.
                database.connection.prepare_threshold = None
                while not stop.is_set():
                    seen.extend(ask(database))
        except Exception as exc:  # noqa: BLE001 - whatever it is, the test fails with it
            failures.append(exc)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()
    assert failures == []
