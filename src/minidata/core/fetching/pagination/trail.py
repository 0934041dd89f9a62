"""Seeing that a Walk does not go in circles, nor on for ever."""

from hashlib import blake2b

from minidata.core.errors import SourceError
from minidata.core.exchange import Ask

_HINT = "look at the answer and mend the stream's pages="


class Trail:
    """What was asked so far: eight bytes for each request, for there may be very many."""

    def __init__(self) -> None:
        self._asked: set[int] = set()

    def add(self, ask: Ask) -> None:
        """Remember *ask*; raise SourceError when it was asked before."""
        digest = blake2b(repr(ask.identity).encode("utf-8", "backslashreplace"), digest_size=8).digest()
        known = int.from_bytes(digest)
        if known in self._asked:
            raise loop(f"page {len(self._asked) + 1} would be one that was asked already")
        self._asked.add(known)


def loop(what: str) -> SourceError:
    """Return the error for pages that lead nowhere."""
    return SourceError(f"pagination loop: {what}", hint=_HINT)
