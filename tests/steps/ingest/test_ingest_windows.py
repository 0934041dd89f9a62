"""ingest: a stretch of time, asked for in pieces, beside what comes in day by day."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from pydantic import AwareDatetime

from faults import FaultServer, Heard, Saying, said, said_json
from ingesting import Desk, Order, shop
from minidata.core.errors import ConfigError
from minidata.core.source import Cursor, Source, Stream

DAYS = [{"id": day, "at": f"2026-02-{day:02}T12:00:00Z"} for day in range(1, 11)]
PIECES = {"since": "2026-02-01", "until": "2026-02-05", "window": "1d"}


@pytest.fixture
def server(server: FaultServer) -> FaultServer:
    server.says(between)
    return server


@pytest.fixture
def desk(hasty: Desk) -> Desk:
    return hasty


def between(heard: Heard) -> Saying:
    since, until = heard.query.get("from", ""), heard.query.get("to", "9")
    return said_json([one for one in DAYS if since <= str(one["at"]) < until])


def dated(url: str, **cursor: Any) -> Source:
    return shop(url, since=Cursor("at", param="from", **{"until": "to", **cursor}))


def asked(server: FaultServer) -> list[str]:
    return [f"{heard.query.get('from')}..{heard.query.get('to')}" for heard in server.heard]


def test_each_window_is_a_run(server: FaultServer, desk: Desk) -> None:
    facts = desk.one(dated(server.url), **PIECES)

    days = ["2026-02-01", "2026-02-02", "2026-02-03", "2026-02-04", "2026-02-05"]
    assert asked(server) == [f"{one}..{two}" for one, two in pairwise(days)]
    assert (facts.runs, facts.pages, facts.records) == (4, 4, 4)
    # All at one moment, on a clock that does not move.
    assert sorted((one.cursor_before, one.until) for one in desk.manifests) == list(pairwise(days))


def test_the_cursor_stays_where_it_was(server: FaultServer, desk: Desk) -> None:
    plain = desk.one(dated(server.url))

    facts = desk.one(dated(server.url), **PIECES)

    assert facts.cursor == plain.cursor == "2026-02-10T12:00:00Z"
    server.heard.clear()
    desk.one(dated(server.url))
    assert asked(server) == ["2026-02-10T12:00:00Z..None"]


def test_a_backfill_before_anything_else_leaves_no_cursor(server: FaultServer, desk: Desk) -> None:
    assert desk.one(dated(server.url), **PIECES).cursor is None
    server.heard.clear()

    assert desk.one(dated(server.url)).records == len(DAYS)
    assert asked(server) == ["None..None"]


def test_windows_that_are_there_are_not_asked_for_again(server: FaultServer, desk: Desk) -> None:
    desk.one(dated(server.url), **PIECES)
    server.heard.clear()

    facts = desk.one(dated(server.url), **{**PIECES, "until": "2026-02-06"})

    assert asked(server) == ["2026-02-05..2026-02-06"]
    assert (facts.runs, facts.records) == (1, 1)


def test_all_there_is_nothing_to_do(server: FaultServer, desk: Desk) -> None:
    desk.one(dated(server.url), **PIECES)
    server.heard.clear()

    facts = desk.one(dated(server.url), **PIECES)

    assert (facts.unchanged, facts.runs, server.heard) == (True, 0, [])


def test_full_asks_for_them_again(server: FaultServer, desk: Desk) -> None:
    desk.one(dated(server.url), **PIECES)
    server.heard.clear()

    desk.one(dated(server.url), full=True, **PIECES)

    assert len(server.heard) == 4


def test_a_backfill_that_failed_goes_on_with_its_window(server: FaultServer, desk: Desk) -> None:
    server.says(lambda heard: said(status=500) if heard.query["from"] == "2026-02-03" else between(heard))
    failure = desk.ingest(dated(server.url), **PIECES).failures[0]
    assert "500" in failure.message
    server.says(between)

    desk.one(dated(server.url), **PIECES)

    assert asked(server) == ["2026-02-03..2026-02-04", "2026-02-04..2026-02-05"]


def test_a_window_that_had_not_passed_is_asked_for_again(server: FaultServer, desk: Desk) -> None:
    """The clock stands at noon of March 1st."""
    until_tomorrow = {"since": "2026-03-01", "until": "2026-03-02", "window": "1d"}
    desk.one(dated(server.url), **until_tomorrow)
    server.heard.clear()

    desk.one(dated(server.url), **until_tomorrow)

    assert len(server.heard) == 1


def test_without_an_end_it_is_now(server: FaultServer, desk: Desk) -> None:
    desk.one(dated(server.url), since="2026-02-28", window="1d")

    assert asked(server)[0] == "2026-02-28..2026-03-01"
    assert asked(server)[1].startswith("2026-03-01..2026-03-01T12:00:0")


def test_a_stream_without_a_cursor_is_fetched_once(server: FaultServer, desk: Desk) -> None:
    source = replace(dated(server.url), streams=(Stream("all", path="/all", row=Order), *dated(server.url).streams))

    whole, pieces = desk.ingest(source, **PIECES).streams

    assert [heard.path for heard in server.heard] == ["/all", *["/orders"] * 4]
    assert (whole.runs, pieces.runs) == (1, 4)


def test_one_stretch_without_windows(server: FaultServer, desk: Desk) -> None:
    facts = desk.one(dated(server.url), until="2026-02-04")

    assert asked(server) == ["None..2026-02-04"]
    assert (facts.records, facts.cursor) == (3, None)


class Timed(Order):
    at: AwareDatetime


def test_a_date_is_asked_for_as_a_time_where_the_cursor_is_one(server: FaultServer, desk: Desk) -> None:
    desk.one(
        shop(server.url, since=Cursor("at", param="from", until="to"), row=Timed),
        since="2026-02-09",
        until="2026-02-10",
    )

    assert asked(server) == ["2026-02-09T00:00:00Z..2026-02-10T00:00:00Z"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"window": "1d"}, "--window without --since"),
        ({"since": "2026-02-01", "window": "1y"}, "--window '1y' is no length of time"),
        ({"since": "lately", "window": "1d"}, "--since 'lately' is no time that can be cut"),
        ({"since": "2026-02-02", "until": "2026-02-01", "window": "1d"}, "is not before"),
        ({"until": "2026-02-01", "full": True}, "--until and --full contradict each other"),
    ],
)
def test_what_cannot_be_meant(server: FaultServer, desk: Desk, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        desk.ingest(dated(server.url), **options)

    assert server.heard == []


def test_an_api_that_cannot_be_asked_up_to_a_time(server: FaultServer, desk: Desk) -> None:
    with pytest.raises(ConfigError, match="does not say how its API is asked for records up to a time"):
        desk.ingest(dated(server.url, until=None), until="2026-02-04")
