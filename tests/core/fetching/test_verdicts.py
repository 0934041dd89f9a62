"""What pages tell together."""

from typing import Any

import pytest

from minidata.core.fetching.gist import Gist
from minidata.core.fetching.verdicts import Verdicts
from minidata.core.pages import LinkHeader, NextCursor, NextUrl, Offset, PageNumber, Pages, SinglePage
from minidata.core.rows import Row
from minidata.core.source import Cursor, Source, Stream

NUMBERS = PageNumber(3, total="total", total_pages="pages")


class Thing(Row):
    id: int


def said(pages: Pages, *gists: Gist, link: str | None = None, **more: Any) -> tuple[str, ...]:
    """Return what is said of pages that told *gists*."""
    stream = Stream("things", path="/things", row=Thing, key="id", pages=pages, **more)
    verdicts = Verdicts(Source("shop", "https://api.example.com", (stream,)), stream)
    for number, gist in enumerate(gists, start=1):
        verdicts.see(number, gist, link)
    return verdicts.say("the last page has no 'next'")


def ids(*found: int) -> Gist:
    return Gist(records=len(found), ids=found)


def told(records: int, **more: Any) -> Gist:
    return Gist(records=records, **more)


def reach(low: str, high: str) -> Gist:
    return Gist(records=9, low=low, high=high)


@pytest.mark.parametrize(
    ("pages", "gists"),
    [
        (SinglePage(), [told(100)]),
        (SinglePage(), [told(5, total=5, next=None, more=False)]),
        (PageNumber(3), [ids(1, 2, 3), ids(4, 5, 6), ids()]),
        (NUMBERS, [told(3, total=7, total_pages=3), told(3, total=7, total_pages=3), told(1, total=7, total_pages=3)]),
        (NUMBERS, [told(3, total=6), told(3, total=7), told(1, total=7)]),
        (NUMBERS, [told(3)]),
        (NUMBERS, [told(0, total=0, total_pages=0)]),
        (Offset(3, total="total", overlap=1), [told(3, total=7), told(3, total=7), told(3, total=7)]),
        (Offset(3, overlap=1), [ids(1, 2, 3), ids(3, 4, 5), ids(5)]),
        (NextCursor(size=3), [ids(1, 2, 3), ids(4, 5, 6)]),
        (NextCursor(size=3), [ids(1, 2)]),
        (NextCursor(), [ids(1, 2, 3), ids(3, 4, 5)]),
        (NextCursor(), [ids(1, 2, 2), ids(2, 3)]),
        (NextCursor(), [told(10)]),
        (NextUrl(), [told(50), told(50)]),
        (LinkHeader(size=100), [told(99)]),
        (LinkHeader(size=2), [told(2)]),
        (PageNumber(3), []),
    ],
)
def test_nothing_is_said_of_a_healthy_run(pages: Pages, gists: list[Gist]) -> None:
    assert said(pages, *gists) == ()


@pytest.mark.parametrize(
    ("gists", "warning"),
    [
        (
            [told(3, total=9), told(3, total=9), told(2, total=9)],
            (
                "9 records are announced and 8 came (the last page has no 'next'): some are missing, or 'total' counts "
                "something else; then mend total="
            ),
        ),
        (
            [told(3, total=3), told(3, total=3)],
            (
                "3 records are announced and 6 came (the last page has no 'next'): some are missing, or 'total' counts "
                "something else; then mend total="
            ),
        ),
        (
            [told(3, total_pages=4), told(3, total_pages=4), told(0)],
            "4 pages are announced and 2 came (the last page has no 'next'): some are missing",
        ),
        (
            [told(500, total=1000), told(500, total=1000)],
            (
                "exactly 1,000 records are announced, and the last page is full: the API may not count further, or not "
                "give more; ask for less at a time (since=, --window), or leave out total="
            ),
        ),
    ],
)
def test_what_was_announced_and_did_not_come_is_told(gists: list[Gist], warning: str) -> None:
    assert said(NUMBERS, *gists) == (warning,)


def test_records_that_moved_are_told() -> None:
    first = "page 2 has records of the page before: they moved while they were fetched, and others may be missing; "
    assert said(PageNumber(3), ids(1, 2, 3), ids(3, 4, 5), ids(6)) == (
        f"{first}sort by what does not change (params=), page by a token (NextCursor), or by Offset(…, overlap=…)",
    )
    (more,) = said(PageNumber(3), ids(1, 2, 3), ids(3, 4, 5), ids(5, 6, 7))
    assert more.startswith("page 2 (and 1 more) has records of the page before")


