"""The bundled API (`minidata demo-api`): a shop with customers, products, orders and refunds."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from minidata.core.auths import ApiKey
from minidata.core.pages import NextCursor, NextUrl, PageNumber, SinglePage
from minidata.core.rows import Row
from minidata.core.source import Cursor, Source, Stream

Money = Annotated[Decimal, Field(max_digits=12, decimal_places=2)]

# The shop is known to send a handful of broken records, whatever its size. They are kept in quarantine; more than ten
# at once would be news.
_KNOWN_FLAWS = 10


class Customer(Row):
    id: int
    name: str = Field(description="As the customer writes it, in whatever script.")
    email: str
    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")
    newsletter: bool = Field(description="Whether the customer wants mail from us.")
    created_at: AwareDatetime = Field(description="When the customer joined: never after the first order.")
    updated_at: AwareDatetime


class Product(Row):
    id: int
    sku: str = Field(description="What the warehouse calls it.")
    name: str
    category: str
    price: Money = Field(ge=0, description="What one piece costs today, in EUR; orders keep what was paid.")
    weight_grams: int | None = Field(ge=0, description="Null where nobody has weighed it.")
    active: bool = Field(description="Whether it can still be ordered.")
    tags: list[str]


class Item(Row):
    product_id: int
    quantity: int = Field(ge=1)
    unit_price: Money = Field(ge=0)


class Order(Row):
    id: int
    number: str = Field(description="What the customer calls it: SO- and eight digits.")
    customer_id: int
    status: Literal["placed", "shipped", "delivered", "returned"]
    channel: Literal["web", "app", "store"] = Field(description="Where it was ordered.")
    # Reports add totals up: an order in another currency shall be noticed, not added.
    currency: Literal["EUR"]
    ordered_at: AwareDatetime
    updated_at: AwareDatetime = Field(description="When the status last changed.")
    total: Money = Field(ge=0, description="The sum over the items of quantity times unit_price, exactly.")
    note: str | None = Field(description="What the customer wants to tell the courier.")
    items: list[Item] = Field(min_length=1, description="A product each: product_id, quantity, unit_price.")


class Refund(Row):
    id: int
    order_id: int = Field(description="An order with the status returned.")
    product_id: int = Field(description="One of the order's items.")
    quantity: int = Field(ge=1, description="How many pieces came back.")
    amount: Money = Field(ge=0, description="What was paid back, in EUR.")
    reason: str | None = Field(description="As the customer gave it; null where none was given.")
    refunded_at: AwareDatetime


shop = Source(
    name="shop",
    base_url="http://127.0.0.1:8765/v1",
    auth=ApiKey(header="X-Api-Key", secret="SHOP_API_KEY"),  # noqa: S106 - its name, not the secret
    description="The bundled demo shop; `minidata demo-api` serves it",
    streams=(
        Stream(
            "customers",
            path="/customers",
            row=Customer,
            key="id",
            records="data",
            pages=PageNumber(size=500, total="total"),
            since=Cursor("updated_at", param="updated_since"),
            max_quarantined=_KNOWN_FLAWS,
        ),
        Stream("products", path="/products", row=Product, key="id", records="data", pages=SinglePage()),
        Stream(
            "orders",
            path="/orders",
            row=Order,
            key="id",
            records="data",
            pages=NextCursor(size=500),
            since=Cursor("updated_at", param="updated_since", until="updated_before"),
            max_quarantined=_KNOWN_FLAWS,
        ),
        Stream(
            "refunds",
            path="/refunds",
            row=Refund,
            key="id",
            records="data",
            params={"limit": 500},
            pages=NextUrl(),
            max_quarantined=_KNOWN_FLAWS,
        ),
    ),
)
