"""Masking secrets by value: whatever text they turn up in, and in the spellings they turn up in."""

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "***"
# Anything shorter is as likely a word of the text as the secret.
SHORTEST = 4


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
