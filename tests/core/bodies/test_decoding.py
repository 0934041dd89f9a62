"""Undoing Content-Encoding."""

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.bodies.decoding import BodyTooLarge, BrokenBody, decode
from minidata.core.errors import SourceError

BODY = b'{"data": [' + b",".join(b'{"id": %d}' % number for number in range(60)) + b"]}"
PLENTY = 2**20


def undone(body: bytes, encoding: str = "gzip", limit: int = PLENTY, size: int = 7) -> bytes:
    chunks = (body[start : start + size] for start in range(0, len(body), size))
    return decode(chunks, encoding, limit=limit)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 500))
def test_members_in_any_pieces_are_the_whole_body(parts: list[bytes], size: int) -> None:
    assert undone(b"".join(gzip.compress(part) for part in parts), size=size) == b"".join(parts)


@pytest.mark.parametrize("size", [1, 100, 10_000])
def test_a_body_that_unpacks_to_much_more_is_whole(size: int) -> None:
    body = bytes(700_000) + BODY

    assert undone(gzip.compress(body) + gzip.compress(body), limit=2 * PLENTY, size=size) == body + body


def test_no_encoding_leaves_every_byte() -> None:
    assert undone(b"\x1f\x8b no gzip", "") == b"\x1f\x8b no gzip"
    assert undone(b"as it is", "identity") == b"as it is"


def test_an_encoding_is_read_in_any_case() -> None:
    assert undone(gzip.compress(BODY), " GZip ") == undone(gzip.compress(BODY), "x-gzip, identity") == BODY


def test_every_cut_is_seen() -> None:
    whole = gzip.compress(BODY)
    for end in range(len(whole)):
        with pytest.raises(BrokenBody):
            undone(whole[:end])


def test_a_cut_in_the_second_member_is_seen() -> None:
    head, tail = gzip.compress(BODY), gzip.compress(BODY)
    for end in range(1, len(tail)):
        with pytest.raises(BrokenBody):
            undone(head + tail[:end])


@pytest.mark.parametrize("place", [-8, -5, -4, -1])
def test_a_wrong_checksum_or_length_is_seen(place: int) -> None:
    body = bytearray(gzip.compress(BODY))
    body[place] ^= 1

    with pytest.raises(BrokenBody, match="damaged"):
        undone(bytes(body))


@pytest.mark.parametrize("garbage", [b"garbage", b"\x00", b"\x00" * 512, b"{}"])
def test_garbage_after_the_body_is_seen(garbage: bytes) -> None:
    with pytest.raises(BrokenBody, match=r"garbage after|ends too soon"):
        undone(gzip.compress(BODY) + garbage)


@pytest.mark.parametrize("body", [BODY, zlib.compress(BODY)])
def test_what_is_not_gzip_is_told(body: bytes) -> None:
    with pytest.raises(BrokenBody, match="not gzip"):
        undone(body)


@pytest.mark.parametrize("encoding", ["br", "foo", "gzip, gzip", "deflate", "zstd", "gzip;q=1"])
def test_an_encoding_that_we_did_not_ask_for_is_named(encoding: str) -> None:
    with pytest.raises(SourceError, match="cannot decode Content-Encoding") as caught:
        undone(gzip.compress(BODY), encoding)

    assert repr(encoding) in str(caught.value)


def bomb(size: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, wbits=31)
    for _ in range(size // PLENTY):
        yield packer.compress(bytes(PLENTY))
    yield packer.flush()


def test_a_bomb_stops_at_the_limit() -> None:
    small = b"".join(bomb(200 * PLENTY))
    tracemalloc.start()

    with pytest.raises(BodyTooLarge, match="larger than 4,194,304 bytes"):
        decode([small], "gzip", limit=4 * PLENTY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 6 * PLENTY


def test_a_body_of_the_limit_is_taken_and_one_more_byte_is_not() -> None:
    assert undone(gzip.compress(BODY), limit=len(BODY)) == BODY
    assert undone(BODY, "", limit=len(BODY)) == BODY
    for encoding, body in (("gzip", gzip.compress(BODY)), ("", BODY)):
        with pytest.raises(BodyTooLarge):
            undone(body, encoding, limit=len(BODY) - 1)
