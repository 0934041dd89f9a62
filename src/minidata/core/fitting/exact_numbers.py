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
_MAX_INT = 10**MAX_DIGITS - 1
_TOO_LONG = ("number_too_long", "more digits than a number may have here")
_OUTSIDE = ("out_of_range", "outside of what numeric holds")
_DECIMAL_TEXT = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,9})?\Z")


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
    number = decimal_or_text(value)
    wrong = what_numeric_refuses(number)
    if wrong:
        raise PydanticCustomError(*wrong)
    return number


def decimal_or_text(value: Any) -> Any:
    """Return *value* as a number, of which a text may be one; refuse everything else."""
    if type(value) is Decimal or type(value) is int:
        return value
    if type(value) is str:
        return _decimal_of_text(value)
    raise PydanticCustomError("decimal_type", "Input should be a number or a decimal as text")


def what_numeric_refuses(value: Decimal | int) -> tuple[Any, Any] | None:
    """Return why ``numeric``, and a number in a document, cannot be *value*: a kind and a message; None when it can."""
    if isinstance(value, int):
        return _TOO_LONG if abs(value) > _MAX_INT else None
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return ("finite_number", "Input should be a finite number")
    if len(digits) > MAX_DIGITS:
        return _TOO_LONG
    return _OUTSIDE if exponent < MIN_EXPONENT or value.adjusted() > MAX_ADJUSTED else None


def code_of_bad_int(value: int) -> str:
    """Return the quarantine's code for a whole number *value* that its column does not hold."""
    return "NUMBER_TOO_LONG" if abs(value) > _MAX_INT else "OUT_OF_RANGE"


def _decimal_of_text(text: str) -> Decimal:
    if len(text) > MAX_DIGITS + 12:
        raise PydanticCustomError(*_TOO_LONG)
    if not _DECIMAL_TEXT.match(text):
        raise PydanticCustomError("decimal_parsing", "Input should be a valid decimal")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise PydanticCustomError(*_OUTSIDE) from None
