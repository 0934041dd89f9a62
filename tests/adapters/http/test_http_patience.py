"""The HTTP door: asking again, and not too often."""

import socket
import threading
from collections.abc import Iterator
from itertools import pairwise

import pytest

from asking import BODY, Desk
from faults import Fault, FaultServer, Heard, closed_port, corrupt, cut, faulty_line, reset, said, stall
from minidata.core.errors import SourceError


def test_a_server_that_drips_its_body_meets_the_deadline(server: FaultServer, desk: Desk) -> None:
    server.says(lambda _: server.dripping(said(length=1_000_000)))

    with pytest.raises(SourceError, match=r"does not answer within 0.2 s \(asked 2 times\)"):
        desk.get(deadline=0.2, attempts=2)


def test_a_server_that_drips_its_headers_meets_the_deadline(server: FaultServer, desk: Desk) -> None:
    server.says(lambda _: server.dripping(b"HTTP/1.1 200 OK\r\nX-Slow: "))

    with pytest.raises(SourceError, match=r"does not answer within 0.2 s"):
        desk.get(deadline=0.2, attempts=1)


def test_a_server_that_says_nothing_meets_the_timeout(server: FaultServer, desk: Desk) -> None:
    def silence(_: Heard) -> Iterator[bytes]:
        server.stopping.wait()
        yield b""

    server.says(silence)

    with pytest.raises(SourceError, match=r"does not answer within 0.1 s"):
        desk.get(timeout=0.1, attempts=1)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 522])
def test_what_passes_is_asked_again(server: FaultServer, desk: Desk, status: int) -> None:
    server.says(said(status=status), said(status=status), said(BODY))

    assert desk.get().body == BODY
    assert (len(server.heard), desk.slept) == (3, [0.5, 1.0])


def test_a_server_that_says_when_is_not_asked_earlier(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=429, headers={"Retry-After": "2"}), said(BODY))

    desk.get()

    assert desk.slept == [2.0]
    assert desk.watch.notes == [f"{server.url}/orders answers 429 Too Many Requests, again in 2.0 s"]


def test_a_server_that_wants_more_patience_than_we_have_is_left_at_once(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=429, headers={"Retry-After": "999999"}))

    with pytest.raises(
        SourceError, match=r"answers 429 Too Many Requests \(asked once, retry after 2026-03-13 .* UTC\)"
    ):
        desk.get()
    assert (len(server.heard), desk.slept) == (1, [])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 501])
def test_what_does_not_pass_is_asked_once(server: FaultServer, desk: Desk, status: int) -> None:
    server.says(said(b'{"error": "bad thing"}', status=status))

    with pytest.raises(SourceError, match=f"answers {status} .*bad thing"):
        desk.get()
    assert len(server.heard) == 1


def test_an_api_that_is_down_is_told_after_all_attempts() -> None:
    desk = Desk(f"http://127.0.0.1:{closed_port()}")

    with pytest.raises(SourceError, match=r"does not answer \(.*Connection refused\) \(asked 5 times\)"):
        desk.get()
    assert desk.slept == [0.5, 1, 2, 4]


def test_a_host_that_nobody_knows_is_told() -> None:
    with pytest.raises(SourceError, match=r"http://shop.invalid/orders does not answer"):
        Desk("http://shop.invalid").get(attempts=2)


def test_a_name_that_nobody_looks_up_meets_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()

    def look(*_: object, **__: object) -> None:
        never.wait()
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look)

    with pytest.raises(SourceError, match=r"http://shop.example/orders does not answer within 0.1 s \(asked 2 times\)"):
        Desk("http://shop.example").get(timeout=0.1, attempts=2)
    never.set()


def test_the_source_s_own_timeout_and_deadline_come_first(server: FaultServer) -> None:
    server.says(server.silence)
    with pytest.raises(SourceError, match=r"does not answer within 0.1 s"):
        Desk(server.url, timeout=0.1).get(attempts=1)

    server.says(lambda _: server.dripping(said(length=1_000_000)))
    with pytest.raises(SourceError, match=r"does not answer within 0.2 s"):
        Desk(server.url, deadline=0.2).get(attempts=1)


