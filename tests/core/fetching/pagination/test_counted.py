"""Walks through an API's pages: each record once, in order, however many are asked for at a time."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.errors import SourceError
from minidata.core.exchange import Ask
from minidata.core.fetching.gist import Gist, Seen
from minidata.core.fetching.pagination import Walk, walk_of
from minidata.core.pages import Offset, PageNumber, Pages
from minidata.core.rows import Row
from minidata.core.source import Source, Stream


class Thing(Row):
    id: int


@dataclass
class Api:
    """
    An API with *records*, which sends at most *cap* of them at a time.

    With *tells* it says how many there are; with *not_found* it answers 404 to what lies beyond them. *shares* are how
    much of each page, by its place, it really sends when it is asked by offset.
    """

    records: int
    cap: int = 1000
    tells: bool = False
    not_found: bool = False
    shares: Mapping[int, int] = field(default_factory=dict)
    asked: list[Ask] = field(default_factory=list)

    def answer(self, ask: Ask) -> tuple[Seen, list[int]]:
        self.asked.append(ask)
        at, size = self.place(ask)
        found = list(range(self.records))[at : at + self.shares.get(at, size)]
        if self.not_found and at >= self.records and at:
            return Seen(ask.url, Gist(records=0), 404), []
        total, pages = (self.records, -(-self.records // size)) if self.tells else (None, None)
        gist = Gist(records=len(found), total=total, total_pages=pages)
        return Seen(ask.url, gist, digest=f"{at} {found}"), found

    def place(self, ask: Ask) -> tuple[int, int]:
        size = min(int(ask.params["size"]), self.cap)
        if "offset" in ask.params:
            return int(ask.params["offset"]), size
        return (int(ask.params["page"]) - 1) * size, size

    @property
    def in_vain(self) -> int:
        """How many requests were about what is not there."""
        return sum(self.place(ask)[0] >= max(self.records, 1) for ask in self.asked)


def walk(pages: Pages, ahead: int = 1, max_pages: int = 1000) -> Walk:
    stream = Stream("things", path="/things", row=Thing, pages=pages)
    return walk_of(Source("shop", "https://api.example.com", (stream,)), stream, ahead=ahead, max_pages=max_pages)


def numbers(size: int, told: str = "") -> PageNumber:
    """Return how to page by number, where *told* is what the answers say how many there are of."""
    return PageNumber(size, size_param="size", **{told: "somewhere"} if told else {})  # type: ignore[arg-type]


def offsets(size: int, told: str = "", overlap: int = 0) -> Offset:
    """Return how to page by offset, as above."""
    return Offset(size, size_param="size", overlap=overlap, total="somewhere" if told else None)


def fetched(walk: Walk, api: Api) -> list[list[int]]:
    """Walk to the end, answering only when nothing more may be asked; return each page's records."""
    out: deque[tuple[Seen, list[int]]] = deque()
    pages = []
    while not walk.ended:
        while ask := walk.ask():
            out.append(api.answer(ask))
        seen, records = out.popleft()
        if walk.take(seen):
            pages.append(records)
    assert not any(walk.take(seen) for seen, _ in out)
    return pages


def joined(pages: list[list[int]]) -> list[int]:
    return [record for page in pages for record in page]


def seen(records: int, total: int | None = None, pages: int | None = None, digest: str = "") -> Seen:
    return Seen("https://api.example.com/things", Gist(records=records, total=total, total_pages=pages), digest=digest)


def told_by(walk: Walk, *answers: Seen) -> Walk:
    """Answer one request after the other."""
    for answer in answers:
        assert walk.ask()
        assert walk.take(answer)
    return walk


def asked_at_once(walk: Walk) -> int:
    """Return how many requests may be sent now."""
    return sum(1 for _ in iter(walk.ask, None))


APIS = st.builds(Api, records=st.integers(0, 60), cap=st.integers(1, 12), tells=st.booleans(), not_found=st.booleans())
SIZES = st.integers(1, 12)
AHEAD = st.integers(1, 8)


@given(api=APIS, size=SIZES, ahead=AHEAD, told=st.sampled_from(["", "total", "total_pages"]))
def test_by_number_each_record_is_fetched_once(api: Api, size: int, ahead: int, told: str) -> None:
    pages = fetched(walk(numbers(size, told), ahead), api)

    assert joined(pages) == list(range(api.records))
    assert api.in_vain <= (1 if api.tells else ahead)


@given(api=APIS, size=SIZES, ahead=AHEAD)
def test_by_offset_each_record_is_fetched_once(api: Api, size: int, ahead: int) -> None:
    pages = fetched(walk(offsets(size, "total"), ahead), api)

    assert joined(pages) == list(range(api.records))
    assert api.in_vain <= (1 if api.tells else ahead)


@given(
    records=st.integers(1, 80),
    ahead=st.integers(1, 8),
    shares=st.dictionaries(st.integers(0, 80), st.integers(1, 7), max_size=20),
)
def test_by_offset_the_next_page_begins_where_the_last_one_ended(
    records: int, ahead: int, shares: dict[int, int]
) -> None:
    """Pages that are short in the middle spoil what was asked for ahead; it is asked for again."""
    api = Api(records, tells=True, shares=shares)

    pages = fetched(walk(offsets(7, "total"), ahead), api)

    assert joined(pages) == list(range(records))


