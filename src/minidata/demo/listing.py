"""
The order in which an endpoint lists its records, flaws included, without holding them.

A *place* counts from 0 through everything that is listed. Records are numbered from 1 and listed by their numbers.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain, islice, takewhile
from typing import Any

from minidata.demo.flaws import Extra, extras_of
from minidata.demo.records import SETTLED, DemoShop, Record


@dataclass(frozen=True)
class Listing:
    """*count* records as *make* makes them from their numbers, with the *extras* where they belong."""

    make: Callable[[int], Record]
    count: int
    extras: tuple[Extra, ...] = ()

    def __len__(self) -> int:
        return self.count + len(self.extras)

    def walk(self, start: int = 0) -> Iterator[tuple[int, Any]]:
        """Yield each place from *start* on with what is listed there."""
        number = start - sum(place < start for place in self._extras_by_place)
        for place in range(start, len(self)):
            if place in self._extras_by_place:
                yield place, self._extras_by_place[place]
            else:
                number += 1
                yield place, self.make(number)

    def page(self, start: int, size: int) -> list[Any]:
        """Return up to *size* records from the place *start* on."""
        return [record for _, record in islice(self.walk(start), size)]

    def place_of(self, number: int) -> int:
        """Return the place of the record *number*; one more than there are stands for the end."""
        return len(self) if number > self.count else number - 1 + sum(after < number for after, _ in self.extras)

    @cached_property
    def _extras_by_place(self) -> Mapping[int, Any]:
        return {after + index: extra for index, (after, extra) in enumerate(self.extras)}


@dataclass(frozen=True, kw_only=True)
class TimedListing(Listing):
    """
    A Listing that can be asked for what was updated since.

    *made_at* says when the record of a number was made; it never falls as numbers rise. A record is never updated
    before it is made, nor later than SETTLED after that; only the extras behind the last record may be.
    """

    made_at: Callable[[int], datetime]

    def updated(self, since: datetime, start: int = 0, before: datetime | None = None) -> Iterator[tuple[int, Any]]:
        """Yield what was updated at or after *since*, and *before*, from the place *start* on, each with its place."""
        # From the last record at least: what is listed behind it may be newer than all records.
        number = min(self.count, self._first_made(since - SETTLED))
        found = (one for one in self.walk(max(start, self.place_of(number))) if _updated(one[1], since))
        if before is None:
            return found
        end = self.place_of(self._first_made(before))
        return (one for one in takewhile(lambda one: one[0] < end, found) if one[1]["updated_at"] < before)

    def updated_page(self, since: datetime, start: int, size: int) -> tuple[list[Any], int]:
        """
        Return up to *size* of the records updated at or after *since*, *start* of them skipped, and how many there are.

        Costs a month of records: what is older has not changed since, and what was made since counts without a look.
        """
        made_since = self.place_of(self._first_made(since))
        early = [place for place, _ in takewhile(lambda found: found[0] < made_since, self.updated(since))]
        places = islice(chain(early, range(made_since, len(self))), start, start + size)
        return [self.page(place, 1)[0] for place in places], len(early) + len(self) - made_since

    def _first_made(self, moment: datetime) -> int:
        """Return the number of the first record made at or after *moment*; one more than there are when none was."""
        return 1 + bisect_left(range(1, self.count + 1), moment, key=self.made_at)


@dataclass(frozen=True)
class Listings:
    """What the shop's endpoints list."""

    customers: TimedListing
    products: Listing
    orders: TimedListing
    refunds: Listing

    @classmethod
    def of(cls, shop: DemoShop) -> "Listings":
        """Return the listings of *shop*, with the flaws it has."""
        return cls(
            customers=TimedListing(shop.customer, shop.customers, extras_of(shop, "customers"), made_at=shop.joined_at),
            products=Listing(shop.product, shop.products, extras_of(shop, "products")),
            orders=TimedListing(shop.order, shop.orders, extras_of(shop, "orders"), made_at=shop.ordered_at),
            refunds=Listing(shop.refund, shop.refunds, extras_of(shop, "refunds")),
        )


def _updated(record: Any, since: datetime) -> bool:
    return isinstance(record, dict) and record["updated_at"] >= since
