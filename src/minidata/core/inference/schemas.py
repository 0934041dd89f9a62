"""Schemas of an OpenAPI document (JSON Schema, more or less): the Shape that they allow, and an example of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from minidata.core.inference.shapes import Kind, Shape
from minidata.core.inference.texts import Meaning
from minidata.core.wording import excerpt

_DEEPEST = 8
_KINDS: Mapping[str, Kind] = {"boolean": "bool", "integer": "int", "number": "decimal", "string": "text"}
_FORMATS: Mapping[str, Meaning] = {"date-time": "instant", "date": "date", "uuid": "uuid"}

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Schemas:
    """The *root* document, into which references lead."""

    root: Mapping[str, Any]

    def resolved(self, value: Any) -> Mapping[str, Any]:
        """Return *value*, or what it refers to; empty for what is no mapping, or refers to another document."""
        for _ in range(_DEEPEST):
            if not isinstance(value, dict):
                return {}
            if not isinstance(value.get("$ref"), str):
                return value
            own = {key: one for key, one in value.items() if key != "$ref"}
            value = {**self._target(value["$ref"]), **own}
        return {}

    def records(self, schema: Schema, path: str) -> Shape:
        """Return the Shape of the records that lie at the dotted *path* of what *schema* describes."""
        for step in path.split(".") if path else ():
            schema = self._together(schema).get("properties", {}).get(step, {})
        return self.shape(self._together(schema).get("items", {}), 0)

    def shape(self, schema: Any, depth: int) -> Shape:
        """Return the Shape of the one value that *schema* describes, which may have several kinds."""
        whole = self._together(schema)
        shape = Shape(about=excerpt(str(whole.get("description") or "")))
        for option in (*_mappings(whole, "oneOf"), *_mappings(whole, "anyOf")):
            shape.absorb(self.shape(option, depth + 1))
        for kind in _types(whole):
            self._add(shape, kind, whole, depth)
        if whole.get("nullable") is True:
            shape.nulls += 1
        # Several options describe one value.
        shape.seen = 1
        return shape

    def example(self, schema: Any, depth: int = 0) -> Any:
        """Return a value such as *schema* describes, with one object in each list of objects and nothing else told."""
        whole = self._together(schema)
        for option in (*_mappings(whole, "oneOf"), *_mappings(whole, "anyOf")):
            whole = {**self._together(option), **whole}
        types = _types(whole)
        if depth >= _DEEPEST:
            return None
        if "array" in types:
            inner = self.example(whole.get("items"), depth + 1)
            return [{}] if isinstance(inner, dict) else [inner]
        if "object" in types:
            properties = whole.get("properties", {})
            return {str(name): self.example(one, depth + 1) for name, one in properties.items()}
        return {"integer": 0, "boolean": False}.get(next(iter(types), ""))

    def _add(self, shape: Shape, kind: str, schema: Schema, depth: int) -> None:
        """Take *kind*, one of the types that *schema* allows, into account."""
        if kind == "null":
            shape.nulls += 1
        elif kind in _KINDS:
            shape.kinds[_KINDS[kind]] += 1
            if kind == "string":
                self._add_text(shape, schema)
        elif kind == "array":
            shape.kinds["list"] += 1
            if depth < _DEEPEST:
                shape.items = self.shape(schema.get("items"), depth + 1)
        elif kind == "object":
            shape.kinds["object"] += 1
            self._add_fields(shape, schema, depth)

    def _add_text(self, shape: Shape, schema: Schema) -> None:
        meaning = _FORMATS.get(str(schema.get("format")))
        shape.means = frozenset({meaning}) if meaning else shape.means
        enum = schema.get("enum")
        if isinstance(enum, list):
            shape.named = tuple(one for one in enum if isinstance(one, str))
            shape.nulls += None in enum

    def _add_fields(self, shape: Shape, schema: Schema, depth: int) -> None:
        properties, required = schema.get("properties") or {}, schema.get("required") or ()
        if depth >= _DEEPEST or not properties:
            shape.free = True
            return
        for name, inner in properties.items():
            part = self.shape(inner, depth + 1)
            part.seen = int(name in required)
            shape.fields[str(name)] = part

    def _together(self, schema: Any) -> dict[str, Any]:
        """Return *schema* with its references followed and all of its allOf in it."""
        whole = dict(self.resolved(schema))
        for part in _mappings(whole, "allOf"):
            inner = self._together(part)
            whole = {
                **inner,
                **{key: one for key, one in whole.items() if key != "allOf"},
                "properties": {**_mapping(inner, "properties"), **_mapping(whole, "properties")},
                "required": [*(inner.get("required") or ()), *(whole.get("required") or ())],
                "allOf": whole.get("allOf"),
            }
        return {key: one for key, one in whole.items() if one not in ({}, [], None)}

    def _target(self, reference: str) -> Mapping[str, Any]:
        found: Any = self.root
        if not reference.startswith("#/"):
            return {}
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}


def _types(schema: Schema) -> tuple[str, ...]:
    told = schema.get("type")
    if isinstance(told, str):
        return (told,)
    if isinstance(told, list):
        return tuple(one for one in told if isinstance(one, str))
    if "properties" in schema or "additionalProperties" in schema:
        return ("object",)
    if "items" in schema:
        return ("array",)
    return ("string",) if any(isinstance(one, str) for one in schema.get("enum") or ()) else ()


def _mappings(schema: Schema, name: str) -> tuple[Schema, ...]:
    found = schema.get(name)
    return tuple(one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()


def _mapping(schema: Schema, name: str) -> Mapping[str, Any]:
    found = schema.get(name)
    return found if isinstance(found, dict) else {}
