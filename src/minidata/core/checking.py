"""
Records against their Row: what fits comes out as a dict of the Row's fields, what does not with its reasons.

A page is checked in one call. Only when something in it does not fit is each record asked by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, SchemaValidator, core_schema

from minidata.core.errors import USERS_ERRORS, ConfigError
from minidata.core.exact_times import code_of_bad_time
from minidata.core.payload import PayloadError
from minidata.core.tightening import tightened

Fields = Mapping[str, Any]

_CODES = {
    "missing": "MISSING",
    "none_required": "WRONG_TYPE",
    "nul_char": "NUL_CHAR",
    "lone_surrogate": "LONE_SURROGATE",
    "number_too_long": "NUMBER_TOO_LONG",
    "decimal_max_places": "PRECISION",
    "decimal_max_digits": "OUT_OF_RANGE",
    "decimal_whole_digits": "OUT_OF_RANGE",
    "value_error": "VALIDATOR_ERROR",
    "assertion_error": "VALIDATOR_ERROR",
    "validator_error": "VALIDATOR_ERROR",
    "extra_forbidden": "UNKNOWN_FIELD",
    "not_a_row": "NOT_A_ROW",
}
_OUT_OF_RANGE = (
    "greater_",
    "less_",
    "too_",
    "string_too_",
    "out_of_range",
    "finite_number",
    "literal_",
    "enum",
    "multiple_of",
)


@dataclass(frozen=True, slots=True)
class Rejected:
    """
    One reason why a record (or, with *record* None, a whole body) was not loaded.

    *record* counts from 0 in its page. *pointer* is a JSON pointer (RFC 6901) inside the record. *message* repeats no
    value.
    """

    record: int | None
    code: str
    pointer: str
    message: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """
    A page's records: *rows* that fit with their *places* (0-based, ascending), and the reasons of those that do not.
    """

    rows: Sequence[Fields]
    places: Sequence[int]
    rejected: tuple[Rejected, ...] = ()

    @property
    def quarantined(self) -> int:
        """How many records (or bodies) do not fit; a record may have several reasons."""
        return len({reason.record for reason in self.rejected})


@dataclass(frozen=True, eq=False)
class Checker:
    """The rules of one Row, compiled."""

    one: SchemaValidator
    many: SchemaValidator

    def check(self, records: Sequence[Any], *, suspicious: bool = False) -> Checked:
        """
        Check *records*; *suspicious* says that the body they came from spells a NUL somewhere.

        Every record is in exactly one place of what comes back: among the rows or among the rejected.
        """
        if not suspicious:
            try:
                return Checked(_dicts(self.many.validate_python(records)), range(len(records)))
            except (ValidationError, *USERS_ERRORS):
                pass
        return self._each(records, suspicious=suspicious)

    def _each(self, records: Sequence[Any], *, suspicious: bool) -> Checked:
        rows: list[Fields] = []
        places: list[int] = []
        rejected: list[Rejected] = []
        for place, record in enumerate(records):
            reasons = [*self._reasons(place, record, rows)] if not (suspicious and has_nul(record)) else [_nul(place)]
            if reasons:
                rejected += reasons
            else:
                places.append(place)
        return Checked(rows, places, tuple(rejected))

    def _reasons(self, place: int, record: Any, rows: list[Fields]) -> Iterator[Rejected]:
        """Put the record into *rows* when it fits, or yield why it does not."""
        if not isinstance(record, dict):
            yield Rejected(place, "NOT_A_ROW", "", f"a record must be an object, not {_kind(record)}", "not_a_row")
            return
        try:
            rows += _dicts([self.one.validate_python(record)])
        except ValidationError as exc:
            for error in exc.errors(include_url=False, include_input=True, include_context=False):
                yield _explained(place, error)
        except USERS_ERRORS as exc:
            message = f"a validator of the Row failed: {type(exc).__name__}"
            yield Rejected(place, "VALIDATOR_ERROR", "", message, "validator_error")


@cache
def checker_of(row: type[BaseModel]) -> Checker:
    """Return the compiled rules of *row*; raise ConfigError when it refers to types that are not defined."""
    if not row.__pydantic_complete__ and row.model_rebuild(raise_errors=False) is False:
        raise ConfigError(f"{row.__name__} names a type that is not defined")
    schema: Any = tightened(row.__pydantic_core_schema__)
    many = core_schema.list_schema(schema, strict=True, fail_fast=True)
    return Checker(SchemaValidator(schema), SchemaValidator(many))


@cache
def key_checker_of(row: type[BaseModel], keys: tuple[str, ...]) -> Checker:
    """Return the compiled rules of those fields of *row* that are *keys*: of other fields nothing is asked."""
    checker_of(row)
    schema: Any = tightened(row.__pydantic_core_schema__)
    fields = schema
    while "fields" not in fields:
        fields = fields["schema"]
    found = {name: {**fields["fields"][name], "type": "typed-dict-field", "required": True} for name in keys}
    for field in found.values():
        field.pop("serialization_exclude", None)
    only: Any = {"type": "typed-dict", "fields": found, "extra_behavior": "ignore"}
    if schema["type"] == "definitions":
        only = {**schema, "schema": only}
    many = core_schema.list_schema(only, strict=True, fail_fast=True)
    return Checker(SchemaValidator(only), SchemaValidator(many))


def rejected_body(error: PayloadError) -> Checked:
    """Return what a body that cannot be read comes to: no rows, and one reason for all of it."""
    return Checked((), (), (Rejected(None, error.code, "", str(error)),))


def _dicts(rows: list[Any]) -> list[Fields]:
    """Turn the instances that Rows with whole-model validators give into what all others give."""
    if rows and not isinstance(rows[0], dict):
        return [vars(row) for row in rows]
    return rows


def _explained(place: int, error: ErrorDetails) -> Rejected:
    kind, value = error["type"], error["input"]
    code = _code(kind, value)
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in error["loc"])
    message = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return Rejected(place, code, pointer, message, kind)


def _code(kind: str, value: Any) -> str:
    if kind.startswith("bad_"):
        return code_of_bad_time(value)
    if kind in _CODES:
        return _CODES[kind]
    return "OUT_OF_RANGE" if kind.startswith(_OUT_OF_RANGE) else "WRONG_TYPE"


def _nul(place: int) -> Rejected:
    return Rejected(place, "NUL_CHAR", "", "a text holds a NUL character, which Postgres cannot store", "nul_char")


def has_nul(value: Any) -> bool:
    """Whether any text or key inside *value* holds a NUL character."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in key or has_nul(inner) for key, inner in value.items())
    return isinstance(value, list) and any(map(has_nul, value))


def _kind(value: Any) -> str:
    names = {list: "an array", str: "a text", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
