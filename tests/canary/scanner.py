"""
Finds planted secrets in what a program wrote, in spellings of its own: nothing here knows how minidata masks.

A canary is a name and its value; a hit is a canary, a spelling, and the place where it sits.
"""

import base64
import html
import json
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote, quote_plus


def within_base64(secret: str, before: int) -> str:
    """The digits that are the secret's alone when *before* bytes come before it in what is encoded."""
    raw = secret.encode()
    digits = base64.b64encode(bytes(before) + raw).decode()
    return digits[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]


def urlsafe(digits: str) -> str:
    return digits.replace("+", "-").replace("/", "_")


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": partial(quote, safe=""),
    "percent, small": lambda secret: "".join(c if c.isalnum() else f"%{b:02x}" for c in secret for b in c.encode()),
    "percent, path": quote,
    "percent, twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "form": quote_plus,
    "base64, 0": partial(within_base64, before=0),
    "base64, 1": partial(within_base64, before=1),
    "base64, 2": partial(within_base64, before=2),
    "urlsafe, 0": lambda secret: urlsafe(within_base64(secret, 0)),
    "urlsafe, 1": lambda secret: urlsafe(within_base64(secret, 1)),
    "urlsafe, 2": lambda secret: urlsafe(within_base64(secret, 2)),
    "base64 of percent": lambda secret: within_base64(quote(secret, safe=""), 2),
    "json": lambda secret: json.dumps(secret)[1:-1],
    "json, slashes": lambda secret: json.dumps(secret)[1:-1].replace("/", r"\/"),
    "json, twice": lambda secret: json.dumps(json.dumps(secret))[3:-3],
    "html": html.escape,
    "repr": lambda secret: repr(secret)[1:-1],
    "shell": lambda secret: shlex.quote(secret).strip("'"),
    "quoted": lambda secret: secret.replace("\\", "\\\\").replace("'", "\\'"),
    "hex": lambda secret: secret.encode().hex(),
    "hex, large": lambda secret: secret.encode().hex().upper(),
}


@dataclass(frozen=True, order=True)
class Hit:
    """A canary that got out."""

    canary: str
    spelling: str
    where: str


class Scanner:
    """Looks for *canaries*, value by name, in each spelling; of one with several lines also for each line."""

    def __init__(self, canaries: Mapping[str, str]) -> None:
        self.needles = {
            (name, spelling): tuple(spell(part).encode() for part in {value, *value.splitlines()})
            for name, value in canaries.items()
            for spelling, spell in SPELLINGS.items()
        }

    def hits(self, where: str, text: bytes) -> Iterator[Hit]:
        for (name, spelling), needles in self.needles.items():
            if any(needle in text for needle in needles):
                yield Hit(name, spelling, where)

    def hits_under(self, folder: Path, leave_out: Iterable[str]) -> Iterator[Hit]:
        """Look through all files below *folder*, their names too, but for those that match a pattern of *leave_out*."""
        left = {path for pattern in leave_out for path in folder.glob(pattern)}
        for path in sorted(folder.rglob("*")):
            where = str(path.relative_to(folder))
            yield from self.hits("a file's name", where.encode())
            if path.is_file() and path not in left:
                yield from self.hits(where, path.read_bytes())
