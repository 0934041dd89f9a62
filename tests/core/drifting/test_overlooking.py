"""What a Stream ignores, and what it does not."""

import pytest
from pydantic import BaseModel

from drifting import remarked
from minidata.core.rows import Row
from minidata.core.source import Stream


class Item(BaseModel):
    price: int


class Order(Row):
    id: int
    items: list[Item]
    shop: Item | None = None


RECORD = {"id": 1, "a/b": 1, "a.b": 2, "api_url": 3, "url": 4, "Url": 5, "other": {"x": 6}}
RECORD |= {"items": [{"price": 1, "tax": 7, "more": {"y": 8}}], "shop": {"price": 1, "tax": 9, "url": 10}}
ALL = {"/a~1b", "/a.b", "/api_url", "/url", "/Url", "/other", "/items/*/tax", "/items/*/more", "/shop/tax", "/shop/url"}


@pytest.mark.parametrize(
    ("ignore", "gone"),
    [
        ([], set()),
        (["a/b"], {"/a~1b"}),
        (["a?b"], {"/a~1b", "/a.b"}),
        (["url"], {"/url"}),
        (["*url"], {"/api_url", "/url"}),
        (["*.url", "other"], {"/shop/url", "/other"}),
        (["other.*"], set()),
        (["items.*.tax"], {"/items/*/tax"}),
        (["items"], {"/items/*/tax", "/items/*/more"}),
        (["items.0.tax", "items.tax", "tax", "ap"], set()),
        (["shop.t*", "items.*.m[no]re"], {"/shop/tax", "/items/*/more"}),
        (["*"], ALL),
    ],
)
def test_what_is_ignored_and_nothing_else_is_not_told(ignore: list[str], gone: set[str]) -> None:
    found = remarked(Stream("orders", "/", Order, ignore=tuple(ignore)), [RECORD])

    assert {pointer for _, pointer in found} == ALL - gone
