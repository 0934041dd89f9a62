"""
What was seen at one place of many JSON values: a Shape, which grows with each value and with other Shapes.

The order in which values are seen changes nothing, and Shapes of parts make the Shape of the whole.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from minidata.core.inference.texts import Meaning, meanings

Kind = Literal["bool", "int", "decimal", "text", "list", "object"]

# More different texts than this are not remembered.
MOST_TEXTS = 64


@dataclass(slots=True)
class Shape:
    """
    What was seen at one place.

    *seen* is how often there was something, null included; *kinds* how often which kind of value; *least* and *most*
    bound the whole numbers. *means* is what every text there may mean (None: no text yet), *texts* how often each of
    them came (None: too many different ones). *fields* are those of the objects, *items* those of all lists together.

    A document about an API adds what no value can show: *named*, the only texts it allows, *free*, that objects have
    whatever fields they like, and *about*, its words.
    """

    seen: int = 0
    nulls: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)
    least: int = 0
    most: int = 0
    means: frozenset[Meaning] | None = None
    texts: Counter[str] | None = field(default_factory=Counter)
    fields: dict[str, "Shape"] = field(default_factory=dict)
    items: "Shape | None" = None
    named: tuple[str, ...] = ()
    free: bool = False
    about: str = ""

    def see(self, value: Any) -> None:
        """Take *value*, as the exact parser made it, into account."""
        self.seen += 1
        match value:
            case None:
                self.nulls += 1
            case bool():
                self.kinds["bool"] += 1
            case int():
                self.kinds["int"] += 1
                self._bound(value, value)
            case Decimal():
                self.kinds["decimal"] += 1
            case str():
                self.kinds["text"] += 1
                self._read(meanings(value), Counter({value: 1}))
            case list():
                self.kinds["list"] += 1
                self._inside(shape_of(value))
            case dict():
                self.kinds["object"] += 1
                for name, inner in value.items():
                    self.fields.setdefault(name, Shape()).see(inner)

    def absorb(self, other: "Shape") -> None:
        """Take into account all that *other* has seen."""
        self.seen += other.seen
        self.nulls += other.nulls
        self.kinds += other.kinds
        self._bound(other.least, other.most)
        if other.means is not None:
            self._read(other.means, other.texts)
        for name, inner in other.fields.items():
            self.fields.setdefault(name, Shape()).absorb(inner)
        if other.items is not None:
            self._inside(other.items)
        self.named = self.named or other.named
        self.free = self.free or other.free
        self.about = self.about or other.about

    def _bound(self, least: int, most: int) -> None:
        self.least, self.most = min(self.least, least), max(self.most, most)

    def _read(self, means: frozenset[Meaning], texts: Counter[str] | None) -> None:
        self.means = means if self.means is None else self.means & means
        if self.texts is not None:
            together = None if texts is None else self.texts + texts
            self.texts = None if together is None or len(together) > MOST_TEXTS else together

    def _inside(self, items: "Shape") -> None:
        if self.items is None:
            self.items = Shape()
        self.items.absorb(items)


def shape_of(values: Iterable[Any]) -> Shape:
    """Return the Shape of *values*."""
    shape = Shape()
    for value in values:
        shape.see(value)
    return shape
