"""
From checked rows to the lines of ``COPY … FROM STDIN`` in text format (PostgreSQL manual, COPY, "Text Format").

Column by column, since what a column's values need is known once for all of them. Never CSV: in CSV a line ``\\.`` has
ended the data, silently, in Postgres before 18.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import orjson
from pydantic import BaseModel, RootModel
from pydantic_core import TzInfo, to_jsonable_python

from minidata.core.bodies.payload import PayloadError
from minidata.core.columns import Column
from minidata.core.fitting.checking import Fields
from minidata.core.fitting.exact_numbers import what_numeric_refuses

NULL = "\\N"
_ESCAPED = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
_MAX_JSON_INT = 2**63
# The parts of a document may have 256 MiB in jsonb, where a digit takes up to twelve bytes.
MAX_DOCUMENT = 32 * 2**20
_SPELT_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
# A B-tree refuses entries beyond 2704 bytes; a text of so many characters may have as many bytes.
MAX_KEY = 2600
SHORT_KEY = MAX_KEY // 4

Encode = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Lines:
    """
    Rows ready to be copied: *texts* are lines without their end, *places* those of their records in the page.

    A line holds the columns in their order, then the record's place. *keys* tell records apart, where they have one.
    """

    texts: list[str]
    places: Sequence[int]
    keys: Sequence[Any] = ()

    def without(self, losers: Collection[int]) -> "Lines":
        """Return these lines less those of the records at the places *losers*."""
        kept = [index for index, place in enumerate(self.places) if place not in losers]
        if len(kept) == len(self.texts):
            return self
        keys = [self.keys[i] for i in kept] if self.keys else ()
        return Lines([self.texts[i] for i in kept], [self.places[i] for i in kept], keys)


NO_LINES = Lines([], ())


class Unencodable(ValueError):
    """A value that its column cannot hold; *code* says why, as in the quarantine."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def lines(rows: Sequence[Fields], places: Sequence[int], columns: Sequence[Column], keys: Sequence[str]) -> Lines:
    """
    Return the lines of *rows*; *places* are their positions in the page, *keys* the names of the key's columns.

    Raises Unencodable for a document's number or a validator's text that Postgres would refuse.
    """
    if not rows:
        return Lines([], ())
    values = {column.name: [row[column.name] for row in rows] for column in columns}
    texts = {column.name: encoded(column, values[column.name]) for column in columns}
    # A UUID is told from others by its text as well, and that is at hand also where nobody reads it.
    named = {**values, **{column.name: texts[column.name] for column in columns if column.type == "uuid"}}
    return joined([*texts.values()], places, [named[key] for key in keys])


def joined(texts: Sequence[Sequence[str]], places: Sequence[int], keys: Sequence[Sequence[Any]]) -> Lines:
    """Return the lines that the *texts* of the columns make; *keys* are the values of the key's columns."""
    found: Sequence[Any] = keys[0] if len(keys) == 1 else list(zip(*keys, strict=True))
    return Lines(list(map("\t".join, zip(*texts, map(str, places), strict=True))), places, found)


def merged(parts: Sequence[Lines]) -> Lines:
    """Return all lines of *parts* in the order of their places."""
    some = [lines for lines in parts if lines.texts]
    if len(some) <= 1:
        return some[0] if some else NO_LINES
    places = [place for lines in some for place in lines.places]
    order = sorted(range(len(places)), key=places.__getitem__)
    texts = [text for lines in some for text in lines.texts]
    keys = [key for lines in some for key in lines.keys]
    return Lines([texts[i] for i in order], [places[i] for i in order], [keys[i] for i in order] if keys else ())


def encoded(column: Column, values: list[Any]) -> list[str]:
    """Return the texts of a column's *values*; raise Unencodable."""
    if column.type in _INSTANTS and (texts := _instants(values)):
        return texts
    encode = _ENCODERS.get(column.type.partition("(")[0], str)
    if column.nullable:
        texts = [NULL if value is None else encode(value) for value in values]
    else:
        texts = list(map(encode, values))
    return escaped(texts) if column.type in _MAY_NEED_ESCAPES else texts


def _instants(values: list[Any]) -> list[str]:
    """
    Return the ISO 8601 texts of *values* as orjson writes them, five times as fast; none where it might round.

    It drops the seconds of an offset, which pydantic's own zones do not have.
    """
    if {type(value.tzinfo) for value in values if value is not None} - {TzInfo}:
        return []
    together = orjson.dumps(values).decode()[1:-1]
    return together.replace('"', "").replace("null", NULL).split(",")


