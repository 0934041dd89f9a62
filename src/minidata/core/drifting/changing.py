"""What would have to change, class by class, for the Rows to expect what was seen."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from inspect import get_annotations
from typing import NamedTuple

from minidata.core.drifting.outlines import Named, Outline, Value
from minidata.core.drifting.seeing import Seen
from minidata.core.inference.drafting import Drafting
from minidata.core.inference.drafts import DraftField
from minidata.core.inference.naming import field_name
from minidata.core.inference.shapes import Shape


class Spot(NamedTuple):
    """A place in a field's type: in so *deep* a list of it; 0 is the type itself."""

    field: str
    deep: int


@dataclass
class Change:
    """
    What one class lacks: fields for what was seen in its *objects* at some paths (*strangers*), *values* of Literals,
    and leave for *nulls*.

    *enums* are spots whose values are an Enum's, *many* those of which more values came than were counted.
    """

    owner: type
    objects: int = 0
    strangers: dict[tuple[str, ...], Shape] = field(default_factory=dict)
    values: dict[Spot, Counter[Value]] = field(default_factory=dict)
    nulls: Counter[Spot] = field(default_factory=Counter)
    enums: set[Spot] = field(default_factory=set)
    many: set[Spot] = field(default_factory=set)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to change."""
        return not (self.strangers or self.values or self.nulls)


class Changes:
    """The changes of all classes: one class may be used in several places, and by several Streams."""

    def __init__(self) -> None:
        self._by_class: dict[type, Change] = {}

    def __iter__(self) -> Iterator[Change]:
        """Yield what has to change, in the order in which it was seen."""
        return (change for change in self._by_class.values() if not change.empty)

    def add(self, seen: Seen, outline: Outline, keys: Collection[str] = ()) -> None:
        """Take into account what was seen of a Stream; the fields of its key, *keys*, may not be null."""
        owner = outline.owner
        self._walk(seen, outline, {(owner, key) for key in keys})

    def _walk(self, seen: Seen, outline: Outline, keys: set[tuple[type | None, str]]) -> None:
        if outline.field:
            self._note(outline.field, seen, outline, keyed=(outline.field.owner, outline.field.name) in keys)
        objects = seen.sorts["object"]
        if outline.owner and objects:
            change = self._of(outline.owner)
            change.objects += 0 if outline.prefix else objects
            for name, inner in seen.strangers.items():
                change.strangers.setdefault((*outline.prefix, name), Shape()).absorb(inner.shape or Shape())
        for name, below in seen.fields.items():
            self._walk(below, outline.fields[name], keys)
        if seen.items and outline.items:
            self._walk(seen.items, outline.items, keys)

    def _note(self, named: Named, seen: Seen, outline: Outline, *, keyed: bool) -> None:
        spot = Spot(named.name, outline.deep)
        change = self._of(_declaring(named))
        if seen.values:
            change.values.setdefault(spot, Counter()).update(seen.values)
            if outline.closed:
                change.enums.add(spot)
            if seen.others:
                change.many.add(spot)
        if seen.sorts["null"] and not outline.nullable and not keyed:
            change.nulls[spot] += seen.sorts["null"]

    def _of(self, owner: type) -> Change:
        return self._by_class.setdefault(owner, Change(owner))


def drafted(change: Change, drafting: Drafting, names: Collection[str]) -> tuple[DraftField, ...]:
    """
    Return the fields that the class lacks; no two are called the same, and none as one of *names*.

    They may all be absent: what was stored before the API sent them has to fit as well.
    """
    taken = {*names, *dir(change.owner), *get_annotations(change.owner), *getattr(change.owner, "model_fields", ())}
    fields: list[DraftField] = []
    for path, shape in change.strangers.items():
        around = Shape(kinds=Counter({"object": change.objects}), fields={path[-1]: shape})
        row = drafting.row(around, change.owner.__name__, whole=False)
        drafting.taken.discard(row.name)
        for one in row.fields:
            wanted = "_".join((*path[:-1], one.name)) if one.name in taken else one.name
            name = field_name(wanted, taken, column=True)
            taken.add(name)
            fields.append(replace(one, name=name, path=(*path[:-1], *one.path), nullable=True, absent=True))
    return tuple(fields)


def _declaring(named: Named) -> type:
    """Return the class in whose text the field stands."""
    return next((one for one in named.owner.__mro__ if named.name in get_annotations(one)), named.owner)
