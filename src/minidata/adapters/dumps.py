"""The door to files that a person hands over in place of an API's answers: which there are, and what is in each."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

from minidata.core.bodies.decoding import BodyTooLarge, BrokenBody, decode
from minidata.core.errors import ConfigError, SourceError
from minidata.core.wording import excerpt

# No JSON begins like these, so a compressed file is known by its bytes, whatever it is called.
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_STEP = 64 * 1024
# Of zstd, that a block of four bytes may stand for 128 KiB: so many bytes become 32 MiB at most.
_ZSTD_STEP = 1024
_ENDINGS = (".json", ".ndjson", ".jsonl", ".geojson")
_PACKED = (".gz", ".zst")


@dataclass(frozen=True, slots=True)
class Body:
    """What is in a dump, and the *encoding* that was undone ("gzip", "zstd", or None)."""

    data: bytes
    encoding: str | None


@dataclass(frozen=True, slots=True)
class Dump:
    """
    One file handed over; *name* is its own, *place* says in messages where it is.

    It can be read as often as one likes, or only *once*.
    """

    name: str
    place: str
    opened: Callable[[], BinaryIO]
    once: bool = False

    def read(self, limit: int) -> Body:
        """
        Return what is in it, decompressed, *limit* bytes at most.

        Raises ConfigError when it cannot be read, BrokenBody when it is damaged, BodyTooLarge.
        """
        try:
            with self.opened() as file:
                return _undone(file, limit)
        except OSError as exc:
            raise ConfigError(f"cannot read {self.place}: {exc.strerror or exc}") from None
        except BodyTooLarge:
            hint = "split it into smaller files in one folder, or raise http.max_body"
            raise BodyTooLarge(f"{self.place} holds more than {limit:,} bytes", hint=hint) from None
        except SourceError as exc:
            raise BrokenBody(f"{self.place}: {exc}") from None


def dumps_at(path: Path) -> list[Dump]:
    """
    Return the file at *path*, or those in the folder at *path* in the order of their names, hidden ones left out.

    Raises ConfigError when there is none, and for whatever else is in the folder: nothing is passed over in silence.
    """
    try:
        if not path.is_dir():
            return [_dump(path)]
        inside = sorted(one for one in path.iterdir() if not one.name.startswith("."))
    except OSError as exc:
        raise ConfigError(f"cannot read {path}: {exc.strerror}") from None
    if not inside:
        raise ConfigError(f"there is no file in {path}")
    stray = next((one for one in inside if not _looks_right(one)), None)
    if stray is not None:
        hint = f"a folder's files end in {', '.join(_ENDINGS)}, and then perhaps {' or '.join(_PACKED)}"
        raise ConfigError(f"{stray} is not a file to read", hint=hint)
    return [_dump(one) for one in inside]


def dump_of(stream: BinaryIO) -> Dump:
    """Return what comes out of *stream*, the program's stdin, to its end."""
    return Dump("-", "stdin", lambda: stream, once=True)


def _dump(path: Path) -> Dump:
    return Dump(path.name, str(path), lambda: _opened(path))


def _looks_right(path: Path) -> bool:
    name = path.name.lower()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    return name.endswith(_ENDINGS) and not path.is_dir()


def _opened(path: Path) -> BinaryIO:
    # Opened first and looked at then, so that both are of one thing; and without waiting for a pipe's other end.
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise ConfigError(f"{path} is no file, but a pipe or a device", hint="give what comes out of it to `--from -`")
    return os.fdopen(number, "rb")


def _undone(file: BinaryIO, limit: int) -> Body:
    first = file.read(_STEP)
    chunks = _chunks(first, file)
    if first.startswith(_GZIP):
        return Body(decode(chunks, "gzip", limit=limit), "gzip")
    if first.startswith(_ZSTD):
        return Body(decode(_unzstd(chunks), "", limit=limit), "zstd")
    return Body(decode(chunks, "", limit=limit), None)


def _chunks(first: bytes, file: BinaryIO) -> Iterator[bytes]:
    chunk = first
    while chunk:
        yield chunk
        chunk = file.read(_STEP)


def _unzstd(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what the zstd frames in *chunks* hold; raise BrokenBody unless the last one is whole."""
    frame = zstandard.ZstdDecompressor().decompressobj()
    for piece in (chunk[at : at + _ZSTD_STEP] for chunk in chunks for at in range(0, len(chunk), _ZSTD_STEP)):
        rest = piece
        while rest:
            frame = zstandard.ZstdDecompressor().decompressobj() if frame.eof else frame
            try:
                yield frame.decompress(rest)
            except zstandard.ZstdError as exc:
                raise BrokenBody(f"the zstd data is damaged ({excerpt(str(exc))})") from None
            rest = frame.unused_data
    if not frame.eof:
        raise BrokenBody("the zstd data ends too soon")
