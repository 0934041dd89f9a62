"""Where in a body the records are: the list that has most objects in it."""

from collections.abc import Iterator
from typing import Any

_DEEPEST = 5
# What APIs call it, for a tie.
_NAMES = ("data", "items", "results", "records", "rows", "values", "entries", "features", "elements", "objects")


class NoRecords(ValueError):
    """There is no list of objects in a body; the message says what there is instead."""


def records_path(document: Any) -> str:
    """Return the dotted path of the records in *document*, "" for all of it; raise NoRecords when there are none."""
    lists = [(path, found) for path, found in _lists(document, (), _DEEPEST) if _objects(found)]
    if not lists:
        raise NoRecords(_instead(document))
    path, _ = max(lists, key=lambda one: (_objects(one[1]), -len(one[0]), one[0] and one[0][-1] in _NAMES))
    return ".".join(path)


def _lists(value: Any, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    if isinstance(value, list):
        yield path, value
    elif isinstance(value, dict) and depth:
        for name, inner in value.items():
            # A path is dotted, and so cannot lead through a name with a dot in it.
            if name and "." not in name:
                yield from _lists(inner, (*path, name), depth - 1)


def _objects(found: list[Any]) -> int:
    return sum(isinstance(one, dict) for one in found)


def _instead(document: Any) -> str:
    lists = [(".".join(path), found) for path, found in _lists(document, (), _DEEPEST)]
    if lists:
        path, found = max(lists, key=lambda one: len(one[1]))
        where = f"the list at {path!r}" if path else "the body's list"
        return f"{where} holds {len(found):,} {_kind(found[0])}s, no objects" if found else f"{where} is empty"
    if isinstance(document, dict):
        return f"the body is one object, with {', '.join(map(repr, list(document)[:6])) or 'nothing in it'}"
    return f"the body is a {_kind(document)}"


def _kind(value: Any) -> str:
    return {list: "list", str: "text", bool: "boolean", type(None): "null"}.get(type(value), "number")
