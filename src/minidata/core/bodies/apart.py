"""
Bodies in which single values cannot be held: each stands apart in its place, so that it holds up no other record.

Such a value is JSON, and the exact parser refuses all of the body for it: half of a surrogate pair, a number of
thousands of digits or with an exponent beyond any.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from minidata.core.bodies.payload import PayloadError, check_depth, parse, without_bom

# Python refuses to read integers of more digits.
_MOST_DIGITS = 4300
_OF_ONE_VALUE = frozenset({"NUMBER_TOO_LONG", "OUT_OF_RANGE", "LONE_SURROGATE"})


def parse_apart(body: bytes) -> Any:
    """
    Return the JSON document in *body*; raise PayloadError when it is none.

    In it a half of a surrogate pair stays what it is, and a number that cannot be held is a PayloadError.
    """
    try:
        return parse(body)
    except PayloadError as exc:
        if exc.code not in _OF_ONE_VALUE:
            raise
    return _parsed(without_bom(body))


def _parsed(body: bytes) -> Any:
    """Read *body* five times as slowly, and as strictly in everything else."""
    check_depth(body)
    try:
        return json.loads(
            body.decode(),
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=_refused,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as exc:
        raise PayloadError("NOT_JSON", f"{exc.msg} at line {exc.lineno} column {exc.colno}") from None


def _integer(text: str) -> int | PayloadError:
    if len(text) <= _MOST_DIGITS:
        return int(text)
    return PayloadError("NUMBER_TOO_LONG", "more digits than a number may have here")


def _fraction(text: str) -> Decimal | PayloadError:
    try:
        return Decimal(text)
    except InvalidOperation:
        return PayloadError("OUT_OF_RANGE", "outside of what numeric holds")


def _refused(_: str) -> Any:
    raise PayloadError("NONFINITE", "NaN or Infinity, which JSON does not have")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise PayloadError("DUPLICATE_KEY", "a key comes twice in an object")
    return found
