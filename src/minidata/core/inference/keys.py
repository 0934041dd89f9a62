"""What tells records apart: the field of the Row that is called like a key, and behaves like one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_PLAIN_NAMES = ("id", "uuid", "guid", "uid", "key", "number", "code", "slug", "sku", "name")
# Types whose values compare as what they mean, and that nobody writes in two ways.
_TYPES = frozenset({"int", "str", "UUID"})


@dataclass(frozen=True, slots=True)
class KeyGuess:
    """The *field* (None: no key), and *why*, in words that follow its name in a comment."""

    field: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that could be a key: its *name*, where records have it, and its type's name."""

    name: str
    path: tuple[str, ...]
    type: str


def key_of(candidates: Sequence[Candidate], records: Sequence[Any], stream: str) -> KeyGuess:
    """
    Return the likely key among *candidates*, columns that were never null, for *records* of *stream* (its singular).

    It is unique in all that was seen; one alone proves nothing, and then a name that says it will do.
    """
    ranked = sorted((_rank(one.name, stream), place, one) for place, one in enumerate(candidates) if one.type in _TYPES)
    for rank, _, one in ranked:
        if rank is not _NO_KEY and _is_unique(one.path, records):
            seen = f"unique in the {len(records):,} records seen" if records else "by its name"
            return KeyGuess(one.name, seen)
    return KeyGuess(None, "no single field was found that tells records apart; each is a row of its own")


_NO_KEY = 99


def _rank(name: str, stream: str) -> int:
    """Return how much *name* is a key's, the least first."""
    if name in _PLAIN_NAMES[:4]:
        return _PLAIN_NAMES.index(name)
    if name in {f"{stream}_{ending}" for ending in ("id", "uuid", "key", "code", "number", "no")}:
        return 10
    if name in _PLAIN_NAMES:
        return 20 + _PLAIN_NAMES.index(name)
    return _NO_KEY


def _is_unique(path: tuple[str, ...], records: Sequence[Any]) -> bool:
    values = [_at(record, path) for record in records]
    return len(set(map(str, values))) == len(values)


def _at(record: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        record = record[step]
    return record
