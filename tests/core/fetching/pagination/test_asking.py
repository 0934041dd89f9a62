"""The first request of a Walk."""

from typing import Any

import pytest

from minidata.core.errors import ConfigError, SourceError
from minidata.core.exchange import Ask
from minidata.core.fetching.pagination import walk_of
from minidata.core.pages import LinkHeader, NextCursor, NextUrl, Offset, PageNumber, Pages, SinglePage
from minidata.core.rows import Row
from minidata.core.source import Cursor, Parent, Source, Stream

HERE = "https://api.example.com/v1/orders"


class Order(Row):
    id: int


def first(stream: Stream, **asked: Any) -> Ask:
    """Return what is asked first of *stream*, which may be one of things that customers have."""
    customers = Stream("customers", path="/customers", row=Order)
    source = Source("shop", "https://api.example.com/v1/", (customers, stream))
    ask = walk_of(source, stream, max_pages=9, **asked).ask()
    assert ask
    return ask


def orders(**more: Any) -> Stream:
    return Stream("orders", row=Order, **{"path": "/orders", **more})


@pytest.mark.parametrize(
    ("pages", "params"),
    [
        (SinglePage(), {}),
        (PageNumber(size=5), {"page": 1, "per_page": 5}),
        (PageNumber(size=5, param="p", size_param="n", first=0), {"p": 0, "n": 5}),
        (PageNumber(size=5, size_param=None), {"page": 1}),
        (Offset(size=5), {"offset": 0, "limit": 5}),
        (Offset(size=5, param="skip", size_param=None), {"skip": 0}),
        (NextCursor(), {}),
        (NextCursor(size=9), {"limit": 9}),
        (NextUrl(), {}),
        (LinkHeader(), {}),
        (LinkHeader(size=100), {"per_page": 100}),
    ],
)
def test_it_says_where_and_how_much(pages: Pages, params: dict[str, int]) -> None:
    assert first(orders(pages=pages, params={"state": "all"})) == Ask(HERE, {"state": "all", **params})


def test_it_says_from_when_and_until_when() -> None:
    stream = orders(since=Cursor("updated_at", param="updated_since", until="updated_before"))

    assert first(stream).params == {}
    assert first(stream, since="2026-01-01").params == {"updated_since": "2026-01-01"}
    assert first(stream, since="a", until="b").params == {"updated_since": "a", "updated_before": "b"}
    assert first(orders(since=Cursor("at", param="since")), until="b").params == {}


def test_it_says_so_in_the_body_where_the_stream_does() -> None:
    since = Cursor("at", param="filter.at.from", until="filter.at.to", place="body")
    pages = PageNumber(5, param="page.number", size_param="page.size", place="body")
    stream = orders(method="POST", json={"filter": {"state": "all"}}, since=since, pages=pages)

    ask = first(stream, since="a", until="b")

    assert ask == Ask(
        HERE,
        {},
        "POST",
        {"filter": {"state": "all", "at": {"from": "a", "to": "b"}}, "page": {"size": 5, "number": 1}},
    )
    assert stream.json == {"filter": {"state": "all"}}


def test_a_post_without_anything_to_say_has_no_body() -> None:
    assert first(orders(method="POST")) == Ask(HERE, {}, "POST", None)


def test_a_place_in_the_body_that_is_taken_is_an_error() -> None:
    with pytest.raises(ConfigError, match="the stream's json has something at 'page' in which there is no 'number'"):
        first(orders(method="POST", json={"page": 1}, pages=PageNumber(5, param="page.number", place="body")))


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (7, "7"),
        ("a b", "a%20b"),
        ("a/../b", "a%2F..%2Fb"),
        ("?x=1#y", "%3Fx%3D1%23y"),
        ("{other}", "%7Bother%7D"),
        ("é", "%C3%A9"),
    ],
)
def test_a_parent_s_value_is_one_piece_of_the_path(value: object, path: str) -> None:
    stream = orders(
        path="/customers/{id}/orders/{unknown}",
        params={"of": "{id}!", "page": 3},
        parent=Parent("customers", fields={"id": "id", "other": "other"}),
    )

    ask = first(stream, context={"id": value, "other": "x"})

    assert ask.url == f"https://api.example.com/v1/customers/{path}/orders/{{unknown}}"
    assert ask.params == {"of": f"{value}!", "page": 3}


@pytest.mark.parametrize("value", [".", ".."])
def test_a_parent_s_value_does_not_climb_out_of_the_path(value: str) -> None:
    stream = orders(path="/customers/{id}/orders", parent=Parent("customers", fields={"id": "id"}))

    with pytest.raises(SourceError, match="no path can be made of"):
        first(stream, context={"id": value})
