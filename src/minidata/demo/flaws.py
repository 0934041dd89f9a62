"""
What is wrong with the shop's answers, on purpose: the flaws that real APIs have, always the same.

- One order is listed twice in a row. Where pages of orders hold a divisor of 1,000 (in a smaller shop: of half its
  orders), that is the last record of one page and the first of the next.
- One order is listed again at the very end, moved on in the meantime: another status, a later updated_at.
- BREAKS: records that break their contract. They are extra, with ids above all others, so nothing refers to them.

`expected_flaws` counts them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from minidata.demo.records import END, DemoShop, Record

# After the record of which number (0: before all) something extra is listed.
Extra = tuple[int, Any]

REPEATED_ORDER = 1_000
STREAMS = ("customers", "products", "orders", "refunds")
_NEXT_STATUS = {"placed": "shipped", "shipped": "delivered", "delivered": "returned"}


@dataclass(frozen=True, slots=True)
class Break:
    """
    One way in which a record breaks its contract; *spoil* makes such a record from a good one.

    *code* and *pointer* are what the quarantine says of it when it is read as sources/shop.py declares it.
    """

    what: str
    code: str
    pointer: str
    spoil: Callable[[Record], Any]


def _ownerless(order: Record) -> Record:
    return {name: value for name, value in order.items() if name != "customer_id"}


def _zoneless(order: Record) -> Record:
    return {**order, "ordered_at": order["ordered_at"].replace(tzinfo=None)}


BREAKS: Mapping[str, tuple[Break, ...]] = MappingProxyType(
    {
        "customers": (
            Break("a NUL in a text", "NUL_CHAR", "/name", lambda record: {**record, "name": f"{record['name']}\0"}),
        ),
        "products": (),
        "orders": (
            Break("no customer_id", "MISSING", "/customer_id", _ownerless),
            Break("a total as people write it", "WRONG_TYPE", "/total", lambda record: {**record, "total": "12,50 €"}),
            Break("an unknown status", "OUT_OF_RANGE", "/status", lambda record: {**record, "status": "lost"}),
            Break("a time without its zone", "NAIVE_TIME", "/ordered_at", _zoneless),
            Break("a text instead of an object", "NOT_A_ROW", "", lambda record: f"order {record['id']}: see archive"),
        ),
        "refunds": (
            Break("a third decimal place", "PRECISION", "/amount", lambda record: {**record, "amount": 9.999}),
        ),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expected:
    """
    What a whole listing of one stream holds: so many records *fetched*.

    *repeated* of them carry an id that was listed before, and *broken* of them break their contract.
    """

    fetched: int
    repeated: int = 0
    broken: int = 0

    @property
    def rows(self) -> int:
        """How many rows are left, one for each id."""
        return self.fetched - self.repeated - self.broken


def expected_flaws(shop: DemoShop) -> Mapping[str, Expected]:
    """Return, by stream, what somebody gets who lists all of it once, without a filter."""
    return {stream: _expected(shop, stream) for stream in STREAMS}


def extras_of(shop: DemoShop, stream: str) -> tuple[Extra, ...]:
    """Return what *stream* lists besides its records, in the order of its place; nothing for a shop without flaws."""
    if not shop.flaws:
        return ()
    return (*_repeated(shop, stream), *_broken(shop, stream), *_late(shop, stream))


def repeated_order(shop: DemoShop) -> int:
    """Return the number of the order that is listed twice in a row."""
    return REPEATED_ORDER if shop.orders > REPEATED_ORDER else max(1, shop.orders // 2)


def late_order(shop: DemoShop) -> int:
    """Return the number of the order that is listed again at the end, moved on: the newest that can."""
    # One in eight at most has come back, and goes nowhere from there; the last resort is for a shop of a single order.
    return next((n for n in range(shop.orders, 0, -1) if shop.order(n)["status"] in _NEXT_STATUS), 1)


def _expected(shop: DemoShop, stream: str) -> Expected:
    extras = len(extras_of(shop, stream))
    broken = len(_broken(shop, stream)) if shop.flaws else 0
    return Expected(getattr(shop, stream) + extras, repeated=extras - broken, broken=broken)


def _repeated(shop: DemoShop, stream: str) -> tuple[Extra, ...]:
    number = repeated_order(shop)
    return ((number, shop.order(number)),) if stream == "orders" else ()


def _late(shop: DemoShop, stream: str) -> tuple[Extra, ...]:
    if stream != "orders":
        return ()
    order = shop.order(late_order(shop))
    moved = {"status": _NEXT_STATUS.get(order["status"], order["status"]), "updated_at": END}
    return ((shop.orders, {**order, **moved}),)


def _broken(shop: DemoShop, stream: str) -> tuple[Extra, ...]:
    """Spread the broken ones over the listing, behind the repeated one so that they do not shift its page."""
    count: int = getattr(shop, stream)
    first = repeated_order(shop) if stream == "orders" else 0
    breaks = BREAKS[stream] if count else ()  # a shop too young for refunds has no broken ones either
    after = [first + (count - first) * place // (len(breaks) + 1) for place in range(1, len(breaks) + 1)]
    return tuple(
        (number, one.spoil(_extra(shop, stream, number, place)))
        for place, (number, one) in enumerate(zip(after, breaks, strict=True))
    )


def _extra(shop: DemoShop, stream: str, number: int, place: int) -> Record:
    """Return a good record of the time of record *number*, with an id of its own above all others."""
    make = {"customers": shop.customer, "orders": shop.order, "refunds": shop.refund}[stream]
    record: Record = make(max(1, number))
    fresh = getattr(shop, stream) + 1 + place
    return {**record, "id": fresh, **({"number": f"SO-{fresh:08d}"} if stream == "orders" else {})}
