"""ingest: what has not changed is neither stored nor loaded again."""

from typing import Any

import pytest

from faults import FaultServer, said, said_json
from ingesting import Desk, shop
from minidata.core.errors import Exit
from minidata.core.pages import NextCursor

ORDERS = [{"id": 1}]


@pytest.mark.parametrize(
    ("about", "asks"),
    [
        ({"ETag": 'W/"v1"'}, {"if-none-match": 'W/"v1"'}),
        ({"Last-Modified": "Sun, 01 Feb 2026 12:00:00 GMT"}, {"if-modified-since": "Sun, 01 Feb 2026 12:00:00 GMT"}),
    ],
)
def test_an_api_that_says_so_is_believed(
    server: FaultServer, desk: Desk, about: dict[str, str], asks: dict[str, str]
) -> None:
    server.says(said_json(ORDERS, about), said(status=304, length=-1))
    first = desk.one(shop(server.url))
    keys = desk.keys

    facts = desk.one(shop(server.url))

    assert {name: server.heard[1].headers[name] for name in asks} == asks
    assert (facts.unchanged, facts.pages, facts.records, facts.run) == (True, 0, 0, first.run)
    assert desk.keys == keys


def test_equal_bytes_are_not_stored_again(server: FaultServer, desk: Desk) -> None:
    server.says(said_json(ORDERS))
    desk.one(shop(server.url))
    keys = desk.keys

    facts = desk.one(shop(server.url))

    assert facts.unchanged
    assert desk.keys == keys


def test_equal_bytes_of_many_pages_are_not_stored_again(server: FaultServer, desk: Desk) -> None:
    pages = {"1": {"data": [{"id": 1}], "next_cursor": "2"}, "2": {"data": [{"id": 2}]}}
    server.says(lambda heard: said_json(pages[heard.query.get("cursor", "1")]))
    source = shop(server.url, records="data", pages=NextCursor())
    desk.one(source)
    keys = desk.keys

    facts = desk.one(source)

    assert facts.unchanged
    assert desk.keys == keys


def test_one_other_byte_is_a_new_run(server: FaultServer, desk: Desk) -> None:
    server.says(said(b'[{"id": 1}]'), said(b'[{"id":1}]'))
    desk.one(shop(server.url))

    facts = desk.one(shop(server.url))

    assert (facts.unchanged, facts.records) == (False, 1)
    assert len(desk.manifests) == 2


def test_all_is_asked_for_again_without_the_question(server: FaultServer, desk: Desk) -> None:
    server.says(said_json(ORDERS, {"ETag": '"v1"'}))
    desk.one(shop(server.url))

    desk.one(shop(server.url), full=True)

    assert "if-none-match" not in server.heard[1].headers


@pytest.mark.parametrize("change", [{"params": {"state": "all"}}, {"path": "/others"}])
def test_another_request_is_not_asked_about_what_the_last_one_brought(
    server: FaultServer, desk: Desk, change: dict[str, Any]
) -> None:
    server.says(said_json(ORDERS, {"ETag": '"v1"'}))
    desk.one(shop(server.url))

    desk.one(shop(server.url, **change))

    assert "if-none-match" not in server.heard[1].headers


def test_not_modified_without_having_been_asked_is_an_error(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=304, length=-1))

    assert desk.failure(shop(server.url)).exit_code == Exit.SOURCE


def test_no_content_twice_is_unchanged(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=204, length=-1))
    desk.one(shop(server.url))

    assert desk.one(shop(server.url)).unchanged
