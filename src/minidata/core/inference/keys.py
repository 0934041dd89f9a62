"""What tells records apart: the field of the Row that is called like a key, and behaves like one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# What a key is called, the surest first; between them stand those with the Stream's name, such as order_id.
_SURE = ("id", "uuid", "guid", "uid")
_OF_STREAM = ("id", "uuid", "key", "code", "number", "no")
_LIKELY = ("key", "number", "code", "slug", "sku", "name")
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

    It is unique in all that was seen, records that came twice aside. With no records, the name decides.
    """
    different = list({repr(record): record for record in records}.values())
    for name in (*_SURE, *(f"{stream}_{ending}" for ending in _OF_STREAM), *_LIKELY):
        for one in candidates:
            if one.name == name and one.type in _TYPES and _is_unique(one.path, different):
                return KeyGuess(name, f"unique in the {len(records):,} records seen" if records else "by its name")
    return KeyGuess(None, "no single field was found that tells records apart; each is a row of its own")


def _is_unique(path: tuple[str, ...], records: Sequence[Any]) -> bool:
    values = [_at(record, path) for record in records]
    return len(set(map(str, values))) == len(values)


def _at(record: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        record = record[step]
    return record
