"""A text stream in which no secret gets through, whoever writes to it."""

from collections.abc import Iterable
from typing import Any, TextIO, cast

from minidata.core.secrecy.secrets import Redactor


class Masked:
    """
    Writes to *stream* what is written to it, with the secrets masked that *redact* knows at that moment.

    Warnings, log records, tracebacks of threads and a user's own print() all end in ``sys.stderr`` or ``sys.stdout``,
    each line in one piece. Bytes written to its *buffer* are data, and pass as they are.
    """

    def __init__(self, stream: TextIO, redact: Redactor) -> None:
        self._stream = stream
        self.redact = redact

    @classmethod
    def over(cls, stream: TextIO, redact: Redactor) -> TextIO:
        """Return *stream* with this before it; a program without one, as Windows has them, stays without."""
        return cast(TextIO, cls(stream, redact)) if stream is not None else stream

    def write(self, text: str) -> int:
        """Write *text*, masked; return the length of what was given."""
        self._stream.write(self.redact(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write all of *lines*, masked."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        """Be in all else the stream that this stands before."""
        return getattr(self._stream, name)
