"""ingest: from an API that misbehaves into the object store."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from faults import FaultServer, Heard, Saying, closed_port, fault_server, said, said_json
from ingesting import SECRET, Desk, Order, shop
from minidata.core.auths import ApiKey
from minidata.core.errors import ConfigError, Exit, UnknownName
from minidata.core.pages import NextCursor, NextUrl, PageNumber, Pages
from minidata.core.runs import RunKey
from minidata.core.source import Cursor, Source, Stream

KEY = ApiKey(param="api_key", secret="SHOP_API_KEY")
DAY = "2026-02-0{}T00:00:00Z".format


def test_each_body_is_kept_byte_for_byte(server: FaultServer, desk: Desk) -> None:
    bodies = [b'[ {"id": 1.0e0, "\\u00e9" : 12345678901234567.890} ,\r\n\t{"id":2} ]\n\n', b"[]"]
    server.says(*map(said, bodies))

    facts = desk.one(shop(server.url, pages=PageNumber(size=2)))

    (manifest,) = desk.manifests
    assert [desk.store.get(page.key) for page in manifest.pages] == bodies
    assert (facts.pages, facts.records, facts.bytes) == (2, 2, sum(map(len, bodies)))
    assert (facts.run, facts.cursor, facts.warnings) == (manifest.run, None, ())


def test_the_manifest_says_what_was_asked_and_what_came(server: FaultServer, desk: Desk) -> None:
    about = {"Content-Type": "application/geo+json", "ETag": '"v1"', "Last-Modified": "then"}
    server.says(said(b"[]", headers=about))

    desk.one(shop(server.url, params={"state": "all"}))

    (manifest,) = desk.manifests
    (page,) = manifest.pages
    assert page.key == f"raw/shop/orders/2026-03-01/{manifest.run}/00001.json"
    assert (page.url, page.params, page.status) == (f"{server.url}/orders", {"state": "all"}, 200)
    assert (page.content_type, page.etag, page.last_modified) == ("application/geo+json", '"v1"', "then")
    assert (page.sha256, page.size) == (sha256(b"[]").hexdigest(), 2)


def numbered(pages: dict[str, Any]) -> Callable[[Heard], Saying]:
    return lambda heard: said_json(pages[heard.query.get("page", heard.query.get("cursor", "1"))])


def test_pages_are_fetched_by_number(server: FaultServer, desk: Desk) -> None:
    server.says(numbered({"1": {"data": [{"id": 1}, {"id": 2}]}, "2": {"data": [{"id": 3}]}}))

    facts = desk.one(shop(server.url, records="data", pages=PageNumber(size=2)))
    assert facts.ended == desk.manifests[0].ended != ""

    assert [heard.query for heard in server.heard] == [{"page": n, "per_page": "2"} for n in ("1", "2")]
    assert (facts.pages, facts.records) == (2, 3)


def test_pages_are_fetched_by_cursor(server: FaultServer, desk: Desk) -> None:
    server.says(numbered({"1": {"data": [{"id": 1}], "next_cursor": "x=&"}, "x=&": {"data": [{"id": 2}]}}))

    facts = desk.one(shop(server.url, records="data", pages=NextCursor(size=1)))

    assert [heard.query for heard in server.heard] == [{"limit": "1"}, {"limit": "1", "cursor": "x=&"}]
    assert (facts.pages, facts.records) == (2, 2)


@pytest.mark.parametrize("link", ["{url}/orders?page=2", "/orders?page=2", "?page=2"])
def test_pages_are_fetched_by_link(server: FaultServer, desk: Desk, link: str) -> None:
    following = {"data": [{"id": 1}], "links": {"next": link.format(url=server.url)}}
    server.says(numbered({"1": following, "2": {"data": [{"id": 2}], "links": {"next": None}}}))

    facts = desk.one(shop(server.url, records="data", pages=NextUrl("links.next")))

    assert [heard.target for heard in server.heard] == ["/orders", "/orders?page=2"]
    assert (facts.pages, facts.records) == (2, 2)


def test_no_content_is_a_finished_run_with_no_page(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=204, length=-1))

    facts = desk.one(shop(server.url))

    assert (facts.pages, facts.records) == (0, 0)
    assert desk.manifests[0].pages == ()


def test_those_who_look_on_are_told(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=503), numbered({"1": [{"id": 1}], "2": []}))

    desk.one(shop(server.url, pages=PageNumber(size=1)))

    assert desk.watch.counts == {"ingest shop.orders": 2}
    assert desk.watch.notes == [f"{server.url}/orders answers 503 Service Unavailable, again in 0.5 s"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html>Please log in</html>", "NOT_JSON"),
        (b'{"data": [{"id": 1}, {"i', "NOT_JSON"),
        (b"", "EMPTY"),
        (b"\xff\xfe{}", "NOT_UTF8"),
        (b'{"data": "none"}', "WRONG_ENVELOPE"),
        (b'{"ok": false}', "WRONG_ENVELOPE"),
    ],
)
def test_a_page_that_cannot_be_read_is_kept_and_the_run_is_not_finished(
    server: FaultServer, desk: Desk, body: bytes, code: str
) -> None:
    server.says(said_json({"data": [{"id": 1}]}), said(body))

    failure = desk.failure(shop(server.url, records="data", pages=PageNumber(size=1)))

    _, second = desk.bodies
    assert desk.store.get(second) == body
    assert failure.message.startswith(f"{code}: page 2 cannot be read")
    assert second in failure.hint
    assert (failure.exit_code, desk.manifests) == (Exit.SOURCE, [])


def test_a_page_that_the_load_will_reject_does_not_hide_those_behind_it(server: FaultServer, desk: Desk) -> None:
    server.says(said(b'{"data":[{"id":1,"id":2}],"next_cursor":"x"}'), said_json({"data": []}))

    facts = desk.one(shop(server.url, records="data", pages=NextCursor()))

    assert facts.pages == 2


@pytest.mark.parametrize(
    ("saying", "message"),
    [
        (said(b'{"error": "no such key"}', status=401), 'answers 401 Unauthorized: {"error": "no such key"}'),
        (said(b"[1,2", length=100), "breaks off"),
        (said(status=500), "answers 500 Internal Server Error (asked 5 times)"),
    ],
)
def test_an_api_that_refuses_leaves_nothing_behind(
    server: FaultServer, desk: Desk, saying: bytes, message: str
) -> None:
    server.says(saying)

    failure = desk.failure(shop(server.url, KEY))

    assert f"{server.url}/orders {message}" in failure.message
    assert (failure.source, failure.stream, failure.exit_code) == ("shop", "orders", Exit.SOURCE)
    assert desk.keys == []


def test_a_wrong_key_is_told_by_its_variable(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=401))

    assert desk.failure(shop(server.url, KEY)).hint == "is the secret SHOP_API_KEY right?"


def test_an_api_that_is_down_is_told(desk: Desk) -> None:
    failure = desk.failure(shop(f"http://127.0.0.1:{closed_port()}"))

    assert "does not answer" in failure.message
    assert failure.exit_code == Exit.SOURCE


def test_one_stream_that_fails_does_not_keep_the_others(server: FaultServer, desk: Desk) -> None:
    server.says(lambda heard: said(status=404) if heard.path == "/b" else said_json([{"id": 1}]))
    source = Source("shop", server.url, tuple(Stream(name, path=f"/{name}", row=Order) for name in ("a", "b", "c")))

    done = desk.ingest(source)

    assert [stream.stream for stream in done.streams] == ["a", "c"]
    assert [failure.stream for failure in done.failures] == ["b"]
    assert done.exit_code == Exit.SOURCE


def test_a_missing_secret_fails_its_source_alone(server: FaultServer, desk: Desk) -> None:
    desk.environ.clear()
    server.says(said_json([]))
    open_source = Source("free", server.url, (Stream("orders", path="/free", row=Order),))

    done = desk.ingest(shop(server.url, KEY), open_source)

    assert [stream.source for stream in done.streams] == ["free"]
    (failure,) = done.failures
    assert (failure.source, failure.stream, failure.exit_code) == ("shop", None, Exit.CONFIG)
    assert failure.message == "the secret SHOP_API_KEY is not set"


def test_a_missing_secret_of_the_source_that_was_named_is_an_error(server: FaultServer, desk: Desk) -> None:
    desk.environ.clear()

    with pytest.raises(ConfigError, match="the secret SHOP_API_KEY is not set"):
        desk.ingest(shop(server.url, KEY), source="shop")
    assert server.heard == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source": "shopp"}, "unknown source 'shopp', did you mean 'shop'?"),
        ({"source": "shop", "stream": "order"}, "unknown stream of 'shop': 'order', did you mean 'orders'?"),
        ({"since": "2026-01-01", "full": True}, "--since and --full contradict each other"),
        ({"since": "2026-01-01"}, "--since, but no stream that is meant has a cursor"),
    ],
)
def test_what_cannot_be_meant_is_told_before_anything_is_asked(
    server: FaultServer, desk: Desk, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        desk.ingest(shop(server.url), **options)

    assert str(caught.value) == message
    assert isinstance(caught.value, UnknownName) == message.startswith("unknown")
    assert server.heard == []


def test_a_base_url_of_the_settings_takes_the_place_of_the_source_s(server: FaultServer, desk: Desk) -> None:
    desk.says(f'[sources.shop]\nbase_url = "{server.url}/v2/"\n')
    server.says(said_json([]))

    desk.one(shop("https://api.invalid/v1"))

    assert server.heard[0].path == "/v2/orders"


def test_the_secret_is_in_no_manifest(server: FaultServer, desk: Desk) -> None:
    link = f"{server.url}/orders?page=2&api_key={SECRET}"
    answer = said_json({"data": [], "next": f"?page=2&copy={SECRET}"}, {"ETag": f'"{SECRET}"'})
    server.says(answer, said_json({"data": []}))
    desk.one(shop(server.url, KEY, records="data", pages=NextUrl()))
    server.says(said_json({"data": [], "next": link}))

    failure = desk.failure(shop(server.url, KEY, records="data", pages=NextUrl()))

    assert "pagination loop" in failure.message
    texts = [path.read_text() for path in desk.root.rglob("*") if path.name == "_run.json"]
    assert texts
    assert SECRET not in "".join(texts)
    assert server.heard[0].query["api_key"] == SECRET


def test_a_next_link_to_another_origin_is_refused_and_not_asked(server: FaultServer, desk: Desk) -> None:
    with fault_server() as other:
        server.says(said_json({"data": [], "next": f"{other.url}/orders"}))

        failure = desk.failure(shop(server.url, KEY, records="data", pages=NextUrl()))

        assert (failure.exit_code, other.heard) == (Exit.REFUSED, [])
        assert "the next page's address is at another origin" in failure.message


@pytest.mark.parametrize(
    ("pages", "saying"),
    [
        (NextUrl(), lambda _: said_json({"data": [1], "next": "/orders"})),
        (NextUrl(), lambda heard: said_json({"data": [1], "next": "/b" if heard.path == "/a" else "/a"})),
        (NextCursor(), lambda heard: said_json({"data": [1], "next_cursor": "same", "at": heard.target})),
        (NextUrl(), lambda heard: said_json({"data": [1], "next": f"/{heard.path.count('x') * 'x'}x"[:9]})),
    ],
)
def test_pages_in_a_circle_come_to_an_end(
    server: FaultServer, desk: Desk, pages: Pages, saying: Callable[[Heard], Saying]
) -> None:
    server.says(saying)

    failure = desk.failure(shop(server.url, records="data", pages=pages))

    assert failure.message.startswith("pagination loop: ")
    assert failure.exit_code == Exit.SOURCE
    assert len(server.heard) < 12


def test_endless_pages_come_to_an_end(server: FaultServer, desk: Desk) -> None:
    desk.says("[http]\nmax_pages = 7\n")
    server.says(lambda heard: said_json({"data": [], "next": f"?page={len(server.heard)}", "at": heard.target}))

    failure = desk.failure(shop(server.url, records="data", pages=NextUrl()))

    assert failure.message == "there are more than 7 pages"
    assert "http.max_pages" in failure.hint
    assert len(server.heard) == 7


def test_a_number_that_the_api_does_not_heed_is_a_loop(server: FaultServer, desk: Desk) -> None:
    server.says(said_json([{"id": 1}, {"id": 2}]))

    failure = desk.failure(shop(server.url, pages=PageNumber(size=2)))

    assert failure.message == "pagination loop: page 2 is the same as the one before"


def test_two_ingests_of_one_stream_do_not_meet(server: FaultServer, desk: Desk) -> None:
    with desk.project.lock("ingest-shop-orders"):
        failure = desk.failure(shop(server.url))

    assert failure.exit_code == Exit.LOCKED
    assert "another minidata is at work here (ingest-shop-orders" in failure.message
    assert server.heard == []


def test_a_store_that_cannot_be_written_is_told(server: FaultServer, desk: Desk) -> None:
    (desk.root / "object_store").write_text("a file")

    failure = desk.failure(shop(server.url))

    assert failure.exit_code == Exit.STORE
    assert str(desk.root / "object_store") in failure.message


def test_a_store_whose_place_is_missing_is_told(server: FaultServer, desk: Desk) -> None:
    desk.says('[store]\nurl = "not/there"\n')
    server.says(said_json([]))

    failure = desk.failure(shop(server.url))

    assert (failure.exit_code, failure.message) == (
        Exit.STORE,
        f"object store: {desk.root / 'not' / 'there'}: No such file or directory",
    )


def test_what_an_interrupted_writer_left_is_swept(server: FaultServer, desk: Desk) -> None:
    server.says(said_json([]))
    desk.one(shop(server.url))
    left = (desk.root / "object_store" / desk.keys[0]).with_name(".part-0123")
    left.write_bytes(b"ha")

    desk.one(shop(server.url))

    assert not left.exists()


# Asking only for what is new.


def changing(url: str, **cursor: Any) -> Source:
    return shop(url, since=Cursor("updated_at", param="since", **cursor))


def updated(*days: int) -> bytes:
    return said_json([{"id": day, "updated_at": DAY(day)} for day in days])


def asked(server: FaultServer) -> str | None:
    return server.heard[-1].query.get("since")


def test_the_next_run_asks_from_where_the_last_one_ended(server: FaultServer, desk: Desk) -> None:
    server.says(updated(1, 3, 2), updated(3), said_json([]), updated(4))
    source = changing(server.url)

    cursors = [desk.one(source).cursor for _ in range(4)]

    assert cursors == [DAY(3), DAY(3), DAY(3), DAY(4)]
    assert [heard.query.get("since") for heard in server.heard] == [None, DAY(3), DAY(3), DAY(3)]
    assert [(run.cursor_before, run.cursor_after) for run in desk.manifests][-1] == (DAY(3), DAY(4))


def test_a_run_that_failed_leaves_the_cursor_where_it_was(server: FaultServer, desk: Desk) -> None:
    # The first page is short, so it is asked whether that was all.
    server.says(updated(1), said_json([]), said_json([{"id": 1, "updated_at": DAY(9)}] * 2), said(b"<html>"))
    source = shop(server.url, since=Cursor("updated_at", param="since"), pages=PageNumber(size=2))
    desk.one(source)
    assert desk.ingest(source).failures

    desk.ingest(source)

    assert asked(server) == DAY(1)


def test_full_asks_for_everything(server: FaultServer, desk: Desk) -> None:
    server.says(updated(3))
    desk.one(changing(server.url))

    assert desk.one(changing(server.url), full=True).cursor == DAY(3)
    assert asked(server) is None


def test_since_asks_from_there(server: FaultServer, desk: Desk) -> None:
    server.says(updated(3), updated(1, 2, 3))
    desk.one(changing(server.url))

    assert desk.one(changing(server.url), since=DAY(1)).cursor == DAY(3)
    assert asked(server) == DAY(1)


def test_since_a_later_time_does_not_lose_what_it_skips(server: FaultServer, desk: Desk) -> None:
    server.says(updated(1), updated(7), updated(2))
    desk.one(changing(server.url))

    skipping = desk.one(changing(server.url), since=DAY(5))
    desk.one(changing(server.url))

    assert skipping.cursor == DAY(1)
    assert "the cursor stays at" in skipping.warnings[0]
    assert asked(server) == DAY(1)


def test_a_lag_is_taken_off_when_asking(server: FaultServer, desk: Desk) -> None:
    server.says(updated(3))
    source = changing(server.url, lag=timedelta(days=1))
    first = desk.one(source)
    desk.one(source)

    assert (first.cursor, asked(server)) == (DAY(3), DAY(2))


def test_a_record_of_the_future_does_not_take_the_cursor_with_it(server: FaultServer, desk: Desk) -> None:
    poisoned = [{"updated_at": DAY(3)}, {"updated_at": "9999-12-31T00:00:00Z"}, {"updated_at": None}, {}]
    server.says(said_json(poisoned), said_json([]))
    facts = desk.one(changing(server.url))
    desk.one(changing(server.url))

    assert (facts.records, facts.cursor, asked(server)) == (4, DAY(3), DAY(3))
    assert "in the future" in facts.warnings[0]


def test_a_server_s_clock_bounds_the_cursor(server: FaultServer, desk: Desk) -> None:
    rows = [{"updated_at": "2026-03-01T11:00:00Z"}, {"updated_at": "2026-03-01T11:59:59Z"}]
    server.says(said_json(rows, {"Date": "Sun, 01 Mar 2026 11:30:00 GMT"}))

    assert desk.one(changing(server.url)).cursor == "2026-03-01T11:00:00Z"


def test_a_damaged_manifest_is_told_and_full_goes_round_it(server: FaultServer, desk: Desk) -> None:
    server.says(updated(1))
    desk.one(changing(server.url))
    (key,) = [key for key in desk.keys if RunKey.parse(key)]
    (desk.root / "object_store" / key).write_text('{"version": 99')

    assert desk.failure(changing(server.url)).message.startswith(f"manifest {key} is damaged")
    assert desk.one(changing(server.url), full=True).cursor == DAY(1)


def test_the_facts_are_json(server: FaultServer, desk: Desk) -> None:
    server.says(updated(1))

    facts = json.loads(json.dumps(asdict(desk.ingest(changing(server.url)))))

    assert facts["streams"][0]["cursor"] == DAY(1)


def test_a_total_that_falls_leaves_the_cursor_where_it_was(server: FaultServer, desk: Desk) -> None:
    """A record went away while pages were fetched: the one at the head of the second page was never seen."""
    days = {"1": (1, 2), "2": (4,)}

    def page(number: str, total: int) -> bytes:
        return said_json({"total": total, "data": [{"id": day, "updated_at": DAY(day)} for day in days[number]]})

    source = shop(
        server.url,
        records="data",
        pages=PageNumber(size=2, total="total"),
        since=Cursor("updated_at", param="since"),
    )
    server.says(page("1", 4), page("2", 3))

    facts = desk.one(source)

    assert facts.cursor is None
    assert "the total fell from 4 to 3" in facts.warnings[0]
    assert "the cursor stays at None" in facts.warnings[-1]