@given(records=st.integers(0, 60), size=st.integers(2, 12), overlap=st.integers(1, 5), ahead=st.integers(1, 8))
def test_an_overlap_asks_for_the_last_records_again(records: int, size: int, overlap: int, ahead: int) -> None:
    overlap = min(overlap, size - 1)
    pages = [page for page in fetched(walk(offsets(size, overlap=overlap), ahead), Api(records)) if page]

    assert sorted(set(joined(pages))) == list(range(records))
    for page, following in pairwise(pages):
        assert following[:overlap] == page[-overlap:]


@given(
    api=APIS,
    pages=st.one_of(st.builds(numbers, SIZES), st.builds(offsets, SIZES)),
    ahead=AHEAD,
    shares=st.dictionaries(st.integers(0, 60), st.integers(1, 12), max_size=20),
)
def test_pages_are_the_same_however_many_are_asked_for_at_a_time(
    api: Api, pages: Pages, ahead: int, shares: dict[int, int]
) -> None:
    api = replace(api, shares=shares)

    assert fetched(walk(pages, ahead), api) == fetched(walk(pages), api)


def test_little_is_asked_in_vain_of_an_api_with_few_pages() -> None:
    chain = walk(numbers(10), ahead=16)
    at_once = []
    for _ in range(7):
        at_once.append(asked_at_once(chain))
        assert chain.take(seen(10))

    # What is out from before is not asked for again.
    assert at_once == [1, 1, 2, 3, 5, 9, 1]


def test_all_pages_are_asked_for_at_once_when_the_first_says_how_many_there_are() -> None:
    for pages in (numbers(10, "total"), offsets(10, "total")):
        assert asked_at_once(told_by(walk(pages, ahead=16), seen(10, total=95))) == 9
        assert asked_at_once(told_by(walk(pages, ahead=4), seen(10, total=95))) == 4
        # An API that sends at most five at a time has more pages.
        assert asked_at_once(told_by(walk(pages, ahead=16), seen(5, total=50))) == 9
    assert asked_at_once(told_by(walk(numbers(10, "total_pages"), ahead=16), seen(10, pages=10))) == 9


def test_a_total_that_changes_is_followed() -> None:
    grown = told_by(walk(numbers(10, "total")), seen(10, total=20), seen(10, total=25))
    assert not grown.ended
    assert told_by(grown, seen(5, total=25)).ended == "the API says that 25 records are all"

    shrunk = told_by(walk(numbers(10, "total")), seen(10, total=40), seen(10, total=20))
    assert shrunk.ended == "the API says that 20 records are all"


def test_a_short_page_in_the_middle_is_not_the_end_when_more_are_told_of() -> None:
    for pages in (numbers(10, "total"), offsets(10, "total")):
        chain = told_by(walk(pages), seen(10, total=30), seen(9, total=30), seen(10, total=30))
        assert not chain.ended
        assert told_by(chain, seen(0, total=30)).ended == "page 4 is empty"


def test_a_total_that_may_be_that_of_the_page_is_not_believed() -> None:
    chain = told_by(walk(numbers(10, "total")), seen(10, total=10))
    assert not chain.ended

    assert told_by(chain, seen(10, total=10), seen(4, total=4)).ended == "page 3 is shorter than the one before"
    assert told_by(walk(numbers(10, "total")), seen(3, total=3)).ended == "the API says that 3 records are all"


def test_a_short_first_page_is_not_believed() -> None:
    chain = told_by(walk(numbers(1000)), seen(100))
    assert not chain.ended
    assert told_by(chain, seen(100), seen(7)).ended == "page 3 is shorter than the one before"


def test_an_empty_first_page_is_all() -> None:
    assert told_by(walk(numbers(5)), seen(0)).ended == "page 1 is empty"
    assert told_by(walk(offsets(5, "total")), seen(0, total=0)).ended == "page 1 is empty"


def test_that_there_is_no_such_page_is_the_end_and_no_page() -> None:
    for pages in (numbers(5), offsets(5), numbers(5, "total")):
        chain = told_by(walk(pages), seen(5, total=50))
        assert chain.ask()
        assert not chain.take(Seen("", Gist(records=0), 404))
        assert (chain.ended, chain.taken) == ("there is no page 2", 1)


def test_what_is_out_when_the_end_is_reached_is_no_page() -> None:
    chain = told_by(walk(numbers(5), ahead=8), seen(5), seen(5), seen(5))
    assert asked_at_once(chain) == 4
    assert chain.take(seen(2))

    assert chain.ended
    assert chain.ask() is None
    assert not chain.take(seen(5))
    assert chain.taken == 4


def test_a_number_that_the_api_does_not_heed_is_a_loop() -> None:
    chain = told_by(walk(numbers(2)), seen(2, digest="same"))
    chain.ask()

    with pytest.raises(SourceError, match="pagination loop: page 2 is the same as the one before"):
        chain.take(seen(2, digest="same"))


def test_an_api_that_does_not_end_is_left() -> None:
    chain = told_by(walk(numbers(2), ahead=4, max_pages=3), seen(2), seen(2))
    assert asked_at_once(chain) == 1
    assert chain.take(seen(2))

    with pytest.raises(SourceError, match="there are more than 3 pages") as caught:
        chain.ask()
    assert "http.max_pages" in caught.value.hint


def test_where_an_api_counts_from_and_what_it_calls_it_is_said_by_the_stream() -> None:
    chain = walk(PageNumber(5, param="p", size_param=None, first=0))

    assert [chain.ask(), chain.take(seen(5)), chain.ask()] == [
        Ask("https://api.example.com/things", {"p": 0}),
        True,
        Ask("https://api.example.com/things", {"p": 1}),
    ]
