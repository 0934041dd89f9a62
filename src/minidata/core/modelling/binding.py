"""
What stands in a query for each model that it reads: a relation, or in place of an ephemeral model its own query.

A message about a line of what comes out names the file that the line came from.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from minidata.core.modelling.models import Model
from minidata.core.places import Place
from minidata.core.queries.sqltext import Query


@dataclass(frozen=True, slots=True)
class Woven(Place):
    """A text that was put together: of each of its lines the place, and the line there."""

    origins: tuple[tuple[Place, int], ...] = ()

    def at(self, line: int) -> Place:
        """Return where *line* of the text was written."""
        place, own = self.origins[min(line, len(self.origins)) - 1]
        return place.at(own)


@dataclass(frozen=True)
class Bound:
    """A query whose models have been replaced: its *text*, and where that comes from."""

    text: str
    place: Place


@dataclass(frozen=True)
class Binder:
    """
    Binds queries of *models*, each by its quoted relation in *relations*, ephemeral ones by their own queries.

    Those of late ones must be told, by settle(), before they are wanted.
    """

    models: Mapping[str, Model]
    relations: Mapping[str, str]
    _late: dict[str, Query] = field(default_factory=dict)
    _inside: dict[str, Bound] = field(default_factory=dict)

    def bind(self, query: Query, place: Place, this: Mapping[str, str] | None = None) -> Bound:
        """Return *query*, found at *place*, bound; *this* says what else stands for some of the models."""
        relations = {**self.relations, **(this or {})}
        inside = {name: self.inlined(name) for name in query.refs - relations.keys() if self.is_inlined(name)}
        if not inside:
            return Bound(query.bound(relations), place)
        return woven(query, place, relations, inside)

    def is_inlined(self, name: str) -> bool:
        """Whether the model *name* has no relation, and its query stands for it."""
        return name in self.models and self.models[name].materialized == "ephemeral"

    def inlined(self, name: str) -> Bound:
        """Return what stands for the ephemeral model *name*, in parentheses."""
        found = self._inside.get(name)
        if found is None:
            model = self.models[name]
            bound = self.bind(self._late.get(name, model.query), model.place)
            found = self._inside[name] = in_parentheses(bound, model.place)
        return found

    def unsettled(self, names: Iterable[str]) -> Iterator[str]:
        """Yield the late ones among the ephemeral models that *names* lead to, those first that others read."""
        seen: set[str] = set()

        def looked_at(name: str) -> Iterator[str]:
            if name not in seen and self.is_inlined(name):
                seen.add(name)
                for inner in sorted(self.models[name].refs):
                    yield from looked_at(inner)
                if self.models[name].late and name not in self._late:
                    yield name

        for name in sorted(names):
            yield from looked_at(name)

    def settle(self, name: str, query: Query) -> None:
        """Let *query* be what the late ephemeral model *name* is."""
        self._late[name] = query
        self._inside.clear()

    def reads(self, names: frozenset[str]) -> frozenset[str]:
        """Return the models with relations among *names*, and those that its ephemeral ones read."""
        found: set[str] = set()
        stack, seen = list(names), set(names)
        while stack:
            name = stack.pop()
            if self.is_inlined(name):
                more = self.models[name].refs - seen
                stack += more
                seen |= more
            else:
                found.add(name)
        return frozenset(found)


def in_parentheses(bound: Bound, place: Place) -> Bound:
    """Return a query in parentheses, found at *place*; it has lines of its own, so that a comment ends with it."""
    count = bound.text.count("\n") + 1
    lines = [(bound.place, line) for line in range(1, count + 1)]
    return Bound(f"(\n{bound.text}\n)", Woven(place.path, origins=((place, 1), *lines, (place, count))))


def woven(query: Query, place: Place, relations: Mapping[str, str], inside: Mapping[str, Bound]) -> Bound:
    """Return *query*, found at *place*, with *relations* for some of the models, and other texts *inside* for some."""
    parts: list[str] = []
    origins: list[tuple[Place, int]] = [(place, 1)]
    line, at = 1, 0
    for mention in query.mentions:
        own = query.text[at : mention.start]
        origins += [(place, line + number) for number in range(1, own.count("\n") + 1)]
        line += own.count("\n")
        put = inside.get(mention.model)
        replaced = mention.replaced(put.text if put else relations[mention.model])
        parts += [own, replaced]
        if put and "\n" in replaced:
            origins += [(put.place, number) for number in range(2, put.text.count("\n") + 1)]
            origins.append((place, line))
        at = mention.end
    rest = query.text[at:]
    origins += [(place, line + number) for number in range(1, rest.count("\n") + 1)]
    return Bound("".join([*parts, rest]), Woven(place.path, origins=tuple(origins)))
