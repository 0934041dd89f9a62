"""
The shop's records, each computed from the seed and its number: any size needs no memory, any page comes at once.

Orders are numbered in the order of time. Money is reckoned in cents and written with two places; a total is the exact
sum of its items. One order in each block of eight comes back, and its refund has the block's number.
"""

import math
import struct
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from typing import Any

from minidata.core.errors import ConfigError
from minidata.demo.words import GOODS, NOTES, PEOPLE, REASONS, RETURN_RISK, VARIANTS

Record = dict[str, Any]

# The shop opened at START, and it is END there for ever.
START = datetime(2024, 3, 1, tzinfo=UTC)
END = datetime(2026, 1, 1, tzinfo=UTC)
# No record changes later than this after it was made; filters by time rest on it.
SETTLED = timedelta(days=30)
MAX_ORDERS = 100_000_000

_SPAN = (END - START).total_seconds()
_DAY = 86_400
_BLOCK = 8
_ORDERS_PER_CUSTOMER = 8
_QUANTITIES = (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 5)
_ITEMS = (1, 1, 1, 2, 2, 2, 3, 3)
_CHANNELS = ("web", "web", "app", "store")
_draws = struct.Struct("<16H").unpack


@dataclass(frozen=True)
class DemoShop:
    """
    A shop with so many *orders* and as many customers, products and refunds as go with them.

    Records are numbered from 1 and are dicts as orjson writes them: money as float with two places, instants as aware
    datetimes. With *flaws* the API that shows them adds those of flaws.py; the records made here are without.
    """

    seed: int = 42
    orders: int = 5_000
    flaws: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.orders <= MAX_ORDERS:
            raise ConfigError(f"a demo shop has between 1 and {MAX_ORDERS:,} orders, not {self.orders:,}")

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return -(-self.orders // _ORDERS_PER_CUSTOMER)

    @property
    def products(self) -> int:
        """How many products there are: few, whatever the orders."""
        return 60 + min(self.orders // 1_000, 940)

    @cached_property
    def refunds(self) -> int:
        """How many refunds there are: one for each block of orders in which nothing can change any more."""
        return bisect_left(range(1, self.orders + 1), END - SETTLED, key=self.ordered_at) // _BLOCK

    def customer(self, number: int) -> Record:
        """Return the customer *number*, who joined before ordering anything."""
        draw = self._draw(b"customer", number)
        country, given, family = PEOPLE[draw[1] % len(PEOPLE)]
        joined = self.joined_at(number)
        changed = joined + timedelta(seconds=draw[2] * 38) if draw[3] % 3 == 0 else joined
        return {
            "id": number,
            "name": f"{given[draw[4] % len(given)]} {family[draw[5] % len(family)]}",
            "email": f"customer.{number}@example.com",
            "country": country,
            "newsletter": draw[6] % 2 == 0,
            "created_at": joined,
            "updated_at": changed if changed < END else joined,
        }

    def product(self, number: int) -> Record:
        """Return the product *number*."""
        draw = self._draw(b"product", number)
        name, category, _ = GOODS[(number - 1) % len(GOODS)]
        variant = (number - 1) // len(GOODS)
        return {
            "id": number,
            "sku": f"{category[:3].upper()}-{number:05d}",
            "name": f"{name}, {VARIANTS[variant % len(VARIANTS)]}" + f" {variant}" * (variant >= len(VARIANTS)),
            "category": category,
            "price": self._prices[number - 1] / 100,
            "weight_grams": 20 + draw[1] % 4_000 if draw[2] % 8 else None,
            "active": draw[3] % 16 != 0,
            "tags": ["new", "сезон", "🎁"][: draw[4] % 4],
        }

    def order(self, number: int) -> Record:
        """Return the order *number*, of a customer who has joined by then."""
        draw = self._draw(b"order", number)
        ordered = self._ordered(number, draw[0])
        came_back = number == self._returned_in((number - 1) // _BLOCK)
        status, updated = _progress(ordered, draw[3], came_back=came_back)
        items, cents = self._items(draw, came_back=came_back)
        return {
            "id": number,
            "number": f"SO-{number:08d}",
            "customer_id": self._customer_of(number, draw[1], draw[2]),
            "status": status,
            "channel": _CHANNELS[draw[2] >> 14],
            "currency": "EUR",
            "ordered_at": ordered,
            "updated_at": updated,
            "total": cents / 100,
            "note": NOTES[draw[12] % len(NOTES)] if draw[4] >> 13 == 0 else None,
            "items": items,
        }

    def refund(self, number: int) -> Record:
        """Return the refund *number*: for one item of a returned order, all of it or fewer pieces."""
        draw = self._draw(b"refund", number)
        order = self.order(self._returned_in(number - 1))
        item = order["items"][0]
        pieces = 1 + draw[0] % item["quantity"]
        return {
            "id": number,
            "order_id": order["id"],
            "product_id": item["product_id"],
            "quantity": pieces,
            "amount": pieces * round(item["unit_price"] * 100) / 100,
            "reason": REASONS[draw[1] % len(REASONS)] if draw[2] % 4 else None,
            "refunded_at": order["updated_at"] + timedelta(milliseconds=draw[3] * 5_000 + draw[4] % 1_000),
        }

    def joined_at(self, number: int) -> datetime:
        """Return when the customer *number* joined: never before the one of a lesser number."""
        jitter = self._draw(b"customer", number)[0] / 65_536
        return _moment(max(0.0, (number - 2 + jitter) / self.customers))

    def ordered_at(self, number: int) -> datetime:
        """Return when the order *number* was placed: never before the one of a lesser number."""
        return self._ordered(number, self._draw(b"order", number)[0])

    def _draw(self, stream: bytes, number: int) -> tuple[int, ...]:
        """Return sixteen numbers below 65,536 that depend on nothing but the seed, the stream and the number."""
        return _draws(blake2b(b"%b %d %d" % (stream, self.seed, number), digest_size=32).digest())

    def _ordered(self, number: int, jitter: int) -> datetime:
        return _moment((number - 1 + jitter / 65_536) / self.orders)

    def _customer_of(self, number: int, age: int, habit: int) -> int:
        """Choose among those who have joined: the newer the likelier, and every seventh is a regular."""
        joined = self.customers * (number - 1) // self.orders + 1
        chosen = joined - (joined * age**3 >> 48)
        return max(1, chosen - chosen % 7) if habit % 4 == 0 else chosen

    def _returned_in(self, block: int) -> int:
        """Return the number of the order that comes back in a block of orders; 0 while that is not settled."""
        if block >= self.refunds:
            return 0
        return block * _BLOCK + 1 + self._draw(b"return", block)[0] % _BLOCK

    def _items(self, draw: tuple[int, ...], *, came_back: bool) -> tuple[list[Record], int]:
        """Return an order's items, each of another product, and their sum in cents."""
        prices, count = self._prices, _ITEMS[draw[4] % 8]
        items: list[Record] = []
        chosen: list[int] = []
        total = 0
        for place in range(count):
            product = self._product_of(draw[5 + place], draw[11] if came_back and not place else None)
            while product in chosen:
                product = product % self.products + 1
            chosen.append(product)
            bits = draw[8 + place]
            quantity, price = _QUANTITIES[bits % 16], prices[product - 1]
            if bits >> 13 == 0:  # a tenth off, now and then: what was paid is not what it costs today
                price -= price // 10
            total += quantity * price
            items.append({"product_id": product, "quantity": quantity, "unit_price": price / 100})
        return items, total

    def _product_of(self, draw: int, other: int | None) -> int:
        """Choose a product, some being much more popular; what comes back is the riskier one of two."""
        product = 1 + (self.products * draw * draw >> 32)
        if other is None:
            return product
        return max(product, 1 + (self.products * other * other >> 32), key=_risk)

    @cached_property
    def _prices(self) -> tuple[int, ...]:
        """What each product costs today, in cents. The only thing kept: there are at most a thousand."""
        return tuple(
            GOODS[(number - 1) % len(GOODS)][2] + self._draw(b"product", number)[0] % 900
            for number in range(1, self.products + 1)
        )


def _moment(share: float) -> datetime:
    """Return when that *share* of all business (0 up to 1) is done; it grows threefold from START to END."""
    return START + timedelta(seconds=int(_SPAN * (math.sqrt(0.25 + 2 * share) - 0.5)))


def _progress(ordered: datetime, draw: int, *, came_back: bool) -> tuple[str, datetime]:
    """Return how far an order has come by END, and when it last moved: always before END and within SETTLED."""
    age = END - ordered
    if came_back:
        return "returned", ordered + timedelta(seconds=6 * _DAY + draw * 25)
    if age < timedelta(days=2):
        return "placed", ordered
    if age < timedelta(days=6):
        return "shipped", ordered + timedelta(seconds=_DAY + draw)
    return "delivered", ordered + timedelta(seconds=2 * _DAY + draw * 5)


def _risk(product: int) -> int:
    return RETURN_RISK[GOODS[(product - 1) % len(GOODS)][1]]
