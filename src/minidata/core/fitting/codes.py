"""Why a record does not fit, in the quarantine's words: from what pydantic says to a code and a place."""

from collections.abc import Iterable
from typing import Any

from minidata.core.bodies.payload import PayloadError
from minidata.core.fitting.exact_numbers import code_of_bad_int
from minidata.core.fitting.exact_times import code_of_bad_time

_CODES = {
    "missing": "MISSING",
    "none_required": "WRONG_TYPE",
    "nul_char": "NUL_CHAR",
    "string_unicode": "LONE_SURROGATE",
    "number_too_long": "NUMBER_TOO_LONG",
    "decimal_max_places": "PRECISION",
    "decimal_max_digits": "OUT_OF_RANGE",
    "decimal_whole_digits": "OUT_OF_RANGE",
    "datetime_object_invalid": "OUT_OF_RANGE",
    "value_error": "VALIDATOR_ERROR",
    "assertion_error": "VALIDATOR_ERROR",
    "validator_error": "VALIDATOR_ERROR",
    "extra_forbidden": "UNKNOWN_FIELD",
    "not_a_row": "NOT_A_ROW",
}
NUL = "a text holds a NUL character, which Postgres cannot store"
_OUT_OF_RANGE = (
    "greater_",
    "less_",
    "too_",
    "string_too_",
    "bytes_too_",
    "url_too_long",
    "out_of_range",
    "finite_number",
    "literal_",
    "enum",
    "multiple_of",
)


def code_of(kind: str, value: Any) -> str:
    """Return the code for pydantic's error *kind* about *value*."""
    if isinstance(value, PayloadError):
        return value.code
    if kind.startswith("bad_"):
        return code_of_bad_time(kind, value)
    if kind in _CODES:
        return _CODES[kind]
    if type(value) is int and kind.startswith(("greater_", "less_", "float_type")):
        return code_of_bad_int(value)
    return "OUT_OF_RANGE" if kind.startswith(_OUT_OF_RANGE) else "WRONG_TYPE"


def where_nul(value: Any) -> str | None:
    """Return the JSON pointer of the first text or key inside *value* that holds a NUL character; None for none."""
    if isinstance(value, str):
        return "" if "\0" in value else None
    if isinstance(value, dict):
        found = ((key, "" if "\0" in key else where_nul(inner)) for key, inner in value.items())
    elif isinstance(value, list):
        found = ((str(place), where_nul(inner)) for place, inner in enumerate(value))
    else:
        return None
    return next((f"{pointer_to([step])}{deeper}" for step, deeper in found if deeper is not None), None)


def pointer_to(steps: Iterable[Any]) -> str:
    """Return the JSON pointer that leads along *steps*, keys and places; ? stands for what Postgres cannot store."""
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
    return pointer.replace("\0", "?").encode(errors="replace").decode()
