"""The bundled API, served for real."""

from collections.abc import Iterator

import httpx
import pytest

from minidata.demo.records import DemoShop
from minidata.demo.server import serve


@pytest.fixture(scope="session")
def shop() -> DemoShop:
    return DemoShop(orders=2_400)


@pytest.fixture(scope="session")
def client(shop: DemoShop) -> Iterator[httpx.Client]:
    """A client of *shop* that has the key."""
    with (
        serve(shop, api_key="the key") as api,
        httpx.Client(base_url=api.url, headers={"X-Api-Key": "the key"}) as client,
    ):
        yield client