def escaped(texts: list[str]) -> list[str]:
    """Return *texts*, of which NULL itself stands for null, as COPY reads them; raise Unencodable."""
    # One look at all of them together: most columns hold nothing to escape.
    together = "".join(texts)
    _check_text(together)
    for sign, escape in _ESCAPED:
        if sign in together:
            texts = [text if text is NULL else text.replace(sign, escape) for text in texts]
    return texts


def _check_text(text: str) -> None:
    """The parser lets neither of these through, but a validator of the user's can make them."""
    if "\0" in text:
        raise Unencodable("NUL_CHAR", "a text holds a NUL character, which Postgres cannot store")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Unencodable("LONE_SURROGATE", "a text holds half of a surrogate pair") from None


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    return str(value.value if isinstance(value, Enum) else value)


def _bool(value: bool) -> str:  # noqa: FBT001 - it is the value
    return "t" if value else "f"


def _interval(value: timedelta) -> str:
    # Less than nothing is so in each of its parts: a day in Postgres is not always 24 hours.
    if value < timedelta(0):
        value = -value
        return f"-{value.days} days -{value.seconds} seconds -{value.microseconds} microseconds"
    return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"


def _bytea(value: bytes) -> str:
    # The backslash doubled already: this column is not looked at for escapes.
    return f"\\\\x{value.hex()}"


def _iso(value: datetime | date | time) -> str:
    return value.isoformat()


def _json(value: Any) -> str:
    try:
        text = _dumped(value)
    except orjson.JSONEncodeError:
        # An integer beyond 64 bits, which orjson does not write, or what nobody could.
        text = _dumped_with_care(value)
    if len(text) > MAX_DOCUMENT:
        raise Unencodable("TOO_LARGE", f"a document may have {MAX_DOCUMENT // 2**20} MiB")
    if "\\u0000" in text and _SPELT_NUL.search(text):
        raise Unencodable("NUL_CHAR", "a text holds a NUL character, which Postgres cannot store")
    return text


def _dumped(value: Any) -> str:
    return orjson.dumps(value, default=_json_default, option=orjson.OPT_NON_STR_KEYS).decode()


def _dumped_with_care(value: Any) -> str:
    try:
        return _dumped(_with_big_ints(value))
    except orjson.JSONEncodeError as exc:
        if isinstance(exc.__cause__, Unencodable):
            raise exc.__cause__ from None
        if "surrogates" in str(exc):
            raise Unencodable("LONE_SURROGATE", "a text holds half of a surrogate pair") from None
        raise Unencodable("VALIDATOR_ERROR", f"what is no document: {exc}") from None


def _json_default(value: Any) -> Any:
    if type(value) is Decimal:
        return _number(value)
    if isinstance(value, RootModel):
        return value.root
    if isinstance(value, BaseModel):
        return dict(value)
    if isinstance(value, set | frozenset):
        # In an order of its own a set would be another one in another process.
        return sorted(value, key=_json)
    if isinstance(value, PayloadError):
        raise Unencodable(value.code, str(value))
    return to_jsonable_python(value)


def _number(value: Decimal | int) -> orjson.Fragment:
    # jsonb keeps a number as numeric does.
    wrong = what_numeric_refuses(value)
    if wrong:
        code = {"number_too_long": "NUMBER_TOO_LONG"}.get(wrong[0], "OUT_OF_RANGE")
        raise Unencodable(code, f"a number in a document: {wrong[1]}")
    return orjson.Fragment(str(value))


def _with_big_ints(value: Any) -> Any:
    if isinstance(value, BaseModel):
        value = value.root if isinstance(value, RootModel) else dict(value)
    if type(value) is int and not -_MAX_JSON_INT <= value < _MAX_JSON_INT:
        return _number(value)
    if isinstance(value, Mapping):
        return {key: _with_big_ints(inner) for key, inner in value.items()}
    if isinstance(value, set | frozenset):
        value = sorted(value, key=_json)
    if isinstance(value, list | tuple):
        return [_with_big_ints(inner) for inner in value]
    return value


_ENCODERS: Mapping[str, Encode] = {
    "text": _text,
    "bigint": _text,
    "double precision": repr,
    "boolean": _bool,
    "timestamptz": _iso,
    "timestamp": _iso,
    "date": _iso,
    "time": _iso,
    "interval": _interval,
    "bytea": _bytea,
    "jsonb": _json,
}
_INSTANTS = frozenset({"timestamptz"})
_MAY_NEED_ESCAPES = frozenset({"text", "jsonb"})
