"""Masking secrets by value: whatever text they turn up in, and in the spellings they turn up in."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote, quote_plus, unquote

MASK = "***"
# Anything shorter is as likely a word of the text as the secret.
SHORTEST = 4
_NAMED_PASSWORD = re.compile(r"\bpassword\s*=\s*('[^']*'|[^&\s]+)")


@dataclass(frozen=True, slots=True)
class Found:
    """A secret and the *place* that had it."""

    value: str = field(repr=False)
    place: str


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
        self._spellings: list[str] = []
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """From now on mask *secret*, also percent-encoded, base64-encoded, as JSON and as Python spell it."""
        if len(secret) < SHORTEST:
            return
        spellings = set(self._spellings) | set(_spellings(secret))
        # Longest first: a secret that contains another one is masked whole.
        self._spellings = sorted(spellings, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return *text* with every known secret replaced by ***."""
        for spelling in self._spellings:
            text = text.replace(spelling, MASK)
        return text


def passwords_in(url: str) -> Iterator[str]:
    """Yield the passwords in a database's *url* or connection string, as they are written and as they are meant."""
    userinfo, at, _ = url.partition("://")[2].rpartition("@")
    _, colon, password = userinfo.partition(":")
    named = [found.group(1).strip("'") for found in _NAMED_PASSWORD.finditer(url)]
    for written in [*([password] if at and colon else []), *named]:
        yield written
        yield unquote(written, errors="replace")


def _spellings(secret: str) -> Iterable[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    encoded = base64.b64encode(raw).decode()
    yield secret
    yield quote(secret, safe="", errors="replace")
    yield quote(quote(secret, safe="", errors="replace"), safe="")
    yield quote_plus(secret, errors="replace")
    yield encoded
    yield encoded.rstrip("=")
    yield base64.urlsafe_b64encode(raw).decode()
    yield raw.hex()
    yield json.dumps(secret)[1:-1]
    yield repr(secret)[1:-1]
