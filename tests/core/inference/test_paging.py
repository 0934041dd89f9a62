"""How an answer says that there is more of it."""

from typing import Any

import pytest

from inferring import exact
from minidata.core.bodies.payload import at_path
from minidata.core.inference.envelopes import NoRecords, records_path
from minidata.core.inference.paging import FirstPage, Paging, pagings
from minidata.core.pages import LinkHeader, NextCursor, NextUrl, Offset, PageNumber, Pages, SinglePage

TWO = [{"id": 1}, {"id": 2}]
URL = "https://api.example.com/things?page=2&per_page=2&since=2024"
LINK = f'<{URL}>; rel="next", <https://api.example.com/things?page=9>; rel="last"'


def ways(document: Any, **known: Any) -> tuple[Paging, ...]:
    body = exact(document)
    at = records_path(body)
    return pagings(FirstPage(body, at, len(at_path(body, at)), **known))


@pytest.mark.parametrize(
    ("document", "known", "pages", "more"),
    [
        (TWO, {}, SinglePage(), False),
        ({"data": TWO}, {}, SinglePage(), False),
        (TWO, {"link": LINK}, LinkHeader(), True),
        (TWO, {"link": LINK, "params": {"per_page": 2}}, LinkHeader(size=2), True),
        (TWO, {"link": LINK, "params": {"limit": 2}}, LinkHeader(size=2, size_param="limit"), True),
        (TWO, {"link": '<https://x/>; rel="prev"'}, LinkHeader(), False),
        ({"data": TWO, "next": URL}, {}, NextUrl("next"), True),
        ({"data": TWO, "links": {"self": URL, "next": URL}}, {}, NextUrl("links.next"), True),
        ({"d": TWO, "_links": {"next": {"href": "/things?after=2"}}}, {}, NextUrl("_links.next.href"), True),
        ({"rows": TWO, "next": "2", "next_url": URL}, {}, NextUrl("next_url"), True),
        ({"rows": TWO, "next": None, "next_url": None}, {}, NextUrl("next_url"), False),
        ({"results": TWO, "count": 9, "next": URL, "previous": None}, {}, NextUrl("next"), True),
        ({"data": TWO, "next": None}, {}, NextUrl("next"), False),
        ({"data": TWO, "next_cursor": "abc"}, {}, NextCursor("next_cursor", "cursor"), True),
        ({"data": TWO, "next_cursor": None}, {}, NextCursor("next_cursor", "cursor"), False),
        ({"data": TWO, "meta": {"next_cursor": "a"}}, {}, NextCursor("meta.next_cursor", "cursor"), True),
        ({"items": TWO, "nextPageToken": "abc"}, {}, NextCursor("nextPageToken", "pageToken"), True),
        (
            {"items": TWO, "nextPageToken": "abc"},
            {"params": {"maxResults": 2}},
            NextCursor("nextPageToken", "pageToken", size=2, size_param="maxResults"),
            True,
        ),
        ({"data": TWO, "paging": {"cursors": {"after": "x"}}}, {}, NextCursor("paging.cursors.after", "after"), True),
        ({"data": TWO, "next": "abc"}, {"takes": {"page_token": None}}, NextCursor("next", "page_token"), True),
        ({"data": TWO, "next_page": 2}, {}, NextCursor("next_page", "page"), True),
        ({"data": TWO, "has_more": True}, {}, NextCursor("data.-1.id", "starting_after", more="has_more"), True),
        ({"data": TWO, "has_more": False}, {}, NextCursor("data.-1.id", "starting_after", more="has_more"), False),
        (
            {"data": TWO, "page": 1, "total": 9},
            {},
            PageNumber(size=2, param="page", size_param=None, total="total"),
            True,
        ),
        (
            {"data": TWO, "meta": {"current_page": 1, "per_page": 2, "last_page": 3}},
            {},
            PageNumber(size=2, param="page", size_param=None, total_pages="meta.last_page"),
            True,
        ),
        (
            TWO,
            {"params": {"page": 3, "per_page": 2}},
            PageNumber(size=2, param="page", size_param="per_page", first=1),
            True,
        ),
        ({"data": TWO, "page": 0}, {}, PageNumber(size=2, param="page", size_param=None, first=0), True),
        (
            {"issues": TWO, "startAt": 0, "maxResults": 2, "total": 5},
            {},
            Offset(size=2, param="startAt", size_param=None, total="total"),
            True,
        ),
        (TWO, {"params": {"offset": 0, "limit": 2}}, Offset(size=2, param="offset", size_param="limit"), True),
        (
            TWO,
            {"takes": {"page": None, "per_page": 100}},
            PageNumber(size=100, param="page", size_param="per_page"),
            False,
        ),
        ({"data": TWO, "total": 2}, {}, SinglePage(), False),
        ({"data": TWO, "total": 9}, {}, PageNumber(size=2, param="page", size_param=None, total="total"), True),
    ],
)
def test_the_surest_way_is_the_one_the_answer_speaks_for(
    document: Any, known: dict[str, Any], pages: Pages, *, more: bool
) -> None:
    first = ways(document, **known)[0]

    assert (first.pages, first.more) == (pages, more)


def test_where_a_parameter_is_a_guess_there_are_others_to_try() -> None:
    assert [way.pages.param for way in ways({"data": TWO, "next_cursor": "x"})] == ["cursor", "next_cursor", "after"]  # type: ignore[union-attr]
    assert [type(way.pages) for way in ways({"data": TWO, "total": 9})] == [PageNumber, Offset]


def test_the_address_of_the_next_page_tells_which_parameters_there_are() -> None:
    assert ways({"data": TWO, "next": URL})[0].names == {"page", "per_page", "since"}
    assert ways(TWO, link=LINK)[0].names == {"page", "per_page", "since"}


def test_a_round_number_of_records_is_told_to_be_looked_at() -> None:
    assert "10 is a round number" in ways([{"id": number} for number in range(10)])[0].why


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (TWO, ""),
        ({"data": TWO}, "data"),
        ({"a": TWO, "results": TWO}, "results"),
        ({"included": TWO, "data": [*TWO, *TWO]}, "data"),
        ({"response": {"docs": TWO, "numFound": 2}}, "response.docs"),
        ({"a.b": TWO, "c": [{"id": 1}]}, "c"),
        ({"columns": ["a", "b"], "rows": TWO}, "rows"),
    ],
)
def test_the_records_are_the_list_with_most_objects(document: Any, path: str) -> None:
    assert records_path(exact(document)) == path


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"data": []}, "the list at 'data' is empty"),
        ([], "the body's list is empty"),
        ({"rows": [[1, 2], [3, 4]]}, "the list at 'rows' holds 2 lists, no objects"),
        ({"ok": True, "at": 1}, "the body is one object, with 'ok', 'at'"),
        ("hello", "the body is a text"),
        (12, "the body is a number"),
    ],
)
def test_where_there_are_no_records_it_is_said_what_there_is(document: Any, words: str) -> None:
    with pytest.raises(NoRecords) as caught:
        records_path(exact(document))

    assert str(caught.value) == words
