"""What somebody gets who pages through the bundled API over HTTP, flaws included."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from minidata.demo.flaws import BREAKS, expected_flaws, late_order, repeated_order
from minidata.demo.params import cursor_of
from minidata.demo.records import END, START, DemoShop
from minidata.demo.server import serve

Page = list[Any]


def pages_of_customers(client: httpx.Client, size: int, **params: str) -> Iterator[Page]:
    number = 1
    while page := client.get("/customers", params={"page": number, "per_page": size, **params}).json()["data"]:
        yield page
        number += 1


def pages_of_orders(client: httpx.Client, size: int, **params: str) -> Iterator[Page]:
    answer = client.get("/orders", params={"limit": size, **params}).json()
    yield answer["data"]
    while cursor := answer["next_cursor"]:
        answer = client.get("/orders", params={"limit": size, "cursor": cursor, **params}).json()
        yield answer["data"]


def pages_of_refunds(client: httpx.Client, size: int) -> Iterator[Page]:
    answer = client.get("/refunds", params={"limit": size}).json()
    yield answer["data"]
    while answer["next"]:
        answer = client.get(answer["next"]).json()
        yield answer["data"]


def pages_of_products(client: httpx.Client, _: int) -> Iterator[Page]:
    yield client.get("/products").json()["data"]


PAGES: dict[str, Callable[..., Iterator[Page]]] = {
    "customers": pages_of_customers,
    "products": pages_of_products,
    "orders": pages_of_orders,
    "refunds": pages_of_refunds,
}


def records(pages: Iterator[Page]) -> list[Any]:
    return [record for page in pages for record in page]


def updated(record: Any) -> datetime:
    return datetime.fromisoformat(record["updated_at"])


@pytest.mark.parametrize("stream", PAGES)
@pytest.mark.parametrize("size", [7, 100, 1_000])
def test_every_record_is_on_some_page(client: httpx.Client, shop: DemoShop, stream: str, size: int) -> None:
    listed = records(PAGES[stream](client, size))
    expected = expected_flaws(shop)[stream]
    own = [r["id"] for r in listed if isinstance(r, dict) and r["id"] <= getattr(shop, stream)]

    assert len(listed) == expected.fetched
    assert set(own) == set(range(1, expected.rows + 1))
    assert len(own) - len(set(own)) == expected.repeated
    assert len(listed) - len(own) == expected.broken == len(BREAKS[stream])


@pytest.mark.parametrize("stream", PAGES)
def test_without_flaws_every_record_is_there_once(stream: str) -> None:
    shop = DemoShop(orders=300, flaws=False)
    with serve(shop, api_key="k") as api, httpx.Client(base_url=api.url, headers={"X-Api-Key": "k"}) as client:
        listed = records(PAGES[stream](client, 50))

    assert [record["id"] for record in listed] == list(range(1, getattr(shop, stream) + 1))
    assert expected_flaws(shop)[stream].fetched == len(listed)


def test_customers_say_which_page_of_how_many_records(client: httpx.Client, shop: DemoShop) -> None:
    answer = client.get("/customers", params={"page": 2, "per_page": 10}).json()

    assert (answer["page"], answer["total"], len(answer["data"])) == (2, shop.customers + 1, 10)


@pytest.mark.parametrize("size", [100, 500, 1_000])
def test_one_order_is_the_last_of_a_page_and_the_first_of_the_next(client: httpx.Client, size: int) -> None:
    repeats = [after[0] for before, after in pairwise(pages_of_orders(client, size)) if before[-1] == after[0]]

    assert [order["id"] for order in repeats] == [1_000]


def test_one_order_is_listed_again_at_the_end_with_a_later_status(client: httpx.Client, shop: DemoShop) -> None:
    *before, last = records(pages_of_orders(client, 1_000))
    (first,) = (order for order in before if isinstance(order, dict) and order["id"] == last["id"])

    assert last["id"] == late_order(shop)
    assert last["status"] != first["status"]
    assert updated(last) > updated(first)
    assert {**last, "status": first["status"], "updated_at": first["updated_at"]} == first


@pytest.mark.parametrize("stream", ["customers", "orders"])
@pytest.mark.parametrize("moment", [START, END - timedelta(days=300), END - timedelta(days=3), END, END + timedelta(1)])
def test_updated_since_lists_exactly_what_was(client: httpx.Client, stream: str, moment: datetime) -> None:
    everything = [record for record in records(PAGES[stream](client, 1_000)) if isinstance(record, dict)]

    listed = records(PAGES[stream](client, 100, updated_since=moment.isoformat()))

    assert listed == [record for record in everything if updated(record) >= moment]


@pytest.mark.parametrize("stream", ["customers", "orders"])
def test_updated_since_includes_the_very_moment(client: httpx.Client, stream: str) -> None:
    some = next(PAGES[stream](client, 50))[42]

    listed = records(PAGES[stream](client, 1_000, updated_since=some["updated_at"]))
    later = records(PAGES[stream](client, 1_000, updated_since=str(updated(some) + timedelta(microseconds=1))))

    assert some in listed
    assert some not in later


@pytest.mark.parametrize("days", [1, 30, 300])
def test_updated_before_lists_exactly_what_was_until_then(client: httpx.Client, days: int) -> None:
    since, before = END - timedelta(days=400), END - timedelta(days=400 - days)
    everything = [record for record in records(pages_of_orders(client, 1_000)) if isinstance(record, dict)]

    asked = {"updated_since": since.isoformat(), "updated_before": before.isoformat()}
    listed = records(pages_of_orders(client, 10, **asked))

    assert listed == [record for record in everything if since <= updated(record) < before]
    assert listed


def test_the_total_of_customers_counts_what_the_filter_lets_through(client: httpx.Client) -> None:
    params = {"updated_since": (END - timedelta(days=200)).isoformat(), "per_page": "10"}

    total = client.get("/customers", params=params).json()["total"]

    assert total == len(records(pages_of_customers(client, 1_000, updated_since=params["updated_since"])))


def test_what_refers_to_broken_records_is_nothing(client: httpx.Client, shop: DemoShop) -> None:
    good = {n: shop.order(n)["customer_id"] for n in range(1, shop.orders + 1)}
    refunded = Counter(refund["order_id"] for refund in records(pages_of_refunds(client, 1_000))[:-1])

    assert max(good.values()) <= shop.customers
    assert max(refunded) <= shop.orders


@pytest.mark.parametrize("orders", [1, 2, 7, 8, 20, 999, 1_000, 1_001])
def test_a_shop_of_any_size_has_its_flaws(orders: int) -> None:
    shop = DemoShop(orders=orders)
    with serve(shop, api_key="k") as api, httpx.Client(base_url=api.url, headers={"X-Api-Key": "k"}) as client:
        listed = {stream: records(PAGES[stream](client, 100)) for stream in PAGES}

    assert {s: len(found) for s, found in listed.items()} == {s: e.fetched for s, e in expected_flaws(shop).items()}
    assert 1 <= repeated_order(shop) <= orders


@pytest.mark.parametrize("orders", [1, 2, 7, 8, 20])
def test_a_late_update_is_found_though_no_order_is_recent(orders: int) -> None:
    shop = DemoShop(orders=orders)
    with serve(shop, api_key="k") as api, httpx.Client(base_url=api.url, headers={"X-Api-Key": "k"}) as client:
        listed = records(pages_of_orders(client, 10, updated_since=END.isoformat()))

    assert [order["id"] for order in listed] == [late_order(shop)]


def test_the_end_of_ten_million_orders_comes_at_once() -> None:
    """Would take minutes, and gigabytes, if anything were made that is not asked for."""
    shop = DemoShop(orders=10_000_000)
    with serve(shop, api_key="k") as api, httpx.Client(base_url=api.url, headers={"X-Api-Key": "k"}) as client:
        customers = client.get("/customers", params={"page": 1_250, "per_page": 1_000}).json()
        orders = client.get("/orders", params={"cursor": cursor_of(shop.orders)}).json()
        refunds = client.get("/refunds", params={"after": shop.refunds - 5}).json()

    assert customers["total"] == 1_250_001
    assert customers["data"][0]["id"] == 1_249_000
    assert (len(orders["data"]), orders["next_cursor"]) == (7, None)
    assert (len(refunds["data"]), refunds["next"]) == (6, None)
