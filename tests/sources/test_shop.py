"""The shop's Source against the bundled API: everything fits except what is declared not to."""

from collections.abc import Iterator
from decimal import Decimal

import httpx
import pytest

from minidata.core.auths import ApiKey
from minidata.core.bodies.payload import parse, records_of
from minidata.core.fitting.checking import Checked, checker_of
from minidata.core.pages import NextCursor, NextUrl, PageNumber, SinglePage
from minidata.demo.endpoints import KEY_HEADER, PREFIX
from minidata.demo.flaws import BREAKS, STREAMS, expected_flaws
from minidata.demo.records import DemoShop
from minidata.demo.server import DEFAULT_PORT, serve
from minidata.sources import SOURCES
from minidata.sources.shop import shop as source

SHOP = DemoShop(orders=1_500)


@pytest.fixture(scope="module")
def api() -> Iterator[httpx.Client]:
    with (
        serve(SHOP, api_key="k") as served,
        httpx.Client(base_url=served.url, headers={KEY_HEADER: "k"}) as client,
    ):
        yield client


def bodies(api: httpx.Client, name: str) -> Iterator[bytes]:
    """The bodies of the stream *name*, paged as its Source says."""
    stream = source.stream(name)
    asked: httpx.Request | None = api.build_request("GET", stream.path, params={**stream.params})
    while asked:
        answer = api.send(asked)
        yield answer.content
        asked = following(api, name, answer)


def following(api: httpx.Client, name: str, answer: httpx.Response) -> httpx.Request | None:
    stream, document, url = source.stream(name), answer.json(), answer.request.url
    match stream.pages:
        case PageNumber() as pages if len(document["data"]) > 0:
            page = int(url.params.get(pages.param, pages.first)) + 1
            return api.build_request("GET", url.copy_set_param(pages.param, page))
        case NextCursor() as pages if document[pages.field]:
            return api.build_request("GET", url.copy_set_param(pages.param, document[pages.field]))
        case NextUrl() as pages if document[pages.field]:
            return api.build_request("GET", document[pages.field])
        case _:
            return None


def pages(api: httpx.Client, name: str) -> Iterator[Checked]:
    stream = source.stream(name)
    for body in bodies(api, name):
        records = records_of(parse(body), stream.records)
        yield checker_of(stream.row).check(records, suspicious=b"\\u0000" in body)


@pytest.mark.parametrize("name", STREAMS)
def test_everything_fits_except_what_is_declared_not_to(api: httpx.Client, name: str) -> None:
    checked = list(pages(api, name))
    rows = [row for page in checked for row in page.rows]
    reasons = [(reason.code, reason.pointer) for page in checked for reason in page.rejected]

    assert reasons == [(one.code, one.pointer) for one in BREAKS[name]]
    assert {row["id"] for row in rows} == set(range(1, getattr(SHOP, name) + 1))
    assert len(rows) + len(reasons) == expected_flaws(SHOP)[name].fetched


def test_no_field_that_the_api_sends_is_forgotten(api: httpx.Client) -> None:
    for stream in source.streams:
        records = records_of(parse(next(bodies(api, stream.name))), stream.records)

        assert list(records[0]) == [column.name for column in stream.columns]


def test_money_arrives_to_the_cent(api: httpx.Client) -> None:
    rows = [row for page in pages(api, "orders") for row in page.rows]

    for row in rows:
        assert row["total"] == sum(item["quantity"] * item["unit_price"] for item in row["items"])
        assert type(row["total"]) in {int, Decimal}


def test_the_source_says_what_the_server_does() -> None:
    assert source.base_url == f"http://127.0.0.1:{DEFAULT_PORT}{PREFIX}"
    assert isinstance(source.auth, ApiKey)
    assert source.auth.header == KEY_HEADER
    assert [stream.name for stream in source.streams] == [*STREAMS]
    assert {type(stream.pages) for stream in source.streams} == {PageNumber, SinglePage, NextCursor, NextUrl}


def test_an_order_in_another_currency_is_noticed(api: httpx.Client) -> None:
    body = next(bodies(api, "orders")).replace(b'"EUR"', b'"USD"', 1)

    page = checker_of(source.stream("orders").row).check(records_of(parse(body), "data"))

    assert [(reason.record, reason.code, reason.pointer) for reason in page.rejected] == [
        (0, "OUT_OF_RANGE", "/currency")
    ]


def test_each_built_in_source_is_found_by_its_name() -> None:
    assert {name: one.name for name, one in SOURCES.items()} == {name: name for name in ("shop", "usgs", "github")}


@pytest.mark.parametrize("orders", [100, 5_000])
def test_a_flawed_shop_of_any_size_is_within_what_its_source_lets_pass(orders: int) -> None:
    for name, expected in expected_flaws(DemoShop(orders=orders)).items():
        assert expected.broken <= (source.stream(name).max_quarantined or 0)
