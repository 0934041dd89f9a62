"""
The law of load, in each mode: tables, ledger, quarantine and deletes are a function of the objects and the Row.

Whatever the order, the batches, the repetitions and the crashes. Each mode has a reference of a few lines.
"""

from contextlib import suppress
from datetime import datetime
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arriving import (
    GONE,
    Crash,
    Place,
    Runs,
    Sent,
    Shop,
    books_of,
    children_of,
    in_order,
    orders,
    page_by_page,
    runs_of_pages,
)
from minidata.adapters.database.connection import Database
from minidata.adapters.database.loading import history
from minidata.adapters.database.loading.loading import write
from minidata.adapters.database.loading.replacing import replacing

law = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
orders_of_arrival = st.randoms(use_true_random=False)


@law
@given(runs=runs_of_pages, order=orders_of_arrival)
def test_merged_the_newest_record_of_a_key_is_its_row(database: Database, runs: Runs, order: Random) -> None:
    shop = Shop(database, orders(key="id", deleted=GONE), runs)
    arrive(shop, order)

    last = {one.id: (place, one) for place, one in in_order(runs)}.values()
    assert_holds(shop, [found for found in last if not found[1].gone], by_key=True)
    assert shop.traced("source, stream", "minidata.deleted") == sorted(
        (*place, "shop", "orders") for place, one in last if one.gone
    )


@law
@given(runs=runs_of_pages, order=orders_of_arrival)
def test_appended_each_record_is_a_row(database: Database, runs: Runs, order: Random) -> None:
    shop = Shop(database, orders(), runs)
    arrive(shop, order)

    assert_holds(shop, list(in_order(runs)), by_key=False)


@pytest.mark.parametrize("key", [("id",), ()])
@law
@given(runs=runs_of_pages, order=orders_of_arrival)
def test_replaced_the_newest_run_is_the_table(
    database: Database, key: tuple[str, ...], runs: Runs, order: Random
) -> None:
    shop = Shop(database, orders(mode="replace", key=key, deleted=GONE if key else None), runs)
    shop.empty()
    arrivals = [order.randrange(len(runs)) for _ in range(3)]
    for run in [*arrivals, len(runs) - 1]:
        with suppress(Crash):
            replace(shop, run, order, crash=run != len(runs) - 1 and order.random() < 0.3)

    newest: Runs = [*([] for _ in runs[:-1]), runs[-1]]
    last = {one.id if key else place: (place, one) for place, one in in_order(newest)}.values()
    assert_holds(shop, [found for found in last if not (key and found[1].gone)], by_key=bool(key), runs=newest)


def replace(shop: Shop, run: int, order: Random, *, crash: bool) -> None:
    """Load *run* as a Load does: as a whole, unless a newer one is there."""
    if any(loaded >= run for loaded, _ in shop.loaded()):
        return
    with shop.database.transaction(), replacing(shop.database, shop.target, allow_shrink=True):
        for one, pages in Shop(shop.database, shop.stream, [*([] for _ in range(run)), shop.runs[run]]).chunks(order):
            manifest, found = shop.prepared(one, pages)
            write(shop.database, shop.target, manifest, found)
        if crash:
            raise Crash


@law
@given(runs=runs_of_pages, order=orders_of_arrival, clock=st.lists(st.integers(0, 2), min_size=3, max_size=3))
def test_in_a_history_each_version_is_a_row(database: Database, runs: Runs, order: Random, clock: list[int]) -> None:
    shop = Shop(database, orders(key="id", mode="history", deleted=GONE), runs, clock)
    shop.empty()
    for run, pages in shop.chunks(order):
        remember(shop, run, sorted(pages), crash=order.random() < 0.2)
    for run, sent in enumerate(runs):
        for page in range(len(sent)):
            remember(shop, run, [page])

    versions = history_of(shop)
    assert_holds(shop, [(place, one) for place, one, *_ in versions], by_key=False)
    assert shop.traced("id, valid_from, valid_to", "shop.orders") == sorted(
        (*place, one.id, begun, ended) for place, one, begun, ended in versions
    )


def remember(shop: Shop, run: int, pages: list[int], *, crash: bool = False) -> None:
    """Load *pages* of *run* as a Load does: what comes before what is there makes it begin again from that place."""
    loaded = shop.loaded()
    new = [page for page in pages if (run, page) not in loaded]
    if new and loaded and max(loaded) > (run, new[0]):
        with shop.database.transaction():
            history.rewind(shop.database, shop.target, shop.run_name(run), new[0] + 1)
        new = [page for page in pages if page >= new[0]]
    shop.load(run, new, crash=crash)


def history_of(shop: Shop) -> list[tuple[Place, Sent, datetime, datetime | None]]:
    """Return each version: its first record, when it began, and when it ended (None for not yet)."""
    versions: list[tuple[Place, Sent, datetime, datetime | None]] = []
    valid: dict[float | None, tuple[Place, Sent, datetime]] = {}
    ends: dict[float | None, datetime] = {}
    for place, one in page_by_page(shop.runs):
        there = valid.get(one.id)
        if (there is None and one.gone) or (there and not one.gone and says(there[1]) == says(one)):
            continue
        now = max(shop.at(place[0]), ends.get(one.id, shop.at(place[0])))
        ends[one.id] = now
        if there:
            versions.append((*valid.pop(one.id), now))
        if not one.gone:
            valid[one.id] = (place, one, now)
    return [*versions, *((*found, None) for found in valid.values())]


def says(one: Sent) -> tuple[object, ...]:
    return one.note, one.items


def arrive(shop: Shop, order: Random) -> None:
    """Load all that there is, in any order, with crashes, and with records that come out of the quarantine later."""
    shop.empty()
    held = []
    for run, pages in shop.chunks(order):
        out = [0] if order.random() < 0.2 else []
        held += shop.load(run, pages, crash=order.random() < 0.2, held=out)
    for run, sent in enumerate(shop.runs):
        shop.load(run, range(len(sent)))
    order.shuffle(held)
    for one in held:
        shop.release(one)


def assert_holds(shop: Shop, rows: list[tuple[Place, Sent]], *, by_key: bool, runs: Runs | None = None) -> None:
    assert shop.traced("id, note", "shop.orders") == sorted((*place, one.id, one.note) for place, one in rows)
    assert shop.children() == children_of(rows, by_key=by_key)
    assert shop.books() == books_of(shop.runs if runs is None else runs, merges=shop.stream.merges)
