"""Files that a person hands over: read whole, or refused."""

import gzip
import io
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from minidata.adapters.dumps import dump_of
from minidata.core.bodies.decoding import BrokenBody

PACKERS: list[Callable[[bytes], bytes]] = [
    gzip.compress,
    zstandard.ZstdCompressor().compress,
    zstandard.ZstdCompressor(write_content_size=False, write_checksum=True).compress,
]
MAGIC = 4
LIMIT = 10_000


def read(data: bytes) -> bytes:
    return dump_of(io.BytesIO(data)).read(LIMIT).data


@pytest.mark.parametrize("pack", PACKERS)
@given(st.lists(st.binary(max_size=2_000), min_size=1, max_size=4))
def test_what_was_packed_in_pieces_is_unpacked(pack: Callable[[bytes], bytes], pieces: list[bytes]) -> None:
    assert read(b"".join(map(pack, pieces))) == b"".join(pieces)


@pytest.mark.parametrize("pack", PACKERS)
@given(st.binary(max_size=500), st.data())
def test_a_packed_file_that_was_cut_is_no_file(
    pack: Callable[[bytes], bytes], body: bytes, data: st.DataObject
) -> None:
    packed = pack(body)
    cut = data.draw(st.integers(MAGIC, len(packed) - 1))

    with pytest.raises(BrokenBody, match=r"stdin: the (gzip body|zstd data) ends too soon"):
        read(packed[:cut])
