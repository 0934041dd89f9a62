"""What in an answer may lead on: the values around its records, and its Link header."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from minidata.core.fetching.links import links_in

_DEEPEST = 4
_NEXT = re.compile(r"next", re.IGNORECASE)
_ADDRESS = re.compile(r"\Anext\Z|url\Z|uri\Z|href\Z|link\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A *value* that holds no others, outside of the records, and its dotted *path* in the body."""

    path: str
    value: Any

    @property
    def name(self) -> str:
        """The last step of the path."""
        return self.path.rpartition(".")[2]

    @property
    def speaks_of_next(self) -> bool:
        """Whether its name, or that of what is around it, says that it is about the next page."""
        return bool(_NEXT.search(".".join(self.path.split(".")[-2:])))

    @property
    def may_be_address(self) -> bool:
        """Whether it is about the next page, and null, and would by its name be an address on other pages."""
        return self.value is None and self.speaks_of_next and bool(_ADDRESS.search(self.name))


def leaves(document: Any, records: str) -> tuple[Leaf, ...]:
    """Return the leaves of *document* outside of what is at the path *records*, in their order."""
    return tuple(_leaves(document, (), records)) if records else ()


def _leaves(value: Any, path: tuple[str, ...], records: str) -> Iterator[Leaf]:
    dotted = ".".join(path)
    if dotted == records or isinstance(value, list):
        return
    if not isinstance(value, dict):
        yield Leaf(dotted, value)
    elif len(path) < _DEEPEST:
        for name, inner in value.items():
            # A path is dotted, and so cannot lead through a name with a dot in it.
            if name and "." not in name:
                yield from _leaves(inner, (*path, name), records)


def rels_of(link: str | None) -> Mapping[str, str]:
    """Return the addresses in a Link header by their relation."""
    found: dict[str, str] = {}
    for one in links_in(link):
        for rel in one.rels:
            found.setdefault(rel, one.target)
    return found


def is_address(value: Any) -> bool:
    """Return whether *value* is text that leads somewhere: absolute, or from the host's root, or another query."""
    return isinstance(value, str) and value.startswith(("http://", "https://", "/", "?"))


def query_names(address: str) -> frozenset[str]:
    """Return the names of the parameters in the query of *address*."""
    return frozenset(name for name, _ in parse_qsl(urlsplit(address).query, keep_blank_values=True))
