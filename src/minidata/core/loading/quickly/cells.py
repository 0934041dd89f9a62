"""
A column's cells: the pattern that matches them in a record, and what makes texts for COPY of the matches.

Where they stand as they are, little is left to do. Others are read, checked and written by the plain way's own parts,
but column by column, and only those that are wanted. A document is one text, which stands where it is spelled as we
write it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import SchemaValidator, core_schema

from minidata.core.bodies.payload import parse
from minidata.core.columns import Column
from minidata.core.errors import USERS_ERRORS
from minidata.core.loading.encoding import encoded
from minidata.core.loading.quickly.patterns import (
    COMPACT,
    LETTERS,
    OWN,
    UNESCAPED,
    NoLayout,
    Spelling,
    items_of,
    shape,
    shape_of_objects,
)
from minidata.core.loading.quickly.standing import Schema, constraints, decimal, documents, integer, standing, words

# From the matches of a column to its texts, and to its values where somebody needs them.
Write = Callable[[list[Any]], tuple[list[str], Sequence[Any]]]
# Puts a schema among those that it refers to.
Defined = Callable[[Any], Any]
_ANY: Schema = {"type": "any"}


@dataclass(frozen=True, slots=True)
class Cells:
    """The *pattern* of a column's values, with one group for what `write` needs to know of each."""

    pattern: str
    write: Write


def cells(schema: Schema, column: Column, samples: Sequence[Any], spelling: Spelling, defined: Defined) -> Cells:
    """Return the cells of *column*, whose values have *schema* and look like *samples*; raise NoLayout."""
    inner, nullable = peeled(schema)
    known = [value for value in samples if value is not None]
    if column.type == "jsonb" and spelling is COMPACT and known and (own := _own(inner, known)):
        found = f"(?:null|({own}))" if column.nullable else f"({own})"
        return Cells(found, lambda found: (documents(found), ()))
    if way := standing(inner, column.type, known):
        return Cells(f"(?:null|{way.pattern})" if nullable else way.pattern, lambda found: (way.write(found), ()))
    return checked(schema, column, samples, spelling, defined)


def key_cells(schema: Schema, column: Column, samples: Sequence[Any], spelling: Spelling, defined: Defined) -> Cells:
    """Return the cells of a *column* whose values are needed, too, for they tell records apart; raise NoLayout."""
    way = standing(schema, column.type, samples)
    if way and column.type == "bigint":
        return Cells(way.pattern, lambda found: (found, list(map(int, found))))
    if way and column.type in {"text", "uuid"}:
        return Cells(way.pattern.replace(LETTERS, UNESCAPED), lambda found: (found, found))
    return checked(schema, column, samples, spelling, defined)


def checked(schema: Schema, column: Column, samples: Sequence[Any], spelling: Spelling, defined: Defined) -> Cells:
    """Return cells that are read, checked and written as the plain way does it, and tell their values, too."""
    listed: Any = core_schema.list_schema(schema, strict=True, fail_fast=True)
    validator = SchemaValidator(defined(listed))

    def write(found: list[Any]) -> tuple[list[str], Sequence[Any]]:
        together = ",".join(["null" if cell is None else cell for cell in found])
        values = parse(f"[{together}]".encode())
        try:
            checked = validator.validate_python(values)
        except USERS_ERRORS as exc:
            raise ValueError("a value that does not fit") from exc
        return encoded(column, checked), checked

    return Cells(f"({shape(samples, spelling)})", write)


def peeled(schema: Schema) -> tuple[Schema, bool]:
    """Return what is inside of *schema* for a value that is there and not null, and whether null is a value, too."""
    nullable = False
    while schema["type"] in {"default", "nullable"}:
        nullable = nullable or schema["type"] == "nullable"
        schema = schema["schema"]
    return schema, nullable


def _own(schema: Schema, samples: Sequence[Any]) -> str | None:
    """Return the pattern of JSON like *samples* that is what the plain way writes; None when they are not like that."""
    inner, nullable = peeled(schema)
    known = [value for value in samples if value is not None]
    found = _own_value(inner, known)
    return f"(?:null|{found})" if found and nullable else found


def _own_value(schema: Schema, samples: Sequence[Any]) -> str | None:
    found: str | None = None
    match schema["type"]:
        case "any":
            found = shape(samples, OWN)
        case "str" if not constraints(schema):
            found = OWN.text
        case "int" if whole := integer(schema):
            found = f"(?:{whole})"
        case "bool" if not constraints(schema):
            found = "(?:true|false)"
        case "literal" | "function-before" if named := words(schema):
            found = f'"(?:{named})"'
        case "function-before" if not any(type(value) is str for value in samples):
            found = decimal(schema)
        case "dict" if not constraints(schema).keys() - {"keys_schema", "values_schema"}:
            found = _own_mapping(schema, samples)
        case "list" if not constraints(schema).keys() - {"items_schema", "min_length"}:
            found = _own_array(schema, samples)
        case "typed-dict" if not schema["config"]:
            found = _own_object(schema, samples)
    return found


def _own_array(schema: Schema, samples: Sequence[Any]) -> str | None:
    arrays = [value for value in samples if type(value) is list]
    items = items_of(arrays)
    inner = _own(schema.get("items_schema", _ANY), items) if items else None
    if inner is None or schema.get("min_length", 0) > 1:
        return None
    return (r"(?!\[\])" if schema.get("min_length") else "") + OWN.array(inner)


def _own_mapping(schema: Schema, samples: Sequence[Any]) -> str | None:
    keys = schema.get("keys_schema", _ANY)
    if keys["type"] not in {"any", "str"} or constraints(keys):
        return None
    return _own_members(
        [value for value in samples if type(value) is dict], lambda _: schema.get("values_schema", _ANY)
    )


def _own_object(schema: Schema, samples: Sequence[Any]) -> str | None:
    fields: Mapping[str, Any] = schema["fields"]
    objects = [value for value in samples if type(value) is dict]
    if any(list(value) != list(fields) for value in objects) or any("validation_alias" in f for f in fields.values()):
        return None

    return _own_members(objects, lambda name: fields[name]["schema"])


def _own_members(samples: Sequence[Mapping[str, Any]], schema_of: Callable[[str], Schema]) -> str | None:
    def member(name: str, inner: Sequence[Any]) -> str:
        found = _own(schema_of(name), inner)
        if found is None:
            raise NoLayout
        return found

    try:
        return shape_of_objects(samples, OWN, member) if samples else None
    except NoLayout:
        return None
