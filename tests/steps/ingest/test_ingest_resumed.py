"""ingest: what was interrupted goes on where it stopped."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from faults import FaultServer, Heard, Saying, said, said_json
from ingesting import Desk, shop
from minidata.core.pages import AskedBy, NextCursor, PageNumber
from minidata.core.source import Cursor, Source

LAST = 6


@pytest.fixture
def desk(hasty: Desk) -> Desk:
    return hasty


def page(number: int) -> dict[str, Any]:
    following = {"next_cursor": str(number + 1)} if number < LAST else {}
    return {"data": [{"id": number, "at": f"2026-02-{number:02}T00:00:00Z"}], **following}


def breaking_at(broken: int) -> Callable[[Heard], Saying]:
    """Serve pages by their cursor; from page *broken* on nothing works."""

    def saying(heard: Heard) -> Saying:
        number = int(heard.query.get("cursor", "1"))
        return said(status=500) if number >= broken else said_json(page(number))

    return saying


def paged(url: str, **stream: Any) -> Source:
    return shop(url, records="data", pages=NextCursor(), **stream)


def asked(server: FaultServer) -> list[str]:
    return [heard.query.get("cursor", "1") for heard in server.heard]


def test_the_next_one_goes_on_at_the_page_that_failed(server: FaultServer, desk: Desk) -> None:
    server.says(breaking_at(4))
    desk.failure(paged(server.url))
    begun = {key.split("/")[4] for key in desk.keys}
    server.says(breaking_at(LAST + 1))

    facts = desk.one(paged(server.url))

    assert asked(server) == ["4", "5", "6"]
    assert (facts.resumed, facts.pages, facts.records) == (True, LAST, LAST)
    assert {facts.run} == begun
    (manifest,) = desk.manifests
    assert [json.loads(desk.store.get(one.key))["data"][0]["id"] for one in manifest.pages] == [1, 2, 3, 4, 5, 6]
    assert "3 pages of it are kept" in desk.watch.notes[-1]


def test_it_may_be_interrupted_again_and_again(server: FaultServer, desk: Desk) -> None:
    for broken in range(2, LAST + 1):
        server.says(breaking_at(broken))
        desk.failure(paged(server.url))
        assert asked(server)[0] == str(max(broken - 1, 1))
    server.says(breaking_at(LAST + 1))

    assert desk.one(paged(server.url)).records == LAST
    assert asked(server) == [str(LAST)]


def test_a_finished_run_has_no_journal(server: FaultServer, desk: Desk) -> None:
    server.says(breaking_at(4))
    desk.failure(paged(server.url))
    assert any("_kept-" in key for key in desk.keys)
    server.says(breaking_at(LAST + 1))

    desk.one(paged(server.url))

    assert not any("_kept-" in key for key in desk.keys)


def test_the_cursor_is_that_of_the_beginning(server: FaultServer, desk: Desk) -> None:
    """What appeared behind the pages that were fetched before the interruption was not seen."""
    source = paged(server.url, since=Cursor("at", param="since"))
    at_first = {"Date": "Sun, 01 Feb 2026 12:00:00 GMT"}
    server.says(said_json(page(1), at_first), said(status=500))
    desk.clock.at = desk.clock.at.replace(month=2, day=1)
    desk.failure(source)
    desk.clock.at = desk.clock.at.replace(day=2, hour=1)
    server.says(breaking_at(LAST + 1))

    facts = desk.one(source)

    assert facts.resumed
    assert facts.cursor == "2026-02-01T00:00:00Z"


@pytest.mark.parametrize(
    ("settings", "change"),
    [
        ("[http]\nattempts = 1\nresume_within = 0\n", {}),
        ("[http]\nattempts = 1\n", {"params": {"state": "all"}}),
    ],
)
def test_what_is_too_old_or_asked_otherwise_begins_anew(
    server: FaultServer, desk: Desk, settings: str, change: dict[str, Any]
) -> None:
    server.says(breaking_at(4))
    desk.failure(paged(server.url))
    desk.says(settings)
    server.says(breaking_at(LAST + 1))

    facts = desk.one(paged(server.url, **change))

    assert asked(server) == ["1", "2", "3", "4", "5", "6"]
    assert not facts.resumed


def test_a_damaged_journal_is_passed_over(server: FaultServer, desk: Desk) -> None:
    server.says(breaking_at(4))
    desk.failure(paged(server.url))
    for path in desk.root.rglob("_kept-*"):
        path.write_text("{")
    server.says(breaking_at(LAST + 1))

    assert desk.one(paged(server.url)).records == LAST
    assert asked(server)[0] == "1"


def test_a_journal_that_was_being_removed_is_none(server: FaultServer, desk: Desk) -> None:
    for broken in (3, 5):
        server.says(breaking_at(broken))
        desk.failure(paged(server.url))
    first, *others = sorted(desk.root.rglob("_kept-*"))
    first.unlink()
    server.says(breaking_at(LAST + 1))

    assert others
    assert desk.one(paged(server.url)).records == LAST
    assert asked(server)[0] == "1"


def test_a_cursor_that_the_api_has_forgotten_begins_anew(server: FaultServer, desk: Desk) -> None:
    server.says(breaking_at(4))
    desk.failure(paged(server.url))
    server.says(said(b"cursor expired", status=410), breaking_at(LAST + 1))

    facts = desk.one(paged(server.url))

    assert asked(server) == ["4", "1", "2", "3", "4", "5", "6"]
    assert facts.records == LAST
    assert "beginning anew" in desk.watch.notes[-1]
    assert "410 Gone" in desk.watch.notes[-1]


def test_a_loop_is_not_gone_on_with(server: FaultServer, desk: Desk) -> None:
    server.says(said_json(page(1)), said_json({**page(2), "next_cursor": "2"}))
    assert desk.failure(paged(server.url)).message.startswith("pagination loop")
    server.says(breaking_at(LAST + 1))

    assert not desk.one(paged(server.url)).resumed


def test_pages_side_by_side_go_on_too(server: FaultServer, desk: Desk) -> None:
    source = shop(server.url, records="data", pages=PageNumber(size=1, total="total"))

    def numbered(broken: int) -> Callable[[Heard], Saying]:
        def saying(heard: Heard) -> Saying:
            number = int(heard.query["page"])
            if number == broken:
                return said(status=500)
            return said_json({"total": 9, "data": [{"id": number}]})

        return saying

    server.says(numbered(6))
    desk.failure(source)
    server.says(numbered(0))

    facts = desk.one(source)

    # What the first one had under way may come in late, and be heard once more.
    assert {int(heard.query["page"]) for heard in server.heard} == {6, 7, 8, 9}
    assert (facts.pages, facts.records) == (9, 9)
    assert [one.params["page"] for one in desk.manifests[0].pages] == list(range(1, 10))


def test_a_users_generator_is_gone_through_again_with_what_is_stored(server: FaultServer, desk: Desk) -> None:
    def by_cursor(ask: Any) -> Any:
        answer = yield ask
        while answer.get("next_cursor"):
            answer = yield ask.with_params(cursor=answer["next_cursor"])

    source = shop(server.url, records="data", pages=AskedBy(by_cursor))
    server.says(breaking_at(4))
    desk.failure(source)
    server.says(breaking_at(LAST + 1))

    assert desk.one(source).records == LAST
    assert asked(server) == ["4", "5", "6"]
