"""
Which models, seeds and tests a person means: dbt's selectors, as sets.

What stands in one selector between commas must all hold; of several selectors one is enough; what is excluded goes
last. A test is selected with any of what it reads (dbt's "eager").
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from minidata.core.errors import UnknownName
from minidata.core.modelling.selector_methods import matching
from minidata.core.modelling.selectors import Known, Node, Selector, read_selector

_TESTS = frozenset({"test", "unit_test"})
_OTHERS = _TESTS | {"source"}


@dataclass(frozen=True)
class Selection:
    """The ids of the *nodes* that were meant, and *notes* for a person: which selectors meant none."""

    nodes: frozenset[str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Nodes:
    """
    All nodes of a project by their ids, and how they are selected.

    *folder* is where the project lies, as people who stand above it name it: paths may begin with it, or not.
    """

    by_id: Mapping[str, Node]
    package: str = ""
    folder: str = ""

    def select(self, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> Selection:
        """
        Return what *include* selects, everything when it is empty, without what *exclude* does.

        Each may hold several selectors, separated by spaces. Raises ConfigError for what is no selector; UnknownName
        for a plain name that nothing has.
        """
        chooser = _Chooser.of(self)
        found = chooser.union(include) if any(map(str.split, include)) else frozenset(chooser.enabled)
        less = chooser.union(exclude)
        return Selection(found - less, tuple(chooser.notes))


@dataclass(frozen=True)
class _Chooser:
    known: Known
    enabled: Mapping[str, Node]
    children: Mapping[str, Collection[str]]
    notes: list[str]

    @classmethod
    def of(cls, nodes: Nodes) -> "_Chooser":
        enabled = {name: node for name, node in nodes.by_id.items() if node.enabled}
        children: dict[str, list[str]] = {}
        for name, node in enabled.items():
            for parent in node.reads:
                children.setdefault(parent, []).append(name)
        known = Known(tuple(nodes.by_id.values()), nodes.package, nodes.folder)
        return cls(known, enabled, children, [])

    def union(self, texts: Iterable[str]) -> frozenset[str]:
        """Return what any of the selectors in *texts* selects."""
        found: set[str] = set()
        for text in (word for words in texts for word in words.split()):
            parts = [self._selected(read_selector(part, text)) for part in text.split(",")]
            one = set.intersection(*parts)
            if not one:
                self.notes.append(f"{text!r} selects nothing")
            found |= one
        return frozenset(found)

    def _selected(self, selector: Selector) -> set[str]:
        matched = matching(selector, self.enabled, self.known)
        if not matched:
            self._check_name(selector)
        found = set(matched)
        if selector.parents_of_children:
            family = matched | self._reach(matched, self._children_of)
            found |= family | self._reach(family, self._parents_of)
        if selector.parents:
            found |= self._reach(matched, self._parents_of, selector.parents_depth)
        if selector.children:
            found |= self._reach(matched, self._children_of, selector.children_depth)
        return found | set(self._tests_of(found))

    def _tests_of(self, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            yield from (child for child in self._children_of(name) if self.enabled[child].kind in _TESTS)

    def _check_name(self, selector: Selector) -> None:
        """Raise UnknownName for a plain name that not even a disabled node has."""
        if selector.is_plain_name and not any(node.name == selector.value for node in self.known.nodes):
            nodes = [node for node in self.enabled.values() if node.kind not in _OTHERS]
            names = {node.name for node in nodes} | {node.fqn[1] for node in nodes}
            hint = "a source is selected as source:shop.orders, a folder as path:models/staging"
            raise UnknownName("model", selector.value, names, hint=hint)

    def _parents_of(self, name: str) -> Iterable[str]:
        return (parent for parent in self.enabled[name].reads if parent in self.enabled)

    def _children_of(self, name: str) -> Iterable[str]:
        return self.children.get(name, ())

    @staticmethod
    def _reach(names: Iterable[str], step: Callable[[str], Iterable[str]], depth: int | None = None) -> set[str]:
        """Return what is reached from *names* in at most *depth* steps; any number of them for None."""
        found: set[str] = set()
        layer = set(names)
        while layer and depth != 0:
            layer = {other for name in layer for other in step(name)} - found
            found |= layer
            depth = None if depth is None else depth - 1
        return found