def test_records_that_a_token_brings_twice_are_told_unless_they_are_at_the_seam() -> None:
    assert said(NextCursor(), ids(1, 2, 3), ids(4, 2, 5))[0].startswith("page 2 has records of the page before")


@pytest.mark.parametrize("after", [ids(4, 5, 6), ids(2, 3, 4), ids(5)])
def test_an_overlap_that_is_not_there_is_told(after: Gist) -> None:
    (warning,) = said(Offset(3, overlap=1), ids(1, 2, 3), after)

    assert warning.startswith("page 2 does not begin with the last 1 of the page before: records moved while")


def test_a_page_that_comes_twice_is_told() -> None:
    assert said(PageNumber(2, param="p"), ids(1, 2), ids(2, 1), ids(1, 2)) == (
        "page 2 (and 1 more) has the records of the page before: the API does not heed 'p'; mend pages=",
    )


def test_keys_that_do_not_tell_records_apart_tell_nothing() -> None:
    assert said(PageNumber(3), ids(1, 1, 2), ids(2, 2, 3)) == ()
    assert said(PageNumber(3), ids(1, 2, 3), ids(3, 3, 4)) == ()
    assert said(PageNumber(3), ids(1, 2, 3), ids(3, 4, 5), ids(6, 6, 7)) == ()


def test_a_cursor_that_goes_back_is_told() -> None:
    since = Cursor("updated_at", param="since")
    pages = [reach("2026-01-01", "2026-01-05"), reach("2026-01-05", "2026-01-06"), reach("2026-01-07", "2026-01-08")]
    back = reach("2026-01-01", "2026-01-02")

    (warning,) = said(NextUrl(), *pages, back, since=since)

    assert warning.startswith("updated_at goes back on page 4, although pages are in its order")
    assert said(NextUrl(), *pages, since=since) == ()
    assert said(NextUrl(), *pages[::-1], since=since) == ()
    assert said(NextUrl(), *pages, reach("2026-01-01", "2026-01-09"), back, since=since) == ()
    assert said(NextUrl(), pages[0], told(1), pages[1], told(0), pages[2], back, since=since)


@pytest.mark.parametrize(
    ("gist", "more", "begins"),
    [
        (told(100), {"params": {"limit": 100}}, "as many records came as limit=100 asks for"),
        (told(100), {"params": {"per_page": "100"}}, "as many records came as per_page=100 asks for"),
        (told(5, more=True), {}, "the answer says that there is a next page, which was not asked for"),
        (told(5, next="abc"), {}, "the answer says that there is a next page, which was not asked for"),
        (told(5, total=7), {}, "the answer says that there are 7 records, and 5 came"),
        (told(5), {"link": '<?page=2>; rel="next"'}, "the answer links to a next page, which was not asked for"),
    ],
)
def test_a_single_page_that_is_not_the_only_one_is_told(gist: Gist, more: dict[str, Any], begins: str) -> None:
    assert said(SinglePage(), gist, **more) == (f"{begins}: if there are more, say how the stream pages (pages=)",)
    assert said(SinglePage(), told(99), params={"limit": 100, "year": 99}) == ()


@pytest.mark.parametrize(
    ("pages", "records"),
    [(NextCursor(size=27), 27), (LinkHeader(size=27), 27), (NextCursor(), 100), (LinkHeader(), 30), (NextUrl(), 20)],
)
def test_a_full_first_page_that_leads_nowhere_is_told(pages: Pages, records: int) -> None:
    assert said(pages, told(records)) == (
        (
            f"the only page has {records} records, which looks full, and the last page has no 'next': if there are "
            f"more, mend {type(pages).__name__}(…) in pages="
        ),
    )


def test_a_total_that_falls_may_have_lost_a_record() -> None:
    """As many came as there are, and yet the fourth of seven was never seen: it moved up behind our back."""
    (warning,) = said(NUMBERS, told(3, total=7), told(3, total=6))

    assert "the total fell from 7 to 6" in warning


def test_a_total_that_falls_says_nothing_of_who_is_led_on() -> None:
    assert said(NextCursor(), told(3, total=7), told(3, total=6)) == ()
