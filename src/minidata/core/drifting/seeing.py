"""
What was seen at the places that a Row names, and beside them.

Other than a Shape, which remembers whatever there was, this looks where the Row's Outline says, column by column, and
remembers only what the Row says nothing of: values that it allows are forgotten at once.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from typing import Any

from minidata.core.drifting.outlines import Outline, Value
from minidata.core.inference.shapes import Shape, shape_of

# More different values than this that are not allowed are counted together.
MOST_VALUES = 64
_SORTS: dict[type, str] = {
    type(None): "null",
    bool: "bool",
    int: "int",
    Decimal: "decimal",
    float: "decimal",
    str: "text",
    list: "list",
    dict: "object",
}


@dataclass(slots=True)
class Seen:
    """
    What was seen at one place: *sorts* counts the kinds of values, null among them.

    *values* counts those that are not allowed (*others*: those beyond MOST_VALUES different ones). *fields* are what
    the Row names in objects here, *strangers* what it does not, *items* what was in lists. *shape* is kept of
    strangers, where that is wanted. *firsts* tells the object in which each sort and each value was seen first.
    """

    sorts: Counter[str] = field(default_factory=Counter)
    values: Counter[Value] = field(default_factory=Counter)
    others: int = 0
    fields: dict[str, "Seen"] = field(default_factory=dict)
    strangers: dict[str, "Seen"] = field(default_factory=dict)
    items: "Seen | None" = None
    shape: Shape | None = None
    firsts: dict[str | tuple[Value], str] = field(default_factory=dict)

    @property
    def times(self) -> int:
        """How often there was something, null included."""
        return self.sorts.total()

    @property
    def first(self) -> str | None:
        """The first object in which there was something."""
        return min((self.firsts[sort] for sort in self.sorts), default=None)

    def absorb(self, later: "Seen") -> None:
        """Take into account what was seen in later objects."""
        self.sorts += later.sorts
        for sort in later.sorts:
            self.firsts.setdefault(sort, later.firsts[sort])
        for value, times in later.values.items():
            self.note(value, times, later.firsts[(value,)])
        self.others += later.others
        for mine, theirs in ((self.fields, later.fields), (self.strangers, later.strangers)):
            for name, inner in theirs.items():
                mine.setdefault(name, Seen()).absorb(inner)
        if later.items is not None:
            self.items = self.items or Seen()
            self.items.absorb(later.items)
        if later.shape is not None:
            self.shape = self.shape or Shape()
            self.shape.absorb(later.shape)

    def note(self, value: Value, times: int, key: str) -> None:
        """Count a value that is not allowed, seen in the object *key*."""
        if value in self.values or len(self.values) < MOST_VALUES:
            self.values[value] += times
            self.firsts.setdefault((value,), key)
        else:
            self.others += times


def seen_in(records: Sequence[Any], outline: Outline, key: str, *, shapes: bool = False) -> Seen:
    """Return what is in *records* of the object *key*; with *shapes*, also what a Row for the strangers needs."""
    return _Eye(key, shapes).see(records, outline)


@dataclass(frozen=True, slots=True)
class _Eye:
    key: str
    shapes: bool

    def see(self, values: Sequence[Any], outline: Outline) -> Seen:
        seen = self._sorted(values)
        if outline.allowed:
            sorts = set(map(type, outline.allowed))
            for value, times in Counter(value for value in values if type(value) in sorts).items():
                if value not in outline.allowed:
                    seen.note(value, times, self.key)
        if outline.fields and "object" in seen.sorts:
            self._open([value for value in values if type(value) is dict], outline, seen)
        if outline.items and "list" in seen.sorts:
            inside = [value for value in values if type(value) is list]
            seen.items = self.see(list(chain.from_iterable(inside)), outline.items)
        return seen

    def _open(self, objects: Sequence[dict[str, Any]], outline: Outline, seen: Seen) -> None:
        for name in Counter(chain.from_iterable(objects)):
            inner = [one[name] for one in objects if name in one]
            if name in outline.fields:
                seen.fields[name] = self.see(inner, outline.fields[name])
            else:
                seen.strangers[name] = self._stranger(inner)

    def _stranger(self, values: Sequence[Any]) -> Seen:
        seen = self._sorted(values)
        seen.shape = shape_of(values) if self.shapes else None
        return seen

    def _sorted(self, values: Iterable[Any]) -> Seen:
        sorts = Counter({_SORTS[kind]: times for kind, times in Counter(map(type, values)).items() if kind in _SORTS})
        return Seen(sorts, firsts=dict.fromkeys(sorts, self.key))
