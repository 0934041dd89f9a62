"""What a Stream ignores, and what it does not."""

from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import BaseModel

from drifting import exact
from minidata.core.drifting.finding import drifts
from minidata.core.drifting.outlines import outline_of
from minidata.core.drifting.overlooking import overlook, told
from minidata.core.drifting.seeing import seen_in
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


def left(record: Any, ignore: Sequence[str]) -> set[str]:
    """Where there is drift in *record*."""
    stream = Stream("orders", "/", Order, ignore=tuple(ignore))
    outline = outline_of(Order)
    seen = seen_in(exact([record]), outline, "1")
    overlook(seen, stream.ignored)
    return {one.pointer for one in told(drifts(seen, outline), stream.ignored)}


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
    assert left(RECORD, ignore) == ALL - gone
