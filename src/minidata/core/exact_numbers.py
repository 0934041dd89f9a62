"""Numbers as their columns can hold them: what Postgres would round or refuse is refused before."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic_core import PydanticCustomError

BIGINT = (-(2**63), 2**63 - 1)
# numeric: "up to 131072 digits before the decimal point; up to 16383 digits after" (PostgreSQL manual, 8.1).
MAX_ADJUSTED = 131071
MIN_EXPONENT = -16383
MAX_DIGITS = 1000
_DECIMAL_TEXT = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,9})?\Z")


def exact_float(value: Any) -> Any:
    """Return the double that *value*, a Decimal, is nearest to; refuse one that would become zero."""
    if type(value) is Decimal:
        number = float(value)
        if number == 0.0 and value:
            raise PydanticCustomError("out_of_range", "too small for a double precision number")
        return number
    return value


def exact_decimal(value: Any) -> Any:
    """Return *value* as a number that ``numeric`` holds; refuse what it does not hold, and what is no number."""
    value = decimal_or_text(value)
    if type(value) is Decimal:
        _check_range(value)
    elif abs(value) > _MAX_INT:
        raise PydanticCustomError("number_too_long", "more digits than a number may have here")
    return value


def decimal_or_text(value: Any) -> Any:
    """Return *value* as a number, of which a text may be one; refuse everything else."""
    if type(value) is Decimal or type(value) is int:
        return value
    if type(value) is str:
        return _decimal_of_text(value)
    raise PydanticCustomError("decimal_type", "Input should be a number or a decimal as text")


_MAX_INT = 10**MAX_DIGITS - 1


def _decimal_of_text(text: str) -> Decimal:
    if len(text) > MAX_DIGITS + 12:
        raise PydanticCustomError("number_too_long", "more digits than a number may have here")
    if not _DECIMAL_TEXT.match(text):
        raise PydanticCustomError("decimal_parsing", "Input should be a valid decimal")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise PydanticCustomError("out_of_range", "outside of what numeric holds") from None


def _check_range(value: Decimal) -> None:
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise PydanticCustomError("finite_number", "Input should be a finite number")
    if len(digits) > MAX_DIGITS:
        raise PydanticCustomError("number_too_long", "more digits than a number may have here")
    if exponent < MIN_EXPONENT or value.adjusted() > MAX_ADJUSTED:
        raise PydanticCustomError("out_of_range", "outside of what numeric holds")


def text_only(value: Any) -> Any:
    """Return *value*; refuse a number, which could be taken for the packed form of what is meant."""
    if isinstance(value, int | Decimal):
        raise PydanticCustomError("string_type", "Input should be a valid string")
    return value
