"""
What a Row says of each place in a record: read from the schema that records are checked by.

A place that the Row takes as it comes (Any, dict, a union of models, whatever a validator of the user's sees first) is
a document: nothing in it has a name, and so nothing is looked for.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache, cached_property
from typing import Any, NamedTuple

from pydantic import BaseModel

from minidata.core.fitting.checking import checker_of
from minidata.core.inference.shapes import Kind

Schema = Mapping[str, Any]
Value = str | int
# A way from an object to something in it: names, and places in lists.
Path = tuple[str | int, ...]

# The kinds of JSON values that fit. Where a text may be anything, as for bytes, it is for the check to say more.
_KINDS: Mapping[str, tuple[Kind, ...]] = {
    "bool": ("bool",),
    "int": ("int",),
    "float": ("int", "decimal"),
    "decimal": ("int", "decimal", "text"),
    **dict.fromkeys(("str", "date", "time", "datetime", "timedelta", "uuid", "url", "bytes"), ("text",)),
    **dict.fromkeys(("list", "set", "frozenset", "tuple"), ("list",)),
    **dict.fromkeys(("dict", "model", "typed-dict", "dataclass"), ("object",)),
}
# What takes whatever comes: Any, and validators of the user's that see it first.
_ANYTHING = frozenset({"any", "function-before", "function-plain", "function-wrap"})
# Of these no other kind is made, however lax a Row is.
_HOLDERS = frozenset({"list", "dict", "model", "typed-dict"})
_KIND_OF: Mapping[type, Kind] = {bool: "bool", int: "int", str: "text"}


class Named(NamedTuple):
    """A field that reads a place: the class *owner* calls it *name*."""

    owner: type
    name: str

    def __str__(self) -> str:
        return f"{self.owner.__name__}.{self.name}"


class _Part(NamedTuple):
    """One way (of maybe several) from an object to what a field reads; *strict*, unless its class says otherwise."""

    path: Path
    schema: Schema
    field: Named
    strict: bool


class Outline:
    """
    What is said of one place.

    *field* is the field that reads it, None for a record itself, and *deep* in how many lists of that field it lies.
    *kinds* are those of values that fit, none for all; *allowed* the only values, none for all; *closed* says that the
    allowed ones are an Enum's. *owner* is the class that names what is in objects here, *prefix* the way from that
    class's own objects to here, where a field of it reads something further inside.
    """

    def __init__(
        self,
        schema: Schema,
        definitions: Mapping[str, Schema],
        field: Named | None = None,
        *,
        deep: int = 0,
        strict: bool = True,
    ) -> None:
        self.field = field
        self.deep = deep
        self.nullable = False
        self.kinds: frozenset[Kind] = frozenset()
        self.allowed: frozenset[Value] = frozenset()
        self.closed = False
        self.owner: type | None = None
        self.prefix: tuple[str, ...] = ()
        self._definitions = definitions
        self._strict = strict
        self._parts: tuple[_Part, ...] = ()
        self._items: Schema | None = None
        self._read(self._peeled(schema))

    @cached_property
    def fields(self) -> Mapping[str, "Outline"]:
        """What is said of the fields of objects here, by the API's names; empty for a document."""
        grouped: dict[str, list[_Part]] = {}
        for part in self._parts:
            grouped.setdefault(str(part.path[0]), []).append(part)
        return {name: self._below(name, parts) for name, parts in grouped.items()}

    @cached_property
    def ways(self) -> Mapping[Named, tuple[Path, ...]]:
        """Where in the objects of a class each of its fields is looked for; empty where no class begins."""
        found: dict[Named, tuple[Path, ...]] = {}
        for part in () if self.prefix else self._parts:
            found[part.field] = (*found.get(part.field, ()), part.path)
        return found

    @cached_property
    def items(self) -> "Outline | None":
        """What is said of the items of lists here; None where nothing is."""
        if not self._items:
            return None
        return Outline(self._items, self._definitions, self.field, deep=self.deep + 1, strict=self._strict)

    def _below(self, name: str, parts: list[_Part]) -> "Outline":
        whole = next((part for part in parts if len(part.path) == 1), None)
        if whole:
            return Outline(whole.schema, self._definitions, whole.field, strict=whole.strict)
        if any(isinstance(part.path[1], int) for part in parts):
            return Outline({"type": "any"}, self._definitions, parts[0].field)
        inner = Outline({"type": "any"}, self._definitions, parts[0].field)
        inner.owner, inner.prefix = self.owner, (*self.prefix, name)
        inner._parts = tuple(part._replace(path=part.path[1:]) for part in parts)
        return inner

    def _peeled(self, schema: Schema) -> Schema:
        """Return what is inside of all that says nothing of the value itself but whether it may be null."""
        while True:
            match schema["type"]:
                case "nullable":
                    self.nullable = True
                case "definitions":
                    known = {one["ref"]: one for one in schema["definitions"]}
                    self._definitions = {**self._definitions, **known}
                case "definition-ref":
                    schema = self._definitions[schema["schema_ref"]]
                    continue
                case "default" | "function-after":
                    pass
                case "model" if schema.get("root_model"):
                    pass
                case _:
                    return schema
            schema = schema["schema"]

    def _read(self, schema: Schema) -> None:
        kind = schema["type"]
        if kind in _ANYTHING:
            self.nullable = True
        if kind in {"literal", "enum"}:
            self._read_values(schema)
        elif schema.get("strict", self._strict) is not False or kind in _HOLDERS:
            self.kinds = frozenset(_KINDS.get(kind, ()))
        self._items = schema.get("items_schema") if kind in {"list", "set", "frozenset"} else None
        if kind in {"model", "typed-dict"}:
            self.owner = schema["cls"]
            self._parts = tuple(_parts(schema, self.owner))

    def _read_values(self, schema: Schema) -> None:
        found = [one.value if isinstance(one, Enum) else one for one in schema.get("expected", schema.get("members"))]
        self.closed = schema["type"] == "enum"
        self.nullable = self.nullable or None in found
        self.kinds = frozenset(_KIND_OF[type(one)] for one in found if type(one) in _KIND_OF)
        self.allowed = frozenset(one for one in found if isinstance(one, str | int))


@cache
def outline_of(row: type[BaseModel]) -> Outline:
    """Return what *row* says of its records; raise ConfigError when it refers to types that are not defined."""
    checker_of(row)
    return Outline(row.__pydantic_core_schema__, {})


def _parts(schema: Schema, owner: type) -> Iterator[_Part]:
    strict = schema.get("config", {}).get("strict") is not False
    fields = schema if schema["type"] == "typed-dict" else schema["schema"]
    while "fields" not in fields:
        # A validator of the whole model that sees what the fields' own have made.
        if "schema" not in fields or fields["type"] != "function-after":
            return
        fields = fields["schema"]
    for name, field in fields["fields"].items():
        for path in _paths(field.get("validation_alias", name)):
            yield _Part(path, field["schema"], Named(owner, name), strict)


def _paths(alias: Any) -> list[Path]:
    """Return the ways that an alias is: a name, a path, or a choice of paths."""
    if isinstance(alias, str):
        return [(alias,)]
    return [tuple(path) for path in alias] if alias and isinstance(alias[0], list) else [tuple(alias)]
