"""
Plans by which msgspec walks through a body, for the fields that are wanted of it.

It gives their bytes, or, where that is all the same, what these say: of a record's fields when they are plain.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import msgspec  # noqa: TID251 - this is the one place

from minidata.core.bodies.payload import is_place
from minidata.core.fetching.peeking.wanted import Wanted

# What msgspec reads of these as a Load does. It reads all else otherwise: a float says that there was one.
_PLAIN = int | float | str | bool | None
_READ = frozenset({int, str, bool, type(None)})
_NULL = msgspec.Raw(b"null")
# The kinds of fields that are looked for, and what one is that is missing.
_MISSING = {_PLAIN: None, msgspec.Raw: _NULL}
# What decoding and reading raise when a body is otherwise.
NOT_AS_PLANNED = (msgspec.DecodeError, ValueError, RecursionError)

# The names that lead to a field of an object.
Names = tuple[str, ...]
# Finds something in what was decoded.
Look = Callable[[Any], Any]


class NoPlan(Exception):
    """What is wanted is in places that no plan can name."""


@dataclass(frozen=True, slots=True)
class Plan:
    """
    How to find what is wanted. *decoder* decodes an answer, or with *lines* a record, and *records* finds those in it.

    *told*, by what they tell, and *cursor*, *keys* and *last* find a field, the former in an answer, the latter in a
    record: *last* in the last one, if what leads on is there. They find bytes, those in a *plain* record what it says.
    """

    decoder: msgspec.json.Decoder[Any]
    plain: bool
    lines: bool
    records: Look
    told: Mapping[str, Sequence[Look]]
    cursor: Look | None
    keys: tuple[Look, ...]
    last: Look | None


def plan_of(wanted: Wanted, *, plain: bool, lines: bool) -> Plan:
    """
    Return the plan to find what is *wanted* in a document, or in *lines*; raise NoPlan when there can be none.

    With *plain* it is for records in which all that is wanted is so.
    """
    cursor = None if wanted.cursor is None else _names(wanted.cursor)
    keys = [_key(ways) for ways in wanted.keys]
    last = _last(wanted)
    record, columns = _record([names for names in (cursor, *keys, last) if names], _PLAIN if plain else msgspec.Raw)
    told = {name: [*map(_names, paths)] for name, paths in wanted.told.items() if not (name == "next" and last)}
    answer, records, looks = _answer(wanted.records, record, [names for ways in told.values() for names in ways])
    return Plan(
        decoder=msgspec.json.Decoder(record if lines else answer),
        plain=plain,
        lines=lines,
        records=records,
        told={name: [looks[names] for names in ways] for name, ways in told.items()} if looks else {},
        cursor=columns[cursor] if cursor else None,
        keys=tuple(columns[names] for names in keys),
        last=columns[last] if last else None,
    )


def is_read(values: Iterable[Any]) -> bool:
    """Return whether *values*, found in plain records, are what a Load would read."""
    return _READ.issuperset(map(type, values))


def _names(path: str) -> Names:
    if not path:
        raise NoPlan
    return tuple(path.split("."))


def _key(ways: tuple[tuple[str | int, ...], ...]) -> Names:
    names = tuple(step for step in ways[0] if isinstance(step, str))
    if len(ways) > 1 or len(names) < len(ways[0]):
        raise NoPlan
    return names


def _last(wanted: Wanted) -> Names | None:
    """Return where in the last record is what leads on, if it is there."""
    beginning = f"{wanted.records}.-1." if wanted.records else "-1."
    path = wanted.told.get("next", ("",))[0]
    return _names(path.removeprefix(beginning)) if path.startswith(beginning) else None


def _record(paths: Sequence[Names], kind: Any) -> tuple[Any, dict[Names, Look]]:
    """Return the type of a record in which the *paths* are looked for, all of one *kind*, and how each is found."""
    if not paths:
        return msgspec.Raw, {}
    struct, attributes = _struct(dict.fromkeys(paths, kind))
    nothing = _MISSING[kind]
    return struct, {names: _look(found, nothing) for names, found in attributes.items()}


def _answer(records: str, record: Any, told: Sequence[Names]) -> tuple[Any, Look, dict[Names, Look]]:
    """Return the type of an answer, how its records are found in it, and each of what it tells."""
    if not records:
        if any(is_place(names[0]) for names in told):
            raise NoPlan
        return list[record], lambda answer: answer, {}
    way = _names(records)
    if way in told:
        raise NoPlan
    struct, attributes = _struct({**dict.fromkeys(told, msgspec.Raw), way: list[record]})
    looks = {names: _look(found, _NULL) for names, found in attributes.items()}
    return struct, looks[way], looks


def _struct(fields: Mapping[Names, Any]) -> tuple[Any, dict[Names, Names]]:
    """
    Return the type of an object with *fields* (their types by their paths), and the attributes that lead to each.

    One that is looked for may be missing, and is null then; any other must be there.
    """
    inside: dict[str, dict[Names, Any]] = {}
    for names, kind in fields.items():
        inside.setdefault(names[0], {})[names[1:]] = kind
    specs: list[Any] = []
    attributes: dict[Names, Names] = {}
    for place, (name, inner) in enumerate(inside.items()):
        attribute = f"f{place}"
        if () in inner:
            if len(inner) > 1:
                raise NoPlan
            kind = inner[()]
            specs.append((attribute, kind, _MISSING[kind]) if kind in _MISSING else (attribute, kind))
            attributes[name,] = (attribute,)
            continue
        struct, below = _struct(inner)
        needed = any(kind not in _MISSING for kind in inner.values())
        specs.append((attribute, struct) if needed else (attribute, struct | None, None))
        attributes |= {(name, *names): (attribute, *found) for names, found in below.items()}
    rename = {f"f{place}": name for place, name in enumerate(inside)}
    return msgspec.defstruct("Planned", specs, rename=rename, kw_only=True, gc=False), attributes


def _look(attributes: Names, nothing: Any) -> Look:
    if len(attributes) == 1:
        return attrgetter(attributes[0])

    def look(holder: Any) -> Any:
        for name in attributes:
            if holder is None:
                return nothing
            holder = getattr(holder, name)
        return holder

    return look
