"""The HTTP door, with many threads in it: what they share, and how all of them are turned out at once."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from asking import BODY, Desk
from faults import FaultServer, Heard, fault_server, said
from faults.tls import papers
from minidata.adapters.clock import SystemClock
from minidata.core.errors import SourceError
from minidata.core.exchange import Answer

# No test takes so long; one that fails does.
AT_ONCE = 10.0


def until(ready: Callable[[], bool]) -> None:
    """Come back when all is *ready*."""
    for _ in range(2_000):
        if ready():
            return
        threading.Event().wait(0.005)
    pytest.fail("it never was")


def test_connections_are_kept_and_are_no_more_than_the_source_says(server: FaultServer) -> None:
    server.says(said(BODY, keep_alive=True))
    desk = Desk(server.url, concurrency=3)

    with desk.api() as api, ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(lambda number: api.get(desk.ask(f"/{number}")), range(60)))

    assert [answer.url for answer in answers] == [f"{server.url}/{number}" for number in range(60)]
    assert len(server.heard) == 60
    assert server.connections <= 3


def test_more_threads_than_connections_wait_for_each_other(server: FaultServer) -> None:
    server.says(said(BODY, keep_alive=True))
    desk = Desk(server.url, concurrency=1)

    with desk.api() as api, ThreadPoolExecutor(8) as threads:
        bodies = set(threads.map(lambda _: api.get(desk.ask()).body, range(40)))

    assert (bodies, server.connections) == ({BODY}, 1)


def test_a_connection_that_the_server_has_closed_is_made_anew(server: FaultServer, desk: Desk) -> None:
    gone = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
    server.says(gone)

    with desk.api() as api:
        for _ in range(3):
            assert api.get(desk.ask()).body == b"[]"


def test_what_is_out_when_all_is_over_ends_and_its_connection_is_closed(server: FaultServer, desk: Desk) -> None:
    over = threading.Event()

    def reply(_: Heard) -> bytes:
        over.wait()
        return said(BODY, keep_alive=True)

    server.says(reply)
    with ThreadPoolExecutor(1) as threads:
        with desk.api() as api:
            asked = threads.submit(api.get, desk.ask())
            until(lambda: bool(server.heard))
        with pytest.raises(SourceError):
            asked.result()
        over.set()
    until(lambda: server.ended == server.connections == 1)


def test_each_thread_has_its_own_deadline(server: FaultServer, desk: Desk) -> None:
    def reply(heard: Heard) -> bytes | Iterator[bytes]:
        return server.dripping(said(length=1_000_000)) if heard.path == "/slow" else said(BODY, keep_alive=True)

    server.says(reply)
    with desk.api(deadline=0.3, attempts=1) as api, ThreadPoolExecutor(1) as threads:
        slow = threads.submit(api.get, desk.ask("/slow"))
        while not slow.done():
            api.get(desk.ask("/quick"))

        with pytest.raises(SourceError, match=r"/slow does not answer within 0.3 s"):
            slow.result()


def turned_out(desk: Desk, ready: Callable[[], bool]) -> Future[Answer]:
    """What becomes of a request that is in flight, once it is *ready*, when its Api is aborted."""
    desk.clock = SystemClock()
    with desk.api(timeout=30) as api, ThreadPoolExecutor(1) as threads:
        asked = threads.submit(api.get, desk.ask())
        until(lambda: ready() or asked.done())
        api.abort()
        asked.exception(AT_ONCE)
        with pytest.raises(SourceError, match="stopped"):
            api.get(desk.ask("/later"))
        return asked


def test_what_is_waited_for_fails_at_once_when_all_ends(server: FaultServer, desk: Desk) -> None:
    server.says(server.silence)

    with pytest.raises(SourceError, match="stopped"):
        turned_out(desk, lambda: bool(server.heard)).result()
    assert len(server.heard) == 1


def test_a_body_that_comes_fails_at_once_when_all_ends(server: FaultServer, desk: Desk) -> None:
    server.says(lambda _: server.dripping(said(length=1_000_000)))

    with pytest.raises(SourceError, match="stopped"):
        turned_out(desk, lambda: bool(server.heard)).result()


def test_what_comes_encrypted_fails_at_once_when_all_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = papers(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(own.file))
    with fault_server(own.context) as server:
        server.says(server.silence)

        with pytest.raises(SourceError, match="stopped"):
            turned_out(Desk(server.url), lambda: bool(server.heard)).result()


def test_a_wait_before_asking_again_ends_when_all_ends(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=429, headers={"Retry-After": "30"}))

    with pytest.raises(SourceError, match="stopped"):
        turned_out(desk, lambda: bool(desk.watch.notes)).result()
    assert len(server.heard) == 1


def test_a_wait_for_a_turn_ends_when_all_ends(server: FaultServer) -> None:
    server.says(said(BODY))
    desk = Desk(server.url, rate=0.03)
    desk.clock = SystemClock()

    with desk.api() as api, ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(api.get, desk.ask()) for _ in range(2)]
        until(lambda: any(one.done() for one in asked))
        api.abort()
        failures = [one.exception(AT_ONCE) for one in asked]

    assert sorted(map(str, failures)) == ["None", "stopped: nothing more is asked of the API"]


def test_a_connection_that_is_not_made_fails_at_once_when_all_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    looking, never = threading.Event(), threading.Event()

    def look(*_: object, **__: object) -> None:
        looking.set()
        never.wait()
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look)

    with pytest.raises(SourceError, match="stopped"):
        turned_out(Desk("http://shop.example"), looking.is_set).result()
    never.set()
