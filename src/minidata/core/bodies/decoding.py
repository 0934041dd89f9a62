"""
Undoing Content-Encoding, strictly and within bounds.

HTTP libraries are kind here: they take a gzip body that was cut in half for a whole one. We are not: a body is decoded
to its last byte with every checksum right, or refused.
"""

import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO

from minidata.core.errors import SourceError
from minidata.core.wording import excerpt

_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_WINDOW = 31  # zlib's word for: a gzip header, and the largest window
_STEP = 64 * 1024


class BrokenBody(SourceError):
    """A body that did not arrive as it was sent; asking again may help."""


class BodyTooLarge(SourceError):
    """A body larger than the project takes."""

    hint = "ask for smaller pages, or raise http.max_body, or the source's max_body"


def decode(chunks: Iterable[bytes], encoding: str, *, limit: int) -> bytes:
    """
    Return the body that *chunks* are once the Content-Encoding *encoding* ("" for none) is undone.

    Takes no more memory than *limit* and one step until the body is whole. Raises BrokenBody for a damaged or cut body,
    BodyTooLarge for one that has more than *limit* bytes, SourceError for an encoding that we did not ask for.
    """
    return _joined(_undo(chunks, encoding), limit)


def _undo(chunks: Iterable[bytes], encoding: str) -> Iterable[bytes]:
    names = [name for part in encoding.split(",") if (name := part.strip().lower()) not in {"", "identity"}]
    if not names:
        return chunks
    if len(names) == 1 and names[0] in _GZIP:
        return _gunzipped(chunks)
    raise SourceError(
        f"cannot decode Content-Encoding {excerpt(encoding, 60)!r}",
        hint="minidata asks for gzip or nothing; the API sends something else",
    )


def _joined(pieces: Iterable[bytes], limit: int) -> bytes:
    # It hands out what it holds: at no moment is the body there twice.
    kept = BytesIO()
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise BodyTooLarge(f"the body is larger than {limit:,} bytes")
        kept.write(piece)
    return kept.getvalue()


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    member = _Member()
    for chunk in chunks:
        rest = chunk
        while rest:
            # A gzip body is one member or more; each begins anew, and garbage is no beginning.
            member = _Member(first=False) if member.ended else member
            yield from member.feed(rest)
            rest = member.rest
    if not member.ended:
        raise BrokenBody("the gzip body ends too soon")


class _Member:
    """One gzip member being decompressed, a step at a time."""

    def __init__(self, *, first: bool = True) -> None:
        self._inflate = zlib.decompressobj(wbits=_GZIP_WINDOW)
        self._first = first

    @property
    def ended(self) -> bool:
        """Whether the member is whole: its end was seen and its checksum and length are right."""
        return self._inflate.eof

    @property
    def rest(self) -> bytes:
        """What was fed beyond the member's end."""
        return self._inflate.unused_data

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what *data* decompresses to, at most a step at a time."""
        # Output that is still inside when the input is used up comes with the next input: the checksum, at the latest,
        # is not read before all is out.
        while data and not self.ended:
            yield self._step(data)
            data = self._inflate.unconsumed_tail

    def _step(self, data: bytes) -> bytes:
        try:
            return self._inflate.decompress(data, _STEP)
        except zlib.error as exc:
            raise BrokenBody(self._reason(str(exc))) from None

    def _reason(self, message: str) -> str:
        if "incorrect header check" not in message:
            return f"the gzip body is damaged ({excerpt(message)})"
        return (
            "the body is not gzip, though its Content-Encoding says so"
            if self._first
            else "there is garbage after the gzip body"
        )
