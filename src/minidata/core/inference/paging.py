"""
How the next page is asked for: what of an answer says so, and in which order it is believed.

Surest first: a Link header, an address in the body, a token in the body, page numbers, offsets, a total alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from minidata.core.conventions import (
    MORES,
    NUMBERS,
    OFFSETS,
    PAGE_COUNTS,
    ROUND,
    SIZES,
    TOKENS,
    TOTALS,
    USUAL_SIZE,
)
from minidata.core.exchange import Params
from minidata.core.inference.leads import Leaf, is_address, leaves, query_names, rels_of
from minidata.core.pages import LinkHeader, NextCursor, NextUrl, Offset, PageNumber, Pages, SinglePage


@dataclass(frozen=True, slots=True)
class FirstPage:
    """
    What is known before a second page is asked for: the *document*, the path of its *records* and how many there are,
    the *params* it was asked with, its *link* header, and the parameters that the API says it takes, with defaults.
    """

    document: Any
    records: str
    count: int
    params: Params = field(default_factory=dict)
    link: str | None = None
    takes: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Paging:
    """
    A way to page, and *why* it is believed. *more* is whether there should be a second page to try it with.

    *names* are parameters that the address of a next page has. *tried* is what came of asking for a second page.
    """

    pages: Pages
    why: str
    more: bool = False
    names: frozenset[str] = frozenset()
    tried: str = ""

    def own_params(self) -> frozenset[str]:
        """Return the parameters that the pages send by themselves."""
        sized = getattr(self.pages, "size", None) is not None
        return frozenset({getattr(self.pages, "param", ""), getattr(self.pages, "size_param", "") if sized else ""})


def pagings(first: FirstPage) -> tuple[Paging, ...]:
    """Return the ways to page that *first* speaks for, the surest first; there is always one."""
    look = _Look(first, leaves(first.document, first.records))
    return tuple(way for ways in (look.link(), look.address(), look.token(), look.counted()) for way in ways) or (
        look.single(),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    first: FirstPage
    leaves: tuple[Leaf, ...]

    def link(self) -> Iterator[Paging]:
        rels = rels_of(self.first.link)
        if "next" in rels:
            pages = self._sized(LinkHeader())
            yield Paging(pages, "the Link header names the next page", more=True, names=query_names(rels["next"]))
        elif rels.keys() & {"prev", "first", "last"}:
            yield Paging(self._sized(LinkHeader()), "a Link header names other pages; this was the last one")

    def address(self) -> Iterator[Paging]:
        for leaf in self.leaves:
            if leaf.speaks_of_next and is_address(leaf.value):
                why = f"the address of the next page is at {leaf.path}"
                yield Paging(NextUrl(leaf.path), why, more=True, names=query_names(leaf.value))
        for leaf in sorted(self.leaves, key=lambda leaf: leaf.name == "next"):
            if leaf.value is None and leaf.may_be_address:
                yield Paging(NextUrl(leaf.path), f"taken for the address of the next page, null here: {leaf.path}")

    def token(self) -> Iterator[Paging]:
        more = next((leaf for leaf in self.leaves if leaf.name in MORES and isinstance(leaf.value, bool)), None)
        for leaf in (leaf for name in TOKENS for leaf in self.leaves if leaf.name == name):
            if leaf.may_be_address or not _is_token(leaf.value):
                continue
            told = leaf.value is not None and (more is None or more.value is True)
            for param in self._likely(TOKENS[leaf.name]):
                pages = self._sized(NextCursor(leaf.path, param, more=more.path if more else None))
                yield Paging(pages, f"a token for the next page is at {leaf.path}, sent back as {param}=", more=told)
        if more:
            yield from self._after_last_id(more)

    def _after_last_id(self, more: Leaf) -> Iterator[Paging]:
        """The way of APIs that say only whether there is more: the last record's id is the token."""
        path = ".".join(filter(None, (self.first.records, "-1.id")))
        for param in self._likely(("starting_after", "after", "after_id", "since_id")):
            pages = self._sized(NextCursor(path, param, more=more.path))
            yield Paging(pages, f"{more.path} says whether there is more; {param}= is a guess", more=more.value is True)

    def counted(self) -> Iterator[Paging]:
        total, count = self._number(TOTALS), self._number(PAGE_COUNTS)
        if total and total.name == "count" and total.value <= self.first.count:
            total = None
        for maker, params in ((self._by_number, NUMBERS), (self._by_offset, OFFSETS)):
            param, start = self._counter(params)
            if param:
                yield maker(param, start, total, count)
                return
        if total and total.value > self.first.count > 0:
            for maker, param, start in ((self._by_number, "page", 1), (self._by_offset, "offset", 0)):
                guess = maker(param, start, total, count)
                yield replace(guess, why=f"{total.path} says that there are more; {param}= is a guess")

    def single(self) -> Paging:
        why = "nothing in the answer says that there is more"
        if self.first.count in ROUND:
            why = f"{why}, but {self.first.count} is a round number: look whether these are all"
        return Paging(SinglePage(), why)

    def _by_number(self, param: str, start: int, total: Leaf | None, count: Leaf | None) -> Paging:
        size, size_param = self._size()
        pages = PageNumber(
            size=size,
            param=param,
            size_param=size_param,
            first=start,
            total=total.path if total else None,
            total_pages=None if total or not count else count.path,
        )
        more = count.value > 1 if count and not total else self._more(total, size)
        return Paging(pages, f"pages have numbers ({param}=)", more=more)

    def _by_offset(self, param: str, start: int, total: Leaf | None, count: Leaf | None) -> Paging:  # noqa: ARG002
        size, size_param = self._size()
        pages = Offset(size=size, param=param, size_param=size_param, total=total.path if total else None)
        return Paging(pages, f"pages are asked by how many records to skip ({param}=)", more=self._more(total, size))

    def _more(self, total: Leaf | None, size: int) -> bool:
        return total.value > self.first.count if total else self.first.count >= size

    def _counter(self, names: tuple[str, ...]) -> tuple[str | None, int]:
        """Return the parameter that counts pages or records, as far as one is to be seen, and where it begins."""
        for name in names:
            if name in self.first.params and str(self.first.params[name]).isdecimal():
                return name, min(int(self.first.params[name]), 1)
            if name in self.first.takes:
                return name, int(name in NUMBERS) if self.first.takes[name] is None else self.first.takes[name] or 0
        leaf = self._number(names)
        if leaf is None or leaf.value > int(names is NUMBERS):
            return None, 0
        return {"current_page": "page", "currentPage": "page"}.get(leaf.name, leaf.name), leaf.value

    def _size(self) -> tuple[int, str | None]:
        """Return how many records a page has, and the parameter that says so, where one is known."""
        for name in SIZES:
            if str(self.first.params.get(name, "")).isdecimal() and int(self.first.params[name]) > 0:
                return int(self.first.params[name]), name
            if name in self.first.takes:
                return self.first.takes[name] or self.first.count or USUAL_SIZE, name
        leaf = self._number(SIZES)
        if leaf and leaf.value > 0 and leaf.value >= self.first.count:
            return leaf.value, None
        return self.first.count or USUAL_SIZE, None

    def _sized(self, pages: Any) -> Any:
        size, param = self._size()
        return replace(pages, size=size, size_param=param) if param else pages

    def _likely(self, params: tuple[str, ...]) -> tuple[str, ...]:
        known = tuple(param for param in params if param in self.first.takes or param in self.first.params)
        return known or params

    def _number(self, names: tuple[str, ...]) -> Leaf | None:
        """Return the whole number in the envelope that has one of *names*, the first of them that is there."""
        numbers = [leaf for leaf in self.leaves if type(leaf.value) is int and leaf.value >= 0]
        return next((leaf for name in names for leaf in numbers if leaf.name == name), None)


def _is_token(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value != "" and not is_address(value)) or type(value) is int
