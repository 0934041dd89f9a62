"""The HTTP door: what is asked, and what is an answer."""

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from asking import BODY, HEADER, PARAM, SECRET, Desk
from faults import FaultServer, said, said_json
from minidata.core.errors import SourceError
from minidata.core.exchange import Validators
from minidata.core.source import ErrorIf


def test_an_answer_is_the_body_and_what_was_said_about_it(server: FaultServer, desk: Desk) -> None:
    about = {
        "Content-Type": "text/html",
        "ETag": '"a"',
        "Last-Modified": "then",
        "Date": "Sun, 01 Mar 2026 12:00:00 GMT",
    }
    server.says(said(BODY, headers=about))

    answer = desk.get()

    assert (answer.status, answer.body, answer.url) == (200, BODY, f"{server.url}/orders")
    assert (answer.content_type, answer.etag, answer.last_modified) == ("text/html", '"a"', "then")
    assert answer.date == answer.fetched_at == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_we_say_who_we_are_and_what_we_can_read(server: FaultServer, desk: Desk) -> None:
    desk.get("/orders?fixed=1", {"a b": "c&d", "n": 2})

    (heard,) = server.heard
    assert heard.target == "/orders?fixed=1&a%20b=c%26d&n=2"
    assert heard.headers["user-agent"] == "minidata/1"
    assert heard.headers["accept-encoding"] == "gzip"


def test_headers_of_the_source_are_sent(server: FaultServer) -> None:
    Desk(server.url, headers={"accept": "text/csv", "X-Version": "3", "Accept-Encoding": "br"}).get()

    (heard,) = server.heard
    assert (heard.headers["accept"], heard.headers["x-version"]) == ("text/csv", "3")
    assert heard.headers["accept-encoding"] == "gzip"


def test_no_content_is_an_empty_answer(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=204, length=-1))

    assert (desk.get().status, desk.get().body) == (204, b"")


def test_no_cookie_comes_back(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=302, headers={"Set-Cookie": "a=b; Path=/", "Location": "/x"}), said(BODY))

    desk.get()

    assert "cookie" not in server.heard[1].headers


def test_nothing_is_logged(server: FaultServer, caplog: pytest.LogCaptureFixture) -> None:
    server.says(said_json([]))

    with caplog.at_level(logging.DEBUG):
        Desk(server.url, PARAM).get()

    assert [record.name for record in caplog.records if record.name.startswith("http")] == []


def test_a_post_carries_its_body_as_json(server: FaultServer, desk: Desk) -> None:
    desk.post({"cursor": None, "größe": 3})

    (heard,) = server.heard
    assert (heard.method, heard.json) == ("POST", {"cursor": None, "größe": 3})
    assert heard.headers["content-type"] == "application/json"


def test_a_post_without_a_body_says_so(server: FaultServer, desk: Desk) -> None:
    desk.post(None)

    assert server.heard[0].headers["content-length"] == "0"
    assert "content-type" not in server.heard[0].headers


def test_the_source_may_call_its_json_otherwise(server: FaultServer) -> None:
    Desk(server.url, headers={"content-type": "application/vnd.api+json"}).post({})

    assert server.heard[0].headers["content-type"] == "application/vnd.api+json"


@pytest.mark.parametrize(
    ("path", "params", "sent"),
    [
        ("/orders", {"page": 2}, {"page": "2", "version": "7"}),
        ("/orders", {"version": 8}, {"version": "8"}),
        ("/orders?", {}, {"version": "7"}),
        ("/orders?v%65rsion", {"page": 2}, {"page": "2"}),
        ("/orders?version=8&page=2", {}, {"version": "8", "page": "2"}),
    ],
)
def test_params_of_the_source_are_added_where_they_are_not_there_yet(
    server: FaultServer, path: str, params: dict[str, str | int], sent: dict[str, str]
) -> None:
    Desk(server.url, params={"version": 7}).get(path, params)

    assert server.heard[0].query == sent


