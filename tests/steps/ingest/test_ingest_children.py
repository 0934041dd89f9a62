"""ingest: a Stream that is asked for once for each record of another."""

from typing import Any

import pytest

from faults import FaultServer, Heard, Saying, said, said_json
from ingesting import Desk, Order
from minidata.core.pages import NextCursor
from minidata.core.source import Parent, Source, Stream
from minidata.steps.ingest import Ingested, IngestedStream


@pytest.fixture
def desk(hasty: Desk) -> Desk:
    return hasty


def api(orders: list[dict[str, Any]], broken: str = "") -> Any:
    """Orders, and two pages of refunds for each."""

    def saying(heard: Heard) -> Saying:
        if heard.path == "/orders":
            return said_json(orders)
        if heard.path == broken:
            return said(status=500)
        second = "cursor" in heard.query
        return said_json({"data": [{"id": 2 if second else 1}], **({} if second else {"next_cursor": "2"})})

    return saying


def shop(url: str, **parent: Any) -> Source:
    parents = Parent("orders", fields={"order_id": "id"}, **parent)
    refunds = Stream(
        "refunds", path="/orders/{order_id}/refunds", row=Order, records="data", pages=NextCursor(), parent=parents
    )
    return Source("shop", url, (Stream("orders", path="/orders", row=Order, key="id"), refunds))


def refunds(done: Ingested) -> IngestedStream:
    assert done.failures == ()
    return next(one for one in done.streams if one.stream == "refunds")


def paths(server: FaultServer) -> list[str]:
    return sorted(heard.target for heard in server.heard if "refunds" in heard.path)


def test_each_parent_is_asked_for_its_children(server: FaultServer, desk: Desk) -> None:
    server.says(api([{"id": 7}, {"id": 8}]))

    facts = refunds(desk.ingest(shop(server.url)))

    assert paths(server) == [
        "/orders/7/refunds",
        "/orders/7/refunds?cursor=2",
        "/orders/8/refunds",
        "/orders/8/refunds?cursor=2",
    ]
    assert (facts.pages, facts.records) == (4, 4)
    manifest = next(one for one in desk.manifests if one.stream == "refunds")
    assert sorted(page.context["order_id"] for page in manifest.pages) == [7, 7, 8, 8]


def test_parents_of_all_runs_are_asked_once(server: FaultServer, desk: Desk) -> None:
    server.says(api([{"id": 7}]))
    desk.ingest(shop(server.url))
    server.says(api([{"id": 7}, {"id": 8}]))

    refunds(desk.ingest(shop(server.url)))

    assert len(paths(server)) == 4


def test_only_changed_parents_are_asked_where_that_is_said(server: FaultServer, desk: Desk) -> None:
    source = shop(server.url, changed_only=True)
    server.says(api([{"id": 7}]))
    desk.ingest(source)
    server.says(api([{"id": 8}]))

    refunds(desk.ingest(source))

    assert paths(server) == ["/orders/8/refunds", "/orders/8/refunds?cursor=2"]


def test_no_parents_is_a_run_without_pages(server: FaultServer, desk: Desk) -> None:
    server.says(api([]))

    assert refunds(desk.ingest(shop(server.url))).pages == 0


def test_a_name_is_never_a_path(server: FaultServer, desk: Desk) -> None:
    server.says(api([{"id": "../admin?x=1#y"}]))

    refunds(desk.ingest(shop(server.url)))

    assert paths(server)[0] == "/orders/..%2Fadmin%3Fx%3D1%23y/refunds"


def test_a_record_without_the_field_is_no_parent(server: FaultServer, desk: Desk) -> None:
    server.says(api([{"id": None}, {}, {"id": 7}]))

    assert refunds(desk.ingest(shop(server.url))).pages == 2


def test_parents_that_are_done_are_not_asked_again_after_an_interruption(server: FaultServer, desk: Desk) -> None:
    orders = [{"id": number} for number in range(1, 8)]
    server.says(api(orders, broken="/orders/5/refunds"))
    assert desk.ingest(shop(server.url)).failures
    server.says(api(orders))

    facts = refunds(desk.ingest(shop(server.url)))

    assert facts.resumed
    assert (facts.pages, facts.records) == (14, 14)
    assert "/orders/1/refunds" not in paths(server)
    assert "/orders/5/refunds" in paths(server)
