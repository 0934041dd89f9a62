"""
JSON as regular expressions, after the shape of some samples.

What matches is JSON (RFC 8259) without a key that comes twice, and holds nothing that a Load refuses wherever it is: no
NUL, no half of a surrogate pair, no number of very many digits. Nothing here tries a character twice, whatever comes.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

# What is within the quotes of a text: as long as nothing is escaped, and with all that may be.
UNESCAPED = r'[^"\\\x00-\x1f]*+'
_PAIR = r"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPES = rf'\\(?:["\\/bfnrt]|u(?!0000|[dD][89a-fA-F])[0-9a-fA-F]{{4}}|{_PAIR})'
LETTERS = rf"{UNESCAPED}(?:{_ESCAPES}{UNESCAPED})*+"
_OWN_LETTERS = rf'{UNESCAPED}(?:\\["\\bfnrt]{UNESCAPED})*+'
_DEEPEST = 8
_MOST_KEYS = 1_000
# So many samples tell the shape of what is inside.
_ENOUGH = 50


class NoLayout(Exception):
    """What is looked for cannot be told by a pattern."""


def number(whole: int = 18, fraction: int = 6, *, signed: bool = True) -> str:
    """
    Return the pattern of numbers with at most so many digits, and neither an exponent nor ``-0``.

    With up to six digits of a fraction Python writes a Decimal as it stands here.
    """
    sign = "(?!-0[^.])-?" if signed else ""
    digits = rf"(?:0|[1-9][0-9]{{0,{whole - 1}}}+)"
    return sign + digits + (rf"(?:\.[0-9]{{1,{fraction}}}+)?+" if fraction else "")


@dataclass(frozen=True, slots=True)
class Spelling:
    """
    How a program writes JSON: what is between a key and its value, what between two values, and its scalars.

    *own* says that what it matches is spelled as we write it ourselves: without spaces, each value in one way only.
    """

    colon: str
    comma: str
    own: bool = False

    @property
    def text(self) -> str:
        """The pattern of a text."""
        return f'"{_OWN_LETTERS if self.own else LETTERS}"'

    @property
    def scalar(self) -> str:
        """The pattern of any scalar."""
        return f"{self.text}|{number()}|true|false|null"

    def array(self, item: str) -> str:
        """Return the pattern of an array of *item*."""
        return rf"\[(?:{item}(?:{self.comma}(?!\])|(?=\])))*+\]"

    def object(self, members: Mapping[str, str], optional: Sequence[str] = ()) -> str:
        """Return the pattern of an object of *members* (patterns by their keys), in this order, some *optional*."""
        pairs = {key: f"{_literal(key)}{self.colon}{value}" for key, value in members.items()}
        if not optional:
            return rf"\{{{self.comma.join(pairs.values())}\}}"
        end = rf'(?:{self.comma}(?=")|(?=\}}))'
        return rf"\{{{''.join(f'(?:{pair}{end})' + '?' * (key in optional) for key, pair in pairs.items())}\}}"


COMPACT = Spelling(":", ",")
# As Python's json module writes it, if it is not told otherwise.
SPACED = Spelling(": ", ", ")
OWN = Spelling(":", ",", own=True)


def shape(samples: Sequence[Any], spelling: Spelling, depth: int = 0) -> str:
    """Return the pattern of scalars, and of objects and arrays like those among *samples*; raise NoLayout."""
    if depth > _DEEPEST:
        raise NoLayout
    ways = [spelling.scalar]
    if objects := [value for value in samples if type(value) is dict]:
        ways.append(shape_of_objects(objects, spelling, lambda _, inner: shape(inner, spelling, depth + 1)))
    if arrays := [value for value in samples if type(value) is list]:
        ways.append(spelling.array(shape(items_of(arrays), spelling, depth + 1)))
    return f"(?:{'|'.join(ways)})"


def shape_of_objects(
    samples: Sequence[Mapping[str, Any]], spelling: Spelling, inner: Callable[[str, Sequence[Any]], str]
) -> str:
    """Return the pattern of objects like *samples*; *inner* makes that of a member from its key and its samples."""
    keys = order_of(samples)
    members = {key: inner(key, [one[key] for one in samples if key in one]) for key in keys}
    return spelling.object(members, [key for key in keys if any(key not in one for one in samples)])


def items_of(arrays: Sequence[Sequence[Any]]) -> list[Any]:
    """Return enough of the items in *arrays*."""
    return [item for array in arrays for item in array][:_ENOUGH]


def order_of(samples: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return all keys of *samples* in the order in which they come, as far as there is one; raise NoLayout for many."""
    if any(len(one) > _MOST_KEYS for one in samples):
        raise NoLayout
    order: list[str] = []
    for one in samples:
        place = 0
        for key in one:
            if key in order:
                place = order.index(key) + 1
            else:
                order.insert(place, key)
                place += 1
    return order


def _literal(key: str) -> str:
    if "\0" in key:
        raise NoLayout
    return re.escape(orjson.dumps(key).decode())
