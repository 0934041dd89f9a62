"""A Row for a Shape: which type each field gets, and which fields there are."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from minidata.core.fitting.exact_numbers import BIGINT
from minidata.core.inference.drafts import DraftField, DraftModel, ListOf, OneOf, Plain, Type
from minidata.core.inference.naming import class_name, field_name, snake
from minidata.core.inference.shapes import Shape
from minidata.core.inference.texts import Meaning

# Deeper than this, a document stays as it is.
_DEEPEST_MODEL = 5
_DEEPEST_LIST = 3
# Objects of records that hold what in other APIs are the record's own fields: GeoJSON, JSON:API, Airtable.
_WRAPPERS = ("properties", "attributes", "fields")
_MOST_AROUND_WRAPPER = 6
_ANYTHING = Plain("Any")
_ANY_OBJECT = Plain("dict[str, Any]")
_MEANT: Mapping[Meaning, str] = {
    "instant": "AwareDatetime",
    "datetime": "NaiveDatetime",
    "date": "dt.date",
    "uuid": "UUID",
}
# Words at a name's end that say that its values are a few, or amounts of money.
_FEW = frozenset({
    "category", "channel", "class", "condition", "gender", "kind", "level", "method", "mode", "phase", "priority",
    "role", "severity", "stage", "state", "status", "tier", "type",
})  # fmt: skip
_AMOUNT = frozenset({"amount", "balance", "cost", "fee", "price", "subtotal", "tax", "total", "value"})
_MOMENT = frozenset({"at", "date", "time", "timestamp", "created", "updated", "modified", "generated"})
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*([_-][A-Za-z0-9]+)*\Z")
# Those of them that change while a thing lives: first pages may hold none that is new, or none that is old.
_LIVES = frozenset({"phase", "stage", "state", "status"})
# An enumeration is believed when this many texts were seen, so many different ones, none of them seldom.
_ENOUGH_TEXTS = 20
_DIFFERENT_TEXTS = range(3, 9)
_SELDOM = 0.05
# Objects with this many different fields, few of them in each, have no fields but entries.
_MANY_FIELDS = 40
# Whole numbers that are moments of the years 2001 to 2100: in seconds, and in milliseconds.
_SECONDS = range(1_000_000_000, 4_102_444_800)


class _At(NamedTuple):
    """Where in a record we are: in the class *owner*, that lies so *deep* in the Row's; *whole*: all was seen."""

    owner: str
    deep: int
    whole: bool


@dataclass(frozen=True)
class Drafting:
    """The Rows of one file: the classes' names that are *taken*, and the models that were *made*, equal ones once."""

    taken: set[str]
    made: list[DraftModel] = field(default_factory=list)

    def row(self, shape: Shape, name: str, *, whole: bool) -> DraftModel:
        """
        Return the Row for records of *shape*, its class called after *name*; *whole*: there are no others.

        What lies in a wrapper, as GeoJSON's properties do, becomes a column of its own.
        """
        own = class_name(name, self.taken)
        self.taken.add(own)
        return DraftModel(own, self._fields(dict(_places(shape)), shape.kinds["object"], _At(own, 0, whole)))

    def _fields(self, places: Mapping[tuple[str, ...], Shape], objects: int, at: _At) -> tuple[DraftField, ...]:
        """Return the fields for what lies at *places* in so many *objects*."""
        names = _names(places, column=not at.deep)
        return tuple(self._field(names[path], path, shape, objects, at) for path, shape in places.items())

    def _field(self, name: str, path: tuple[str, ...], shape: Shape, objects: int, at: _At) -> DraftField:
        kind = self._type(shape, path[-1], at)
        return DraftField(
            name=name,
            type=kind,
            path=path,
            nullable=shape.nulls > 0 or shape.seen < objects,
            absent=shape.seen < objects,
            about=shape.about,
            comment=_comment(path[-1], shape, kind),
        )

    def _type(self, shape: Shape, name: str, at: _At, lists: int = 0) -> Type:
        match sorted(shape.kinds):
            case ["text"]:
                return _type_of_texts(shape, name, whole=at.whole)
            case ["bool" | "int" as plain] if BIGINT[0] <= shape.least and shape.most <= BIGINT[1]:
                return Plain(plain)
            case ["int"] | ["decimal"] | ["decimal", "int"]:
                return Plain("Decimal")
            case ["object"]:
                return self._model(shape, name, at)
            case ["list"] if lists < _DEEPEST_LIST:
                return self._list(shape.items or Shape(), name, at, lists)
        return _ANYTHING

    def _list(self, items: Shape, name: str, at: _At, lists: int) -> ListOf:
        item = self._type(items, name, at._replace(deep=at.deep + 1), lists + 1)
        return ListOf(item, nullable=items.nulls > 0 and item != _ANYTHING)

    def _model(self, shape: Shape, name: str, at: _At) -> Type:
        if shape.free or not shape.fields or at.deep >= _DEEPEST_MODEL or _is_map(shape):
            return _ANY_OBJECT
        own = class_name(name, self.taken, at.owner)
        self.taken.add(own)
        places: dict[tuple[str, ...], Shape] = {(one,): inner for one, inner in shape.fields.items()}
        model = DraftModel(own, self._fields(places, shape.kinds["object"], at._replace(owner=own, deep=at.deep + 1)))
        twin = next((one for one in self.made if one.fields == model.fields), None)
        if twin is not None:
            self.taken.remove(own)
            return twin
        self.made.append(model)
        return model


