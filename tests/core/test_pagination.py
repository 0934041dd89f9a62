"""What to ask next."""

import re
from typing import Any

import pytest

from minidata.core.errors import RefusedError, SourceError
from minidata.core.exchange import Ask
from minidata.core.pages import NextCursor, NextUrl, PageNumber, Pages, SinglePage
from minidata.core.pagination import Trail, after, first, read
from minidata.core.payload import PayloadError
from minidata.core.rows import Row
from minidata.core.source import Cursor, Source, Stream

HERE = "https://api.example.com/v1/orders?page=1"


class Order(Row):
    id: int


def source_of(pages: Pages, since: Cursor | None = None) -> tuple[Source, Stream]:
    stream = Stream("orders", path="/orders", row=Order, pages=pages, since=since, params={"state": "all"})
    return Source("shop", "https://api.example.com/v1/", (stream,)), stream


def next_of(pages: Pages, document: Any, records: int = 1, ask: Ask | None = None) -> Ask | None:
    return after(pages, ask or first(*source_of(pages)), document, records, url=HERE)


@pytest.mark.parametrize(
    ("pages", "params"),
    [
        (SinglePage(), {}),
        (PageNumber(size=5), {"page": 1, "per_page": 5}),
        (PageNumber(size=5, param="p", size_param="n", first=0), {"p": 0, "n": 5}),
        (NextCursor(), {}),
        (NextCursor(size=9), {"limit": 9}),
        (NextUrl(), {}),
    ],
)
def test_the_first_request_says_where_and_how_much(pages: Pages, params: dict[str, int]) -> None:
    ask = first(*source_of(pages))

    assert (ask.url, ask.params) == ("https://api.example.com/v1/orders", {"state": "all", **params})


def test_since_is_sent_as_the_cursor_says() -> None:
    ask = first(*source_of(SinglePage(), Cursor("updated_at", param="updated_since")), since="2026-01-01")

    assert ask.params == {"state": "all", "updated_since": "2026-01-01"}


def test_a_single_page_is_the_last() -> None:
    assert next_of(SinglePage(), {"next": "/more"}) is None


def test_page_numbers_go_up_while_pages_are_full() -> None:
    pages = PageNumber(size=2)
    second = next_of(pages, [1, 2], 2)
    assert second is not None
    third = next_of(pages, [3, 4], 2, second)
    assert third is not None

    assert (second.params["page"], third.params["page"]) == (2, 3)
    assert third.params["state"] == "all"
    assert next_of(pages, [5], 1, third) is None
    assert next_of(pages, [], 0, third) is None


def test_a_cursor_is_sent_back_until_there_is_none() -> None:
    pages = NextCursor(field="meta.next", size=2)
    second = next_of(pages, {"meta": {"next": "abc"}})
    assert second is not None

    assert second.params == {"state": "all", "limit": 2, "cursor": "abc"}
    assert next_of(pages, {"meta": {}}) is None
    for end in (None, "", False):
        assert next_of(pages, {"meta": {"next": end}}) is None


def test_an_empty_page_ends_a_cursor_that_goes_on() -> None:
    assert next_of(NextCursor(), {"next_cursor": "abc"}, records=0) is None


@pytest.mark.parametrize("token", [True, 0, 1.5, [], ["a"], {"a": 1}])
def test_what_is_no_cursor_is_told(token: Any) -> None:
    with pytest.raises(SourceError, match=r"WRONG_ENVELOPE: at 'next_cursor' is no cursor but"):
        next_of(NextCursor(), {"next_cursor": token})


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://api.example.com/v1/orders?page=2", "https://api.example.com/v1/orders?page=2"),
        ("HTTPS://API.example.com:443/x", "https://API.example.com:443/x"),
        ("/page/2", "https://api.example.com/page/2"),
        ("?page=2", "https://api.example.com/v1/orders?page=2"),
        ("items?a=%2F+b&c", "https://api.example.com/v1/items?a=%2F+b&c"),
        ("//api.example.com/x#part", "https://api.example.com/x"),
    ],
)
def test_a_link_is_followed_as_it_is_written(link: str, url: str) -> None:
    assert next_of(NextUrl(), {"next": link}) == Ask(url)


@pytest.mark.parametrize("link", [None, "", False])
def test_no_link_is_the_end(link: Any) -> None:
    assert next_of(NextUrl(), {"next": link}) is None
    assert next_of(NextUrl(), {}) is None
    assert next_of(NextUrl(), [1, 2]) is None


@pytest.mark.parametrize("link", [0, 2, True, "null", "None", [], {"href": "/x"}])
def test_what_is_no_link_is_told(link: Any) -> None:
    with pytest.raises(SourceError, match=r"WRONG_ENVELOPE: at 'next' is no address but"):
        next_of(NextUrl(), {"next": link})


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/",
        "http://api.example.com/v1",
        "https://api.example.com:8443/v1",
        "https://api.example.com:0/v1",
        "//evil.example/x",
        "https://api.example.com.evil.example/",
        "https://user@api.example.com/",
        "https://api.example.com@evil.example/",
        "https://api.example.com./",
        "https://93.184.215.14/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://api.example.com:port/",
        "https://[api/",
        "https://\u0430\u0440\u0456.example.com/",
        "https:/\\evil.example/",
        "\\\\evil.example/",
        "https://api.example.com\t/x",
        " /x",
        "/x\r\nHost: evil",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_a_link_to_another_origin_is_refused(link: str) -> None:
    with pytest.raises(RefusedError, match="the next page's address"):
        next_of(NextUrl(), {"next": link})


def test_the_same_request_twice_is_a_loop() -> None:
    trail = Trail(max_pages=10)
    trail.asks(Ask(HERE, {"cursor": "a", "limit": 1}))
    trail.asks(Ask(HERE, {"cursor": "b", "limit": 1}))

    with pytest.raises(SourceError, match="pagination loop: page 3 would be one that was asked already"):
        trail.asks(Ask(HERE, {"limit": 1, "cursor": "a"}))


def test_the_same_page_twice_in_a_row_is_a_loop() -> None:
    trail = Trail(max_pages=10)
    for page, digest in enumerate(("x", "y", "x")):
        trail.asks(Ask(HERE, {"page": page}))
        trail.gets(digest)
    trail.asks(Ask(HERE, {"page": 3}))

    with pytest.raises(SourceError, match="pagination loop: page 4 is the same as the one before"):
        trail.gets("x")


def test_pages_without_end_have_one() -> None:
    trail = Trail(max_pages=3)
    for page in range(3):
        trail.asks(Ask(HERE, {"page": page}))

    with pytest.raises(SourceError, match="more than 3 pages") as caught:
        trail.asks(Ask(HERE, {"page": 3}))
    assert "http.max_pages" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "code"),
    [(b'{"a":1,"a":2}', "DUPLICATE_KEY"), (b'["\\ud800"]', "LONE_SURROGATE"), (b"[NaN]", "NONFINITE")],
)
def test_a_page_that_a_load_will_reject_still_says_what_is_next(body: bytes, code: str) -> None:
    document, wrong = read(body)

    assert document
    assert re.match(code, wrong)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a":[1,', b"\xff\xfe"])
def test_what_is_no_json_is_not_read(body: bytes) -> None:
    with pytest.raises(PayloadError):
        read(body)


def test_an_exact_page_has_nothing_wrong() -> None:
    assert read(b'{"a":1}') == ({"a": 1}, "")
