"""Schemas of an OpenAPI document (JSON Schema, more or less): the Shape that they allow, and an example of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from minidata.core.inference.shapes import Kind, Shape
from minidata.core.inference.texts import Meaning
from minidata.core.wording import excerpt

_DEEPEST = 6
# An example shows where records are, which is near the top.
_DEEPEST_EXAMPLE = 3
# Of how many values a record is described at most; what is beyond is left as it comes. References fan out.
_MOST = 2_000
_KINDS: Mapping[str, Kind] = {"boolean": "bool", "integer": "int", "number": "decimal", "string": "text"}
_FORMATS: Mapping[str, Meaning] = {"date-time": "instant", "date": "date", "uuid": "uuid"}

Schema = Mapping[str, Any]
# The references that were followed to where we are.
Refs = frozenset[str]
_NO_REFS: Refs = frozenset()


@dataclass(slots=True)
class Schemas:
    """The *root* document, into which references lead."""

    root: Mapping[str, Any]
    _left: int = _MOST

    def resolved(self, value: Any) -> Schema:
        """Return *value*, or what it refers to; empty for what is no mapping, or refers to another document."""
        return self._followed(value)[0]

    def records(self, schema: Schema, path: str) -> Shape:
        """Return the Shape of the records that lie at the dotted *path* of what *schema* describes."""
        for step in path.split(".") if path else ():
            schema = mapping_of(self._whole(schema)[0], "properties").get(step, {})
        self._left = _MOST
        return self.shape(self._whole(schema)[0].get("items", {}))

    def shape(self, schema: Any, above: Refs = _NO_REFS, depth: int = 0) -> Shape:
        """Return the Shape of the one value that *schema* describes, which may have several kinds."""
        self._left -= 1
        whole, refs = self._whole(schema, above)
        if refs & above or depth >= _DEEPEST or self._left < 0:
            # Around in a circle, or too much to read.
            whole = {**whole, "properties": {}, "items": {}, "oneOf": [], "anyOf": []}
            whole |= {"type": "object"} if refs & above else {}
        shape = Shape(about=excerpt(str(whole.get("description") or "")))
        for option in _options(whole):
            shape.absorb(self.shape(option, above | refs, depth + 1))
        for kind in _types(whole):
            self._add(shape, kind, whole, above | refs, depth)
        if whole.get("nullable") is True:
            shape.nulls += 1
        # Several options describe one value.
        shape.seen = 1
        return shape

    def example(self, schema: Any, depth: int = 0) -> Any:
        """Return a value such as *schema* describes, with one object in each list of objects and nothing else told."""
        whole, _ = self._whole(schema)
        for option in _options(whole):
            whole = {**self._whole(option)[0], **whole}
        types = _types(whole)
        if depth > _DEEPEST_EXAMPLE:
            return None
        if "array" in types:
            items = self._whole(whole.get("items"))[0]
            return [{}] if "object" in _types(items) or _options(items) else [None]
        if "object" in types:
            return {str(name): self.example(one, depth + 1) for name, one in mapping_of(whole, "properties").items()}
        return {"integer": 0, "boolean": False}.get(next(iter(types), ""))

    def _add(self, shape: Shape, kind: str, schema: Schema, refs: Refs, depth: int) -> None:
        """Take *kind*, one of the types that *schema* allows, into account."""
        if kind == "null":
            shape.nulls += 1
        elif kind in _KINDS:
            shape.kinds[_KINDS[kind]] += 1
            if kind == "string":
                _add_text(shape, schema)
        elif kind == "array":
            shape.kinds["list"] += 1
            shape.items = self.shape(schema.get("items"), refs, depth + 1)
        elif kind == "object":
            shape.kinds["object"] += 1
            shape.free = shape.free or not mapping_of(schema, "properties")
            for name, inner in mapping_of(schema, "properties").items():
                shape.fields[str(name)] = self.shape(inner, refs, depth + 1)
                shape.fields[str(name)].seen = int(name in list_of(schema, "required"))

    def _whole(self, schema: Any, above: Refs = _NO_REFS) -> tuple[dict[str, Any], Refs]:
        """Return *schema* with all of its allOf in it, and which references were followed; those *above* are not."""
        found, refs = self._followed(schema)
        if refs & above:
            return {}, refs
        whole = dict(found)
        for part in _mappings(found, "allOf"):
            inner, followed = self._whole(part, above | refs)
            refs |= followed
            properties = {**mapping_of(whole, "properties"), **mapping_of(inner, "properties")}
            required = [*list_of(whole, "required"), *list_of(inner, "required")]
            whole = {**inner, **whole, "properties": properties, "required": required}
        return {key: one for key, one in whole.items() if one not in ({}, [], None)}, refs

    def _followed(self, value: Any) -> tuple[Schema, Refs]:
        """Return what *value* refers to, with what stands beside the reference, and which references were followed."""
        refs: set[str] = set()
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            reference = value["$ref"]
            if reference in refs:
                return {}, frozenset(refs)
            refs.add(reference)
            value = {**self._target(reference), **{key: one for key, one in value.items() if key != "$ref"}}
        return value if isinstance(value, dict) else {}, frozenset(refs)

    def _target(self, reference: str) -> Schema:
        found: Any = self.root
        if not reference.startswith("#/"):
            return {}
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}


def _add_text(shape: Shape, schema: Schema) -> None:
    meaning = _FORMATS.get(str(schema.get("format")))
    shape.means = frozenset({meaning}) if meaning else shape.means
    enum = list_of(schema, "enum")
    shape.named = tuple(one for one in enum if isinstance(one, str))
    shape.nulls += None in enum


def _options(schema: Schema) -> tuple[Schema, ...]:
    return (*_mappings(schema, "oneOf"), *_mappings(schema, "anyOf"))


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
    return ("string",) if any(isinstance(one, str) for one in list_of(schema, "enum")) else ()


def _mappings(schema: Schema, name: str) -> tuple[Schema, ...]:
    return tuple(one for one in list_of(schema, name) if isinstance(one, dict))


def list_of(schema: Schema, name: str) -> list[Any]:
    """Return the list at *name*; empty where there is none."""
    found = schema.get(name)
    return found if isinstance(found, list) else []


def mapping_of(schema: Schema, name: str) -> Mapping[str, Any]:
    """Return the mapping at *name*; empty where there is none."""
    found = schema.get(name)
    return found if isinstance(found, dict) else {}
