"""Masking secrets by value: whatever text they turn up in, and in the spellings they turn up in."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

MASK = "***"
# Anything shorter is as likely a word of the text as the secret.
SHORTEST = 4
_SHORTEST_LINE = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A secret and the *place* that had it; *trimmed* when a variable had a newline at its end."""

    value: str = field(repr=False)
    place: str
    trimmed: bool = False


class Vault(Protocol):
    """A keeper of secrets outside the project, asked by name; ConfigError says why it cannot be."""

    @property
    def place(self) -> str:
        """What it is called."""

    def get(self, name: str) -> str | None:
        """Return the secret; None when none is kept under *name*."""

    def put(self, name: str, value: str) -> None:
        """Keep *value* under *name*, instead of what was there."""


class Redactor:
    """Replaces known secret values in texts; add() as they become known, for they are read one by one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: list[str] = []
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """From now on mask *secret*, and each line of one with several, however it is spelled (spellings.py)."""
        parts = {secret, secret.strip(), *_lines(secret), *self._secrets}
        # Longest first: a secret that contains another one is masked whole.
        self._secrets = sorted((part for part in parts if len(part) >= SHORTEST), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return *text* with every known secret replaced by ***."""
        for secret in self._secrets:
            for pattern in _patterns(secret):
                text = pattern.sub(MASK, text)
        return text

    def found_in(self, body: bytes) -> bool:
        """Return whether a known secret is in *body*, as it is or as JSON spells it."""
        return any(spelled in body for secret in self._secrets for spelled in _raw(secret))


@cache
def _patterns(secret: str) -> tuple[re.Pattern[str], ...]:
    from minidata.core.secrecy.spellings import patterns  # noqa: PLC0415 - the program's help knows no secret

    return patterns(secret)


@cache
def _raw(secret: str) -> tuple[bytes, ...]:
    from minidata.core.secrecy.spellings import raw_spellings  # noqa: PLC0415 - as above

    return raw_spellings(secret)


def _lines(secret: str) -> Iterator[str]:
    """
    Yield what else to look for of a secret that has several lines, such as a private key.

    That is each line but its frame, which is no secret, and all of it in one line, as messages are told.
    """
    lines = [line.strip() for line in secret.splitlines()]
    if len(lines) > 1:
        yield " ".join(secret.split())
        yield from (line for line in lines if len(line) >= _SHORTEST_LINE and not line.startswith("---"))
