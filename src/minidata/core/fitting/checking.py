"""
Records against their Row: what fits comes out as a dict of the Row's fields, what does not with its reasons.

A page is checked in one call. Only when something in it does not fit is each record asked by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, SchemaValidator, core_schema

from minidata.core.bodies.payload import PayloadError
from minidata.core.errors import ConfigError
from minidata.core.fitting.codes import NUL, code_of, pointer_to, where_nul
from minidata.core.fitting.holding import Holding
from minidata.core.fitting.schemas import makes_values
from minidata.core.fitting.tightening import tightened
from minidata.core.wording import excerpt

Fields = Mapping[str, Any]


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
    """The rules of one Row, compiled; *holding* asks for what the rules of its fields do not, where there is such."""

    one: SchemaValidator
    many: SchemaValidator
    holding: Holding | None = None

    def check(self, records: Sequence[Any], *, suspicious: bool = False) -> Checked:
        """
        Check *records*; *suspicious* says that the body they came from spells a NUL somewhere.

        Every record is in exactly one place of what comes back: among the rows or among the rejected. Raises
        ConfigError when a validator ends the program.
        """
        rows = None if suspicious else self._together(records)
        if rows is None or (self.holding and any(map(self.holding.refusal, rows))):
            return self._each(records, suspicious=suspicious)
        return Checked(rows, range(len(records)))

    def _together(self, records: Sequence[Any]) -> list[Fields] | None:
        """Return the rows of *records*, None when any does not fit."""
        try:
            return _dicts(self.many.validate_python(records))
        except SystemExit as exc:
            raise _ended() from exc
        except Exception:  # noqa: BLE001 - a user's validator may raise anything; whose record it was is told below
            return None

    def _each(self, records: Sequence[Any], *, suspicious: bool) -> Checked:
        rows: list[Fields] = []
        places: list[int] = []
        rejected: list[Rejected] = []
        for place, record in enumerate(records):
            reasons = [*self._reasons(place, record, rows, suspicious=suspicious)]
            if reasons:
                rejected += reasons
            else:
                places.append(place)
        return Checked(rows, places, tuple(rejected))

    def _reasons(self, place: int, record: Any, rows: list[Fields], *, suspicious: bool) -> Iterator[Rejected]:
        """Put the record into *rows* when it fits, or yield why it does not."""
        if not isinstance(record, dict):
            yield Rejected(place, "NOT_A_ROW", "", _no_object(type(record).__name__), "not_a_row")
            return
        if suspicious and (pointer := where_nul(record)) is not None:
            yield Rejected(place, "NUL_CHAR", pointer, NUL, "nul_char")
            return
        try:
            (row,) = _dicts([self.one.validate_python(record)])
        except ValidationError as exc:
            for error in exc.errors(include_url=False, include_input=True, include_context=False):
                yield _explained(place, error)
        except SystemExit as exc:
            raise _ended() from exc
        except Exception as exc:  # noqa: BLE001 - as above
            message = f"a validator of the Row failed: {type(exc).__name__}"
            yield Rejected(place, "VALIDATOR_ERROR", "", message, "validator_error")
        else:
            refusal = self.holding.refusal(row) if self.holding else None
            if refusal:
                yield Rejected(place, *refusal)
            else:
                rows.append(row)


@cache
def checker_of(row: type[BaseModel]) -> Checker:
    """Return the compiled rules of *row*; raise ConfigError when it refers to types that are not defined."""
    if not row.__pydantic_complete__ and row.model_rebuild(raise_errors=False) is False:
        raise ConfigError(f"{row.__name__} names a type that is not defined")
    schema: Any = tightened(row.__pydantic_core_schema__)
    many = core_schema.list_schema(schema, strict=True, fail_fast=True)
    made = makes_values(dict(row.__pydantic_core_schema__))
    return Checker(SchemaValidator(schema), SchemaValidator(many), Holding.of(row, made=made))


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
    code = code_of(kind, value)
    return Rejected(place, code, _place(error["loc"]), _worded(error["msg"]), kind)


# A body may hold a million records that do not fit, and all of them for the same reason: it is worded once.
@lru_cache(4096)
def _place(loc: tuple[int | str, ...]) -> str:
    return pointer_to(loc)


@lru_cache(1024)
def _worded(message: str) -> str:
    return excerpt(message.removeprefix("Value error, ").removeprefix("Assertion failed, "))


def _ended() -> ConfigError:
    return ConfigError(
        "a validator of a Row calls sys.exit()", hint="let it raise ValueError: the record is quarantined"
    )


def has_nul(value: Any) -> bool:
    """Whether any text or key inside *value* holds a NUL character."""
    return where_nul(value) is not None


@cache
def _no_object(kind: str) -> str:
    names = {"list": "an array", "str": "a text", "bool": "a boolean", "NoneType": "null"}
    return f"a record must be an object, not {names.get(kind, 'a number')}"
