"""A file in place of an API's answer: whether the Stream can read it, and what is in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self
from urllib.parse import quote

from minidata.adapters.dumps import Body, Dump
from minidata.core.bodies.payload import PayloadError, parse, records_in_lines, records_of
from minidata.core.errors import SourceError
from minidata.core.source import Stream


@dataclass(frozen=True)
class LookedAt:
    """
    A dump that a Stream can read: how many *records* it holds, how many of them are lines that are *unreadable*.

    Its bytes are not kept here, except where they can be read only once.
    """

    dump: Dump
    limit: int
    sha256: str
    records: int
    unreadable: int
    once: Body | None

    @classmethod
    def at(cls, dump: Dump, stream: Stream, limit: int) -> Self:
        """Look at *dump*; raise ConfigError or SourceError when it cannot be read, or is not as *stream* says."""
        body = dump.read(limit)
        try:
            records = _records_in(body.data, stream)
        except PayloadError as exc:
            raise SourceError(
                f"{exc.code}: {dump.place} is not what {stream.name} reads ({exc})",
                hint=f"the stream says format={stream.format!r}, records={stream.records!r}; nothing was stored",
            ) from None
        unreadable = sum(isinstance(record, PayloadError) for record in records)
        return cls(dump, limit, _digest(body), len(records), unreadable, body if dump.once else None)

    @property
    def url(self) -> str:
        """Where a Page says that it comes from; not which folder, which is nobody's business."""
        return f"file:{quote(self.dump.name)}"

    def body(self) -> Body:
        """Return what is in it, once more; raise SourceError when it is not what it was."""
        if self.once is not None:
            return self.once
        body = self.dump.read(self.limit)
        if _digest(body) != self.sha256:
            raise SourceError(f"{self.dump.place} changes while it is read", hint="run this again when it is finished")
        return body


def _records_in(data: bytes, stream: Stream) -> Sequence[object]:
    if stream.format == "json":
        return records_of(parse(data), stream.records)
    records = records_in_lines(data)
    if records and all(isinstance(record, PayloadError) for record in records):
        raise PayloadError("NOT_JSON", "none of its lines is JSON")
    return records


def _digest(body: Body) -> str:
    return sha256(body.data).hexdigest()
