"""The HTTP door: bodies that are whole, and those that are not; headers of any kind."""

import gzip
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asking import BODY, Desk
from faults import FaultServer, Heard, said
from minidata.core.errors import SourceError


def test_gzip_of_many_members_is_undone(server: FaultServer, desk: Desk) -> None:
    server.says(said(gzip.compress(BODY[:50]) + gzip.compress(BODY[50:]), headers={"Content-Encoding": "gzip"}))

    answer = desk.get()

    assert (answer.body, answer.content_encoding) == (BODY, "gzip")


@pytest.mark.parametrize("length", [None, -1])
def test_gzip_cut_anywhere_is_no_answer(server: FaultServer, desk: Desk, length: int | None) -> None:
    whole = gzip.compress(BODY)
    for end in range(1, len(whole), 11):
        server.says(said(whole[:end], headers={"Content-Encoding": "gzip"}, length=length))

        with pytest.raises(SourceError, match=r"the gzip body ends too soon \(asked 2 times\)"):
            desk.get(attempts=2)


@pytest.mark.parametrize(
    ("saying", "told"),
    [
        (said(BODY, headers={"Content-Encoding": "gzip"}), "the body is not gzip"),
        (said(gzip.compress(BODY)[:-1] + b"!", headers={"Content-Encoding": "gzip"}), "the gzip body is damaged"),
        (said(BODY, headers={"Content-Encoding": "br"}), "cannot decode Content-Encoding 'br'"),
        (said(BODY, length=len(BODY) + 9), "breaks off"),
        (said(BODY, headers={"Content-Length": "10", "content-length": "11"}), "breaks off"),
        (said(BODY, headers={"Transfer-Encoding": "chunked"}), "sends both a Content-Length and a Transfer-Encoding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,2,\r\n", "breaks off"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "breaks off"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n", "breaks off"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "breaks off"),
        (b"", "breaks off"),
        (said(status=206, body=BODY), "answers 206 Partial Content"),
        (said(status=304), "answers 304 Not Modified"),
        (said(status=999), "answers 999"),
    ],
)
def test_what_is_no_whole_answer_is_told(server: FaultServer, desk: Desk, saying: bytes, told: str) -> None:
    server.says(saying)

    with pytest.raises(SourceError) as caught:
        desk.get(attempts=2)

    assert str(caught.value).startswith(f"{server.url}/orders {told}")
    assert "\n" not in str(caught.value)


def test_a_body_with_no_length_is_taken_when_it_is_json(server: FaultServer, desk: Desk) -> None:
    server.says(said(BODY, length=-1))

    assert desk.get().body == BODY
    assert len(server.heard) == 1


def test_a_body_with_no_length_that_is_cut_is_asked_for_again(server: FaultServer, desk: Desk) -> None:
    server.says(said(BODY[:-9], length=-1), said(b"", length=-1), said(BODY, length=-1))

    assert desk.get().body == BODY
    assert len(server.heard) == 3


def test_a_body_with_no_length_that_stays_so_is_handed_on(server: FaultServer, desk: Desk) -> None:
    server.says(said(b"<html>no", length=-1))

    assert desk.get(attempts=3).body == b"<html>no"
    assert len(server.heard) == 3


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_body_beyond_the_limit_is_refused_at_once(server: FaultServer, desk: Desk, encoding: str) -> None:
    body = bytes(100_000)
    server.says(said(gzip.compress(body) if encoding else body, headers={"Content-Encoding": encoding}))

    with pytest.raises(SourceError, match="the body is larger than 50,000 bytes") as caught:
        desk.get(max_body=50_000)
    assert "http.max_body" in caught.value.hint
    assert len(server.heard) == 1


def test_an_error_s_body_that_cannot_be_decoded_does_not_hide_the_error(server: FaultServer, desk: Desk) -> None:
    server.says(said(b"\x0b\x02", status=404, headers={"Content-Encoding": "br"}))

    with pytest.raises(SourceError, match=r"answers 404 Not Found$"):
        desk.get()


def test_lines_of_json_with_no_length_are_taken(server: FaultServer, desk: Desk) -> None:
    server.says(said(b'{"id": 1}\n{"id": 2}\n', length=-1))

    desk.get()

    assert len(server.heard) == 1


def test_lines_of_json_with_no_length_that_are_cut_are_asked_for_again(server: FaultServer, desk: Desk) -> None:
    server.says(said(b'{"id": 1}\n{"id":', length=-1), said(b'{"id": 1}\n{"id": 2}', length=-1))

    assert desk.get().body == b'{"id": 1}\n{"id": 2}'


def test_a_bomb_goes_off_in_a_small_room(server: FaultServer, desk: Desk) -> None:
    server.says(said(gzip.compress(bytes(100_000_000)), headers={"Content-Encoding": "gzip"}))
    tracemalloc.start()

    with pytest.raises(SourceError, match="the body is larger than 1,000,000 bytes"):
        desk.get(max_body=1_000_000)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def test_a_body_is_in_memory_once(server: FaultServer, desk: Desk) -> None:
    piece = bytes(100_000)
    server.says(lambda _: iter([said(length=20_000_000), *[piece] * 200]))
    tracemalloc.start()

    size = len(desk.get().body)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (size, peak < 30_000_000) == (20_000_000, True)


def test_a_body_without_end_has_one(server: FaultServer, desk: Desk) -> None:
    def endless(_: Heard) -> Iterator[bytes]:
        yield said(length=-1)
        while True:
            yield bytes(65_536)

    server.says(endless)

    with pytest.raises(SourceError, match="the body is larger than 1,000,000 bytes"):
        desk.get(max_body=1_000_000)


def test_a_body_that_says_it_is_too_large_is_not_waited_for(server: FaultServer, desk: Desk) -> None:
    server.says(lambda _: server.dripping(said(length=10**10)))

    with pytest.raises(SourceError, match="the body is larger than 268,435,456 bytes"):
        desk.get(deadline=3, attempts=1)


def test_the_source_s_own_limit_comes_first(server: FaultServer) -> None:
    server.says(said(BODY))

    with pytest.raises(SourceError, match="the body is larger than 10 bytes"):
        Desk(server.url, max_body=10).get(max_body=1_000)


def test_what_is_packed_twice_is_not_unpacked(server: FaultServer, desk: Desk) -> None:
    server.says(said(gzip.compress(gzip.compress(BODY)), headers={"Content-Encoding": "gzip, gzip"}))

    with pytest.raises(SourceError, match="cannot decode Content-Encoding 'gzip, gzip'"):
        desk.get()


EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"


def test_a_thousand_words_before_the_answer_are_passed_over(server: FaultServer, desk: Desk) -> None:
    server.says(EARLY * 1_000 + said(BODY))

    assert desk.get().body == BODY


def test_words_before_the_answer_without_end_meet_the_deadline(server: FaultServer, desk: Desk) -> None:
    def endless(_: Heard) -> Iterator[bytes]:
        while not server.stopping.is_set():
            yield EARLY * 10

    server.says(endless)

    with pytest.raises(SourceError, match=r"does not answer within 0.3 s"):
        desk.get(deadline=0.3, attempts=1)


@pytest.mark.parametrize(
    "lines",
    [
        b"X: \x80\xff\xe9\r\n",
        b"".join(b"X-%d: y\r\n" % number for number in range(5_000)),
        b"Set-Cookie: a=b; Domain=.co.uk\r\n" * 2_000,
        b"ETag: a\r\nETag: b\r\n",
        b"Date: Sun, 01 Mar 2026 12:00:00 GMT\r\nDate: never\r\n",
        b"Link: " + b"<x>; rel=next, " * 5_000 + b"\r\n",
        b"Content-Type: \xc3\xa9\r\n",
    ],
)
def test_headers_of_any_kind_are_borne(server: FaultServer, desk: Desk, lines: bytes) -> None:
    server.says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n" + lines + b"\r\n[]")

    assert desk.get().body == b"[]"


@pytest.mark.parametrize(
    "lines",
    [b"X: a\0b\r\n", b"no colon\r\n", b": no name\r\n", b"A b: c\r\n", b"X: y\r\n" * 100_000, b"\x00" * 1_000],
)
def test_headers_that_are_none_are_told(server: FaultServer, desk: Desk, lines: bytes) -> None:
    server.says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n" + lines + b"\r\n[]")

    with pytest.raises(SourceError, match=r"/orders breaks off \("):
        desk.get(attempts=1)


@given(lines=st.lists(st.binary(max_size=40), max_size=4))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_header_makes_us_fall(server: FaultServer, desk: Desk, lines: list[bytes]) -> None:
    server.says(b"\r\n".join([b"HTTP/1.1 200 OK", b"Connection: close", b"Content-Length: 2", *lines, b"", b"[]"]))

    with suppress(SourceError):
        desk.get(attempts=1, timeout=1)
