"""The order of things: a Model comes after all that it reads."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from minidata.core.errors import ConfigError, UnknownName


@dataclass(frozen=True)
class Graph:
    """
    Names and what each of them *reads*, in groups: those of one group do not read each other, only earlier ones.

    Equal graphs have equal orders, however their parts were given.
    """

    reads: Mapping[str, frozenset[str]]
    groups: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, reads: Mapping[str, Collection[str]]) -> "Graph":
        """Return the graph of *reads*, where every name that is read is a key. Raises ConfigError showing a cycle."""
        sorter = TopologicalSorter({name: sorted(reads[name]) for name in sorted(reads)})
        try:
            sorter.prepare()
        except CycleError as exc:
            # It lists the cycle along the way data takes; people think along what reads what.
            cycle = " → ".join(reversed(exc.args[1]))
            raise ConfigError(f"models read each other in a circle: {cycle}", hint="each reads the next one") from None
        groups = []
        while sorter.is_active():
            groups.append(tuple(sorted(sorter.get_ready())))
            sorter.done(*groups[-1])
        return cls({name: frozenset(parents) for name, parents in reads.items()}, tuple(groups))

    @property
    def order(self) -> tuple[str, ...]:
        """All names, none before what it reads."""
        return tuple(name for group in self.groups for name in group)

    def chosen(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return *names* and all that they read, far and near, in order; all when there are no *names*."""
        wanted, stack = set[str](), list(names)
        for name in stack:
            if name not in self.reads:
                raise UnknownName("model", name, self.reads)
        if not stack:
            return self.order
        while stack:
            name = stack.pop()
            if name not in wanted:
                wanted.add(name)
                stack += self.reads[name]
        return tuple(name for name in self.order if name in wanted)
