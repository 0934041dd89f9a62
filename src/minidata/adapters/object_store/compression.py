"""Bodies made small by zstd, and made whole again, never larger than they may be."""

import zstandard

from minidata.core.errors import ObjectDamaged
from minidata.core.wording import excerpt

ENDING = ".zst"
_LEVEL = 3
# Of a body whose size nobody has written down.
LARGEST = 2**30


def compressed(body: bytes) -> bytes:
    """Return *body* as one zstd frame that knows its size and its checksum."""
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True, write_content_size=True).compress(body)


def expanded(key: str, kept: bytes, most: int = LARGEST) -> bytes:
    """Return the body that *kept* is made of; raise ObjectDamaged when it is damaged, or larger than *most* bytes."""
    try:
        size = zstandard.frame_content_size(kept)
        if not 0 <= size <= most:
            raise ObjectDamaged(f"object {key} is not what was stored there: its size is said to be {size:,} bytes")
        # Makes room for that many bytes, and refuses a frame that holds more, fewer, or something behind it.
        return zstandard.ZstdDecompressor().decompress(kept, allow_extra_data=False)
    except zstandard.ZstdError as exc:
        raise ObjectDamaged(f"object {key} is not what was stored there: {excerpt(str(exc))}") from exc