def test_what_is_no_address_is_spelled_as_one(server: FaultServer, desk: Desk) -> None:
    desk.get('/größe/%41/"x"?a=ü#part')

    assert server.heard[0].target == "/gr%C3%B6%C3%9Fe/%41/%22x%22?a=%C3%BC"


def test_an_api_is_asked_whether_there_is_anything_else(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=304, length=-1))

    answer = desk.get_if(Validators('W/"x"', "Sun, 01 Mar 2026 12:00:00 GMT"))

    assert (answer.status, answer.unmodified, answer.body) == (304, True, b"")
    (heard,) = server.heard
    assert heard.headers["if-none-match"] == 'W/"x"'
    assert heard.headers["if-modified-since"] == "Sun, 01 Mar 2026 12:00:00 GMT"


def test_nobody_who_did_not_ask_is_told_that_nothing_changed(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=304, length=-1))

    with pytest.raises(SourceError, match="answers 304 Not Modified"):
        desk.get_if(Validators())


@pytest.mark.parametrize("status", [200, 201, 203, 207, 299])
def test_other_good_words_are_as_good(server: FaultServer, desk: Desk, status: int) -> None:
    server.says(said(BODY, status))

    assert desk.get().body == BODY


@pytest.mark.parametrize(
    ("date", "year"),
    [("", None), ("junk", None), ("Thu, 01 Jan 1970 00:00:00 GMT", 1970), ("Thu, 31 Dec 2099 23:59:59 GMT", 2099)],
)
def test_a_server_may_have_no_clock(server: FaultServer, desk: Desk, date: str, year: int | None) -> None:
    server.says(said(BODY, headers={"Date": date} if date else {}))

    answer = desk.get()

    assert answer.fetched_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert (answer.date.year if answer.date else None) == year


def test_link_headers_are_joined(server: FaultServer, desk: Desk) -> None:
    server.says(said(BODY, headers={"Link": "<a>; rel=first", "link": '<b>; rel="next"'}))

    assert desk.get().link == '<a>; rel=first, <b>; rel="next"'


def test_a_link_header_has_an_end(server: FaultServer, desk: Desk) -> None:
    server.says(said(BODY, headers={"Link": "<a>; rel=x, " * 6_000}))

    assert len(desk.get().link or "") == 65_536


ERRORS = [
    (ErrorIf("ok", equals=False), {"ok": False}, "an error: False"),
    (ErrorIf("ok", equals=False, message="why"), {"ok": False, "why": "no\n\x1b[1mway"}, r"an error: no \x1b[1mway"),
    (ErrorIf("errors", message="text"), {"errors": [1]}, "an error (errors is [1])"),
]


@pytest.mark.parametrize(("error_if", "body", "told"), ERRORS)
def test_a_good_status_may_be_an_error(
    server: FaultServer, desk: Desk, error_if: ErrorIf, body: dict[str, Any], told: str
) -> None:
    server.says(said_json(body))

    with pytest.raises(SourceError) as caught:
        desk.get_if(error_if=error_if)

    assert str(caught.value) == f"{server.url}/orders answers 200 with {told}"
    assert len(server.heard) == 1


def test_an_error_with_a_good_status_may_pass(server: FaultServer, desk: Desk) -> None:
    server.says(said_json({"ok": False}), said_json({"ok": True}))

    assert desk.get_if(error_if=ErrorIf("ok", equals=False, retry=True)).body == b'{"ok": true}'
    assert desk.slept == [0.5]


def test_an_error_of_the_api_s_own_words_has_no_secret_in_it(server: FaultServer) -> None:
    server.says(said_json({"error": f"bad key {SECRET}"}))

    with pytest.raises(SourceError, match=r"an error: bad key \*\*\*$"):
        Desk(server.url, HEADER).get_if(error_if=ErrorIf("error"))
