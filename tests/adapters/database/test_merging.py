"""What one Load does to its tables, case by case. The law that it obeys is in test_merging_laws.py."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random

import pytest
from pydantic import SecretStr

from arriving import GONE, Held, Runs, Sent, Shop, in_order, orders
from minidata.adapters.database.connection import Database, connect
from minidata.adapters.database.ledger import ledger
from minidata.adapters.database.ledger.ledger import Counts
from minidata.adapters.database.loading import merging
from minidata.adapters.database.loading.history import rewind
from minidata.adapters.database.loading.loading import write
from minidata.adapters.database.loading.replacing import replacing
from minidata.core.errors import EngineError, RefusedError
from minidata.core.loading.preparing import prepare
from minidata.core.rows import Row
from minidata.core.source import Stream

BY_KEY = orders(key="id")
MODES = [
    pytest.param(BY_KEY, id="merge"),
    pytest.param(orders(), id="append"),
    pytest.param(orders(key="id", mode="history"), id="history"),
]
REPLACED = orders(key="id", mode="replace")


def shop_of(database: Database, runs: Runs, stream: Stream = BY_KEY) -> Shop:
    shop = Shop(database, stream, runs)
    shop.empty()
    return shop


def notes(shop: Shop) -> list[tuple[object, ...]]:
    return [(key, note) for *_, key, note in shop.traced("id, note", "shop.orders")]


def written(database: Database) -> int:
    """Return how many row versions of orders there have ever been."""
    database.run("select pg_stat_force_next_flush()")
    row = database.one("select n_tup_ins + n_tup_upd from pg_stat_user_tables where relname = 'orders'")
    return int(row[0]) if row else 0


def test_a_record_repeated_on_the_next_page_counts_the_same_in_any_batch(database: Database) -> None:
    pages = [[Sent(1, "a"), Sent(2, "a")], [Sent(2, "b"), Sent(3, "b")]]
    shop = shop_of(database, [pages, pages])

    shop.load(0, [0, 1])
    shop.load(1, [0])
    shop.load(1, [1])

    books, _ = shop.books()
    assert {Counts(*counts) for _, _, *counts in books} == {Counts(fetched=2, loaded=2)}
    assert notes(shop) == [(1, "a"), (2, "b"), (3, "b")]


def test_a_row_leads_to_the_newest_record_that_says_so(database: Database) -> None:
    same = [[Sent(1, "a")], [Sent(2, "b"), Sent(3, "c")]]
    shop = shop_of(database, [same, same])

    shop.load(1, [0, 1])
    shop.load(0, [0, 1])

    assert shop.traced("id", "shop.orders") == [(1, 0, 0, 1), (1, 1, 0, 2), (1, 1, 1, 3)]


def test_a_record_that_comes_late_does_not_undo_a_later_one_of_its_page(database: Database) -> None:
    shop = shop_of(database, [[[Sent(1, "early"), Sent(1, "late")]]])
    shop.load(0, [0])
    manifest, _ = shop.prepared(0, [0])
    page = manifest.pages[0].model_copy(update={"repeated": (1,)})
    ((number,),) = database.rows("select id from minidata.object")

    shop.release(Held(manifest, number, prepare(BY_KEY, page, shop.body(0, 0))))

    assert shop.traced("note", "shop.orders") == [(0, 0, 1, "late")]


@pytest.mark.parametrize("few", [0, 1000])
def test_an_old_run_loaded_late_changes_only_what_nothing_newer_says(
    database: Database, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(merging, "_MOST_LATE", few)
    old = [[Sent(1, "old", ("x",)), Sent(2, "old", ("x",))], [Sent(3, "old")]]
    shop = shop_of(database, [old, [[Sent(1, "new", ("yz",))]]])

    shop.load(1, [0])
    shop.load(0, [1])
    shop.load(0, [0])

    assert notes(shop) == [(2, "old"), (3, "old"), (1, "new")]
    assert shop.children()[0] == [(0, 0, 1, 2, 0, "x"), (1, 0, 0, 1, 0, "yz")]


def test_the_reason_is_kept_and_the_value_is_not(database: Database) -> None:
    shop = shop_of(database, [[[Sent(1, "fine"), Sent(None, "private")]]])

    shop.load(0, [0])

    found = database.rows("select record, code, pointer, message from minidata.quarantine")
    assert found == [(1, "WRONG_TYPE", "/id", "Input should be a valid integer")]


def test_counts_that_do_not_add_up_are_refused_by_the_ledger(database: Database) -> None:
    shop = shop_of(database, [[[Sent(1, "a")]]])
    shop.load(0, [0])
    number = database.rows("select id from minidata.object")[0][0]

    with pytest.raises(EngineError, match="accounted"):
        ledger.settle(database, [(number, Counts(fetched=2, loaded=1))])


@pytest.mark.parametrize("stream", MODES)
def test_nothing_of_an_object_stays_when_the_last_of_its_tables_refuses(database: Database, stream: Stream) -> None:
    runs = [[[Sent(1, "a", ("x",))]], [[Sent(1, "b", ("yz",)), Sent(2, "c"), Sent(None)]]]
    shop = shop_of(database, runs, stream)
    shop.load(0, [0])
    before = shop.traced("id, note", "shop.orders"), shop.children(), shop.books()
    database.run("alter table shop.orders_items_parts add constraint refuse check (code <> 'z')")

    with pytest.raises(EngineError, match="refuse"):
        shop.load(1, [0])

    assert (shop.traced("id, note", "shop.orders"), shop.children(), shop.books()) == before


@pytest.mark.parametrize("stream", MODES)
def test_an_object_without_records_changes_no_row_and_is_known(database: Database, stream: Stream) -> None:
    shop = shop_of(database, [[[Sent(1, "a", ("x",))], []]], stream)

    shop.load(0, [0])
    shop.load(0, [1])

    assert notes(shop) == [(1, "a")]
    assert shop.books() == ([(0, 0, 1, 1, 0, 0), (0, 1, 0, 0, 0, 0)], [])


def test_what_is_new_goes_into_the_table_without_a_detour(database: Database) -> None:
    shop = shop_of(database, [[[Sent(key) for key in range(100)]], [[Sent(key) for key in range(100, 200)]]])
    database.run("create temp table minidata_stage (there integer)")

    shop.load(0, [0])
    shop.load(1, [0])

    assert len(notes(shop)) == written(database) == 200


def test_a_run_that_brings_known_keys_soon_stops_trying_the_short_way(database: Database) -> None:
    shop = shop_of(database, [[[Sent(1, "a")]], [[Sent(1, str(page))] for page in range(20)]])
    shop.load(0, [0])

    for page in range(20):
        shop.load(1, [page])

    # Each failed attempt leaves a dead row: those of pages 0, 2, 6 and 14.
    assert written(database) == 1 + 20 + 4
    assert notes(shop) == [(1, "19")]


def test_many_loaders_of_the_same_keys_neither_deadlock_nor_disturb_each_other(
    database: Database, database_url: SecretStr
) -> None:
    chance = Random(7)  # noqa: S311 - the same in each test
    runs = [
        [[Sent(key, f"{run}.{page}") for key in chance.sample(range(60), 40)] for page in range(6)] for run in range(4)
    ]
    for pages in runs[:2]:
        pages[:3] = [sorted(page, key=lambda one: one.id or 0) for page in pages[:3]]
    shop = shop_of(database, runs)
    places = [(run, page) for run in range(4) for page in range(6)]
    chance.shuffle(places)

    def load(place: tuple[int, int]) -> None:
        with connect(database_url) as own:
            Shop(own, BY_KEY, runs).load(place[0], [place[1]])

    with ThreadPoolExecutor(6) as loaders:
        list(loaders.map(load, places))

    last = {one.id: (place, one) for place, one in in_order(runs)}.values()
    assert shop.traced("id", "shop.orders") == sorted((*place, one.id) for place, one in last)
    assert database.one("select deadlocks from pg_stat_database where datname = current_database()") == (0,)


class Measured(Row):
    id: Decimal
    note: str


def test_a_delete_is_of_equal_keys_however_they_are_written(database: Database) -> None:
    stream = Stream("orders", path="/", row=Measured, key="id", deleted=GONE)
    shop = shop_of(database, [[[Sent(1, "a")], [Sent(1.0, gone=True)], [Sent(1, "b")]]], stream)

    shop.load(0, [1])
    shop.load(0, [0])
    assert notes(shop) == []

    shop.load(0, [2])
    assert notes(shop) == [(1, "b")]
    assert database.rows("select from minidata.deleted") == []


def replace(shop: Shop, run: int, *, allow_shrink: bool = False) -> None:
    manifest, found = shop.prepared(run, range(len(shop.runs[run])))
    with shop.database.transaction(), replacing(shop.database, shop.target, allow_shrink=allow_shrink):
        write(shop.database, shop.target, manifest, found)


def test_a_run_with_less_than_half_of_the_rows_does_not_replace_them(database: Database) -> None:
    shop = shop_of(database, [[[Sent(key) for key in range(10)]], [[Sent(key) for key in range(4)]]], REPLACED)
    replace(shop, 0)

    with pytest.raises(RefusedError, match=r"shop\.orders has 4 rows, the table has 10"):
        replace(shop, 1)
    assert len(notes(shop)) == 10
    assert shop.loaded() == {(0, 0)}

    replace(shop, 1, allow_shrink=True)
    assert len(notes(shop)) == 4


def test_readers_see_the_old_run_or_the_new_one(database: Database, database_url: SecretStr) -> None:
    shop = shop_of(database, [[[Sent(1, "old")]], [[Sent(2, "new")]]], REPLACED)
    replace(shop, 0)
    database.run("create view public.seen as select id, note from shop.orders")
    manifest, found = shop.prepared(1, [0])

    with connect(database_url) as reader:
        with database.transaction(), replacing(database, shop.target):
            write(database, shop.target, manifest, found)
            assert reader.rows("select * from public.seen") == [(1, "old")]
        assert reader.rows("select * from public.seen") == [(2, "new")]


def test_what_differs_in_its_children_alone_is_another_version(database: Database) -> None:
    pages = [[Sent(1, "a", ("x",))], [Sent(1, "a", ("x",))], [Sent(1, "a", ("x", "yz"))]]
    shop = shop_of(database, [pages], orders(key="id", mode="history"))

    shop.load(0, [0, 1, 2])

    assert shop.traced("valid_to is null", "shop.orders") == [(0, 0, 0, False), (0, 2, 0, True)]
    assert shop.children()[0] == [(0, 0, 0, 0, "x"), (0, 2, 0, 0, "x"), (0, 2, 0, 1, "yz")]


def test_a_history_taken_back_is_what_it_was(database: Database) -> None:
    pages = [[Sent(1, "a"), Sent(2, "a")], [Sent(1, "b"), Sent(2, gone=True)], [Sent(1, "c"), Sent(2, "d")]]
    shop = shop_of(database, [pages], orders(key="id", mode="history", deleted=GONE))
    shop.load(0, [0])
    before = database.rows("select * from shop.orders order by id"), shop.books()
    shop.load(0, [1])
    shop.load(0, [2])

    with database.transaction():
        rewind(database, shop.target, shop.run_name(0), 2)

    assert (database.rows("select * from shop.orders order by id"), shop.books()) == before


def test_a_history_is_not_written_out_of_its_order(database: Database) -> None:
    shop = shop_of(database, [[[Sent(1, "a")], [Sent(1, "b")]]], orders(key="id", mode="history"))
    shop.load(0, [1])

    with pytest.raises(RefusedError, match=r"shop\.orders keeps a history") as refused:
        shop.load(0, [0])

    assert "load --rebuild shop.orders" in refused.value.hint
