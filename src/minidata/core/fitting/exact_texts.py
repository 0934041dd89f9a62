"""Texts that stand for something else, and values that are one of a few: taken as they are, or not at all."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from pydantic_core import PydanticCustomError

from minidata.core.bodies.payload import PayloadError, parse

# No address, with its network, is longer; Python's own reading of one is slow.
_LONGEST = 100
_NUMBERS = (int, Decimal)


def text_only(value: Any) -> Any:
    """Return *value*; refuse a number, which could be taken for the packed form of what is meant."""
    if isinstance(value, _NUMBERS):
        raise PydanticCustomError("string_type", "Input should be a valid string")
    if isinstance(value, str) and len(value) > _LONGEST:
        raise PydanticCustomError("address_too_long", "Input is longer than any address")
    return value


def without_zone(value: Any) -> Any:
    """Return *value*, an address as text; refuse one with a zone (``fe80::1%eth0``), which ``inet`` cannot hold."""
    if isinstance(value, str) and "%" in value:
        raise PydanticCustomError("out_of_range", "an address with a zone, which inet does not hold")
    return text_only(value)


def as_sent(value: Any, made: Callable[[Any], Any]) -> Any:
    """Return *value* as it is when it is a text of which *made* makes a URL."""
    url = made(value)
    return value if type(value) is str else url


def exact_json(value: Any) -> Any:
    """Return what the JSON in the text *value* says."""
    if not isinstance(value, str):
        raise PydanticCustomError("json_type", "Input should be JSON in a text")
    try:
        return parse(value.encode())
    except PayloadError as exc:
        raise PydanticCustomError("json_invalid", "Input should be JSON that can be held exactly") from exc


def one_of_its_kind(values: Sequence[Any]) -> Callable[[Any], Any]:
    """Return what refuses a value of another kind than *values*: in Python 1, 1.0 and true are equal, in JSON not."""
    kinds = {type(value) for value in values}
    taken = {*kinds, *(_NUMBERS if float in kinds else ())}
    scalars = {bool, str, *_NUMBERS} - taken

    def check(value: Any) -> Any:
        if type(value) in scalars:
            raise PydanticCustomError("wrong_kind", "Input should be of the same type as the values that are allowed")
        return value

    return check