@pytest.mark.parametrize("fault", [cut(0), cut(30), cut(150), reset(0), reset(150), corrupt(3), stall(60)])
def test_a_line_that_is_bad_once_is_used_again(server: FaultServer, fault: Fault) -> None:
    server.says(said(BODY))
    with faulty_line(server.url) as line:
        line.plans(fault)

        assert Desk(line.url).get(timeout=0.3).body == BODY
        assert line.connections == 2


def test_a_line_that_stays_bad_is_told(server: FaultServer) -> None:
    server.says(said(BODY))
    with faulty_line(server.url) as line:
        line.plans(*[reset(100)] * 3)

        with pytest.raises(SourceError, match=r"breaks off .* \(asked 3 times\)"):
            Desk(line.url).get(attempts=3)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_post_that_may_have_been_done_is_not_sent_again(server: FaultServer, desk: Desk, status: int) -> None:
    server.says(said(status=status), said(BODY))

    with pytest.raises(SourceError, match=r"\(not asked again, for the stream is not idempotent\)"):
        desk.post({})
    assert len(server.heard) == 1


def test_a_post_whose_answer_was_lost_is_not_sent_again(server: FaultServer) -> None:
    server.says(said(BODY))
    with faulty_line(server.url) as line:
        line.plans(cut(0))

        with pytest.raises(SourceError, match="not asked again"):
            Desk(line.url).post({})
        assert len(server.heard) == 1


@pytest.mark.parametrize("saying", [said(status=503), b"HTTP/1.1 20"])
def test_a_post_that_does_no_harm_is_sent_again(server: FaultServer, desk: Desk, saying: bytes) -> None:
    server.says(saying, said(BODY))

    assert desk.post({"a": 1}, idempotent=True).body == BODY
    assert [heard.json for heard in server.heard] == [{"a": 1}] * 2


def test_a_post_that_was_turned_away_is_sent_again(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=429, headers={"Retry-After": "3"}), said(BODY))

    assert desk.post({}).body == BODY
    assert desk.slept == [3.0]


def test_a_post_that_was_never_sent_is_sent_again() -> None:
    with pytest.raises(SourceError, match=r"\(asked 5 times\)"):
        Desk(f"http://127.0.0.1:{closed_port()}").post({})


def test_a_source_is_not_asked_more_often_than_it_says(server: FaultServer) -> None:
    desk = Desk(server.url, rate=2.0)
    moments: list[float] = []

    def reply(_: Heard) -> bytes:
        moments.append(desk.clock.monotonic())
        return said(BODY)

    server.says(reply)
    with desk.api() as api:
        for _ in range(5):
            api.get(desk.ask())

    # Each request is on its way for a moment, some for longer than others.
    assert all(later - earlier > 0.4 for earlier, later in pairwise(moments))
    assert sum(desk.slept) < 2.0


def test_whom_the_api_tells_to_wait_it_tells_for_all(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=429, headers={"Retry-After": "20"}), said(BODY))

    with desk.api(attempts=1) as api:
        with pytest.raises(SourceError, match="answers 429"):
            api.get(desk.ask())
        assert desk.slept == []
        assert api.get(desk.ask("/other")).body == BODY

    assert desk.slept == [pytest.approx(20, abs=1)]


def test_an_api_that_wants_to_be_left_alone_is(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=429, headers={"Retry-After": "999999"}), said(BODY))

    with desk.api() as api:
        with pytest.raises(SourceError, match="answers 429"):
            api.get(desk.ask())
        with pytest.raises(SourceError, match="the API wants to be left alone until 2026-03-13 "):
            api.get(desk.ask("/other"))

    assert (len(server.heard), desk.slept) == (1, [])
