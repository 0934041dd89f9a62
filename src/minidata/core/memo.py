"""
What pure functions of a text have given before, so that another run need not work it out again.

A function of which ``remembered`` is told gives what it gave for the same text whenever a Memo is at hand, and is
called when none is. Nothing but the time it takes can differ, so no caller has to know.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from types import CodeType
from typing import TypeVar

# What a Memo holds, so that it can be written down: nothing that is a class of somebody's.
Plain = str | bytes | int | float | bool | None | CodeType | tuple["Plain", ...]

Result = TypeVar("Result", bound=Plain)

_AT_HAND: ContextVar["Memo | None"] = ContextVar("memo", default=None)


class Memo:
    """
    Results by what they are of.

    *known* is what there is already; *found* what was worked out since, *used* the keys of both that were asked for.
    """

    def __init__(self, known: Mapping[bytes, Plain] | None = None) -> None:
        self._known = known or {}
        self.found: dict[bytes, Plain] = {}
        self.used: set[bytes] = set()

    def recall(self, kind: str, text: str, make: Callable[[str], Result]) -> Result:
        """Return what *make* gives for *text*; *kind* tells functions apart."""
        # A lone surrogate, which no encoding has, may stand in a text.
        key = hashlib.sha256(f"{kind}\0{text}".encode(errors="surrogatepass")).digest()
        self.used.add(key)
        if key not in self._known and key not in self.found:
            self.found[key] = make(text)
        known = self._known if key in self._known else self.found
        result: Result = known[key]  # type: ignore[assignment]  # what *make* gave once
        return result

    def all(self) -> Mapping[bytes, Plain]:
        """Return all that is worth keeping: what was asked for, and as much again of what was not."""
        kept = [key for key in self._known if key not in self.used][: len(self.used)]
        return {key: self._known[key] for key in self._known.keys() & {*kept, *self.used}} | self.found


@contextmanager
def at_hand(memo: Memo) -> Iterator[None]:
    """Let remembered functions recall from *memo*, and keep in it what they give."""
    token = _AT_HAND.set(memo)
    try:
        yield
    finally:
        _AT_HAND.reset(token)


def remembered(function: Callable[[str], Result]) -> Callable[[str], Result]:
    """Return *function*, which gives the same for the same text at any time, as one that a Memo at hand may save."""

    kind = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def recalled(text: str) -> Result:
        memo = _AT_HAND.get()
        return function(text) if memo is None else memo.recall(kind, text, function)

    return recalled
