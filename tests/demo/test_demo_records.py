"""The shop's records: computed from seed and number, and consistent with each other."""

import json
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.errors import ConfigError
from minidata.demo.records import END, SETTLED, START, DemoShop

SHOP = DemoShop(orders=4_000)
ORDERS = {number: SHOP.order(number) for number in range(1, SHOP.orders + 1)}
SHOPS = st.builds(DemoShop, seed=st.integers(0, 9), orders=st.integers(1, 3_000))


def as_sent(record: Any) -> Any:
    """The record as an exact reader of its JSON sees it."""
    return json.loads(orjson.dumps(record), parse_float=Decimal)


def test_the_same_seed_makes_the_same_shop() -> None:
    again, other = DemoShop(seed=42, orders=4_000), DemoShop(seed=43, orders=4_000)

    assert again.order(77) == ORDERS[77]
    assert other.order(77) != ORDERS[77]


def test_a_record_is_the_same_on_every_machine() -> None:
    """Written down, so that a change of the generator is seen: people compare figures of the demo."""
    order = as_sent(SHOP.order(1))

    assert (order["customer_id"], order["status"], str(order["total"])) == (1, "delivered", "194.0")
    assert order["ordered_at"] == "2024-03-01T06:18:39+00:00"


@given(SHOPS, st.data())
def test_a_total_is_exactly_the_sum_of_its_items(shop: DemoShop, data: st.DataObject) -> None:
    order = as_sent(shop.order(data.draw(st.integers(1, shop.orders))))

    assert order["total"] == sum(item["quantity"] * item["unit_price"] for item in order["items"])
    assert order["total"] == round(order["total"], 2)


@given(SHOPS, st.data())
def test_an_order_refers_to_what_is_there(shop: DemoShop, data: st.DataObject) -> None:
    order = shop.order(data.draw(st.integers(1, shop.orders)))
    products = [item["product_id"] for item in order["items"]]

    assert shop.customer(order["customer_id"])["created_at"] <= order["ordered_at"]
    assert all(1 <= product <= shop.products for product in products)
    assert len(set(products)) == len(products)


@given(SHOPS, st.data())
def test_every_record_is_younger_than_the_shop_and_settles_in_time(shop: DemoShop, data: st.DataObject) -> None:
    order = shop.order(data.draw(st.integers(1, shop.orders)))
    customer = shop.customer(data.draw(st.integers(1, shop.customers)))

    assert START <= order["ordered_at"] <= order["updated_at"] < END
    assert START <= customer["created_at"] <= customer["updated_at"] < END
    assert order["updated_at"] - order["ordered_at"] < SETTLED
    assert customer["updated_at"] - customer["created_at"] < SETTLED


@given(SHOPS)
def test_a_refund_is_for_an_item_of_a_returned_order(shop: DemoShop) -> None:
    for number in range(1, shop.refunds + 1):
        refund = as_sent(shop.refund(number))
        order = as_sent(shop.order(refund["order_id"]))
        item = order["items"][0]

        assert order["status"] == "returned"
        assert item["product_id"] == refund["product_id"]
        assert refund["amount"] == refund["quantity"] * item["unit_price"] <= order["total"]
        assert order["updated_at"] <= refund["refunded_at"] < END.isoformat()


def test_each_returned_order_has_one_refund() -> None:
    returned = [number for number, order in ORDERS.items() if order["status"] == "returned"]

    assert sorted(SHOP.refund(number)["order_id"] for number in range(1, SHOP.refunds + 1)) == returned


def test_orders_and_customers_are_numbered_in_the_order_of_time() -> None:
    ordered = [order["ordered_at"] for order in ORDERS.values()]
    joined = [SHOP.joined_at(number) for number in range(1, SHOP.customers + 1)]

    assert all(before <= after for times in (ordered, joined) for before, after in pairwise(times))
    assert [SHOP.ordered_at(number) for number in ORDERS] == ordered


def test_there_is_something_to_find_out_about_the_shop() -> None:
    status = Counter(order["status"] for order in ORDERS.values())
    by_customer = Counter(order["customer_id"] for order in ORDERS.values())
    returned = Counter(
        SHOP.product(SHOP.refund(number)["product_id"])["category"] for number in range(1, SHOP.refunds + 1)
    )
    months = Counter(f"{order['ordered_at']:%Y-%m}" for order in ORDERS.values())

    assert set(status) == {"placed", "shipped", "delivered", "returned"}
    assert max(by_customer.values()) > 5 * (SHOP.orders / SHOP.customers)
    assert returned["shoes"] > 2 * returned["books"]
    assert len(months) == 22
    assert months["2025-12"] > 2 * months["2024-03"]


def test_an_order_is_about_three_hundred_bytes() -> None:
    assert 250 <= len(orjson.dumps(list(ORDERS.values()))) / len(ORDERS) <= 330


def test_texts_are_of_many_scripts() -> None:
    text = "".join(SHOP.customer(number)["name"] for number in range(1, SHOP.customers + 1))

    assert {"ß", "ł", "כ", "ع", "さ", "\u0302", "𠮷", "'", '"', "\\"} <= set(text)


def test_the_last_of_a_hundred_million_orders_comes_at_once() -> None:
    shop = DemoShop(orders=100_000_000)

    assert shop.order(shop.orders)["id"] == 100_000_000
    assert shop.refund(shop.refunds)["order_id"] <= shop.orders
    assert shop.products == 1_000


@pytest.mark.parametrize("orders", [0, -1, 100_000_001])
def test_a_shop_of_no_size_is_refused(orders: int) -> None:
    with pytest.raises(ConfigError, match="between 1 and 100,000,000 orders"):
        DemoShop(orders=orders)