def _names(places: Iterable[tuple[str, ...]], *, column: bool) -> Mapping[tuple[str, ...], str]:
    """Return what the fields at *places* are called; a record's own fields have the first choice of a name."""
    names: dict[tuple[str, ...], str] = {}
    for path in sorted(places, key=len):
        plain = field_name(path[-1], (), column=column)
        wanted = "_".join(path) if len(path) > 1 and plain in names.values() else path[-1]
        names[path] = field_name(wanted, names.values(), column=column)
    return names


def _places(shape: Shape) -> list[tuple[tuple[str, ...], Shape]]:
    """Return where in a record its columns are, each with its Shape."""
    found: list[tuple[tuple[str, ...], Shape]] = []
    for name, inner in shape.fields.items():
        if _is_wrapper(name, inner, shape):
            found += [((name, below), part) for below, part in inner.fields.items()]
        else:
            found.append(((name,), inner))
    return found


def _is_wrapper(name: str, inner: Shape, around: Shape) -> bool:
    return (
        name in _WRAPPERS
        and 0 < inner.kinds["object"] == around.kinds["object"] == inner.kinds.total() == inner.seen
        and len(around.fields) <= _MOST_AROUND_WRAPPER
        and bool(inner.fields)
        and not _is_map(inner)
    )


def _type_of_texts(shape: Shape, name: str, *, whole: bool) -> Type:
    if shape.named and shape.texts is not None:
        return OneOf(tuple(dict.fromkeys((*shape.named, *sorted(shape.texts)))))
    for meaning, text in _MEANT.items():
        if shape.means and meaning in shape.means:
            return Plain(text)
    if shape.means and "decimal" in shape.means and _last_word(name) in _AMOUNT:
        return Plain("Decimal")
    believed = shape.texts and (whole or _last_word(name) not in _LIVES) and _is_enum(shape.texts, name)
    return OneOf(tuple(sorted(shape.texts))) if shape.texts and believed else Plain("str")


def _is_enum(texts: Mapping[str, int], name: str) -> bool:
    return (
        _last_word(name) in _FEW
        and len(texts) in _DIFFERENT_TEXTS
        and sum(texts.values()) >= _ENOUGH_TEXTS
        and min(texts.values()) >= _SELDOM * sum(texts.values())
        and all(_WORD.match(text) for text in texts)
    )


def _is_map(shape: Shape) -> bool:
    """Whether the objects' keys are data: words that no field is called, or ever other ones."""
    present = sum(inner.seen for inner in shape.fields.values())
    strange = all(not re.match(r"[A-Za-z_$@]", name) for name in shape.fields)
    return strange or (len(shape.fields) >= _MANY_FIELDS and present * 4 < len(shape.fields) * shape.kinds["object"])


def _comment(name: str, shape: Shape, kind: Type) -> str:
    if not shape.kinds:
        return "always null so far: kept as jsonb until its type is known"
    if kind == _ANYTHING:
        return "values of several kinds, or none: kept as jsonb"
    if isinstance(kind, OneOf) and not shape.named:
        return "a guess: no other value was seen"
    if kind == Plain("Decimal") and "text" in shape.kinds:
        return "sent as text"
    if kind == Plain("int") and _last_word(name) in _MOMENT and shape.least == 0:
        unit = next((unit for unit, by in (("seconds", 1), ("milliseconds", 1000)) if shape.most // by in _SECONDS), "")
        return f"it looks like {unit} since 1970" if unit else ""
    return ""


def _last_word(name: str) -> str:
    return snake(name).rpartition("_")[2]
