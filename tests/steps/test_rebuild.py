"""load --rebuild at its edge: the same rows come again, readers see the old or the new, and nobody loses anything."""

import threading
from dataclasses import replace
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from loading import begin, ended, put_run, rows, run_sql
from minidata.adapters.database.locks import analyzing
from minidata.adapters.database.shaping.twins import rebuilding
from minidata.adapters.database.targets import Target
from minidata.adapters.project import Project
from minidata.core.errors import Exit, LockedError, RefusedError, UnknownName
from minidata.core.rows import Child, Row
from minidata.core.source import Mode, Source, Stream
from minidata.steps.engine import database
from minidata.steps.load import LoadedStream, load
from minidata.steps.rebuild import Rebuilt, rebuild
from minidata.steps.schema import schema_diff
from minidata.steps.status import status
from minidata.steps.up import up

KILLED = 137


class Item(BaseModel):
    sku: str
    pieces: int


class Order(Row):
    id: int
    note: str
    items: Annotated[list[Item], Child()] = Field(default=[])


class Priced(Order):
    note: Literal["a", "b", "c"]
    price: int


class WithoutItems(Row):
    id: int


RUNS = [
    [
        [{"id": 1, "note": "a", "price": 1, "items": [{"sku": "x", "pieces": 1}]}, {"id": 2, "note": "a", "price": 2}],
        [{"id": 3, "note": "a", "price": 3}],
    ],
    [[{"id": 2, "note": "b", "price": 4, "items": [{"sku": "y", "pieces": 2}, {"sku": "z", "pieces": 3}]}]],
    [[{"id": 3, "note": "c", "price": 5}, {"id": 4, "note": "c", "price": 6}]],
]


def source_of(row: type[Row] = Order, mode: Mode | None = None, key: str = "id") -> dict[str, Source]:
    stream = Stream("orders", path="/orders", row=row, key=key, mode=mode)
    return {"shop": Source(name="shop", base_url="https://x.example", streams=[stream])}


@pytest.fixture
def shop(project: Project) -> Project:
    up(project)
    for number, pages in enumerate(RUNS):
        put_run(project, "shop.orders", pages, number=number)
    return project


def dump(project: Project) -> list[tuple[object, ...]]:
    """All rows of both tables, in an order of their own: the object they come from by its key."""
    return [
        row
        for table in ("orders", "orders_items")
        for row in rows(
            project,
            f"select o.key, (to_jsonb(t) - '_object' - '_closed_by')::text from shop.{table} t "
            "join minidata.object o on o.id = t._object and not o.rebuild order by 1, 2",
        )
    ]


def barred(project: Project, row: type[Row] = Order, mode: Mode | None = None) -> LoadedStream:
    """Load nothing, since the table is not as the Row says."""
    done = load(project, source_of(row, mode))
    assert (done.exit_code, done.counts.fetched) == (Exit.REFUSED, 0)
    return done.streams[0]


def again(project: Project, row: type[Row] = Order, mode: Mode | None = None) -> Rebuilt:
    return rebuild(project, source_of(row, mode), ["shop.orders"], workers=1)


@pytest.mark.parametrize("mode", ["merge", "append", "history", "replace"])
def test_the_same_rows_come_again(shop: Project, mode: Mode) -> None:
    load(shop, source_of(mode=mode))
    before = dump(shop)

    done = again(shop, mode=mode)

    assert dump(shop) == before
    assert len(before) >= 2
    assert done.exit_code == Exit.DONE
    assert rows(shop, "select relname from pg_class where relname ~ 'rebuild'") == []
    assert rows(shop, "select count(*) from minidata.object where rebuild") == [(0,)]
    assert load(shop, source_of(mode=mode)).nothing_new


@pytest.mark.parametrize(("before", "after"), [("merge", "history"), ("history", "merge"), ("history", "append")])
def test_another_mode_is_refused_by_a_load_and_taken_over(shop: Project, before: Mode, after: Mode) -> None:
    load(shop, source_of(mode=before))
    assert "load --rebuild" in barred(shop, mode=after).remedy

    again(shop, mode=after)

    taken_over = dump(shop)
    run_sql(shop, "drop table shop.orders, shop.orders_items")
    load(shop, source_of(mode=after))
    assert dump(shop) == taken_over
    assert schema_diff(shop, source_of(mode=after)).nothing_new


def test_the_history_of_another_key_is_one(shop: Project) -> None:
    load(shop, source_of(mode="history"))
    by_note = source_of(mode="history", key="note")

    (refused,) = (one.what for one in schema_diff(shop, by_note).differences if "history" in one.what)
    rebuild(shop, by_note, ["shop.orders"], workers=1)

    assert refused == "it is the history of (id), the Stream's key is (note)"
    assert schema_diff(shop, by_note).nothing_new
    assert rows(shop, "select distinct note from shop.orders order by 1") == [("a",), ("b",), ("c",)]


def test_a_row_that_a_load_refuses_is_taken_over(shop: Project) -> None:
    load(shop, source_of())
    refused = barred(shop, Priced)
    assert "price is new and not Optional" in refused.barred
    assert (
        refused.remedy
        == "`minidata check` tells what would not fit, `minidata load --rebuild shop.orders` makes it anew"
    )

    again(shop, Priced)

    assert rows(shop, "select id, note, price from shop.orders order by id") == [
        (1, "a", 1),
        (2, "b", 4),
        (3, "c", 5),
        (4, "c", 6),
    ]
    assert load(shop, source_of(Priced)).nothing_new


def test_what_others_have_made_of_a_table_survives(shop: Project) -> None:
    load(shop, source_of())
    run_sql(
        shop,
        "create role aaa_reader",
        "grant usage on schema shop to aaa_reader",
        "grant select on shop.orders to aaa_reader with grant option",
        "grant update (note) on shop.orders to public",
        "comment on table shop.orders is 'What they bought.'",
        "comment on column shop.orders.note is 'Theirs.'",
        "create index mine on shop.orders (lower(note))",
        "create view shop.one with (security_barrier) as select id, note from shop.orders",
        "create view analytics.two as select id from shop.one where id > 1",
        "grant select (id) on analytics.two to aaa_reader",
        "comment on view analytics.two is 'Two.'",
        "create materialized view analytics.three as select count(*) as n from analytics.two",
        "create unique index three_n on analytics.three (n)",
        "alter view shop.one owner to minidata_analyst",
    )
    about = """
    select c.oid::regclass::text, c.relkind, c.relowner::regrole::text, c.relacl::text, c.reloptions::text,
      obj_description(c.oid, 'pg_class'),
      (select array_agg((a.attname, a.attacl, col_description(a.attrelid, a.attnum))::text order by a.attname)
       from pg_attribute a where a.attrelid = c.oid and a.attnum > 0), pg_get_viewdef(c.oid), i.indexdef
    from pg_class c left join pg_indexes i on i.schemaname = c.relnamespace::regnamespace::text
      and i.indexname = c.relname
    where c.relnamespace in ('shop'::regnamespace, 'analytics'::regnamespace) and relkind in ('r', 'v', 'm', 'i')
    order by 1
    """
    try:
        before = rows(shop, about)

        done = again(shop)

        assert rows(shop, about) == before
        assert done.streams[0].views == ("shop.one", "analytics.two", "analytics.three")
        assert rows(shop, "select n from analytics.three") == [(3,)]
    finally:
        run_sql(shop, "drop owned by aaa_reader", "drop role aaa_reader")


def test_what_needs_a_lost_column_is_named(shop: Project) -> None:
    load(shop, source_of())
    run_sql(shop, "create view analytics.notes as select note from shop.orders")
    before = dump(shop)

    with pytest.raises(RefusedError, match=r"the view analytics\.notes does not fit .* column \S*note\S* does not"):
        again(shop, WithoutItems)

    assert dump(shop) == before
    run_sql(shop, "drop view analytics.notes", "create index by_note on shop.orders (note)")
    with pytest.raises(
        RefusedError, match=r"the index by_note of shop\.orders does not fit .* column \S*note\S* does not"
    ):
        again(shop, WithoutItems)
    run_sql(shop, "drop index shop.by_note")
    done = again(shop, WithoutItems)
    assert (done.streams[0].resumed, done.streams[0].loaded.objects) == (True, 0)


def test_only_versions_of_models_that_are_published_need_a_lost_column(shop: Project) -> None:
    """A publish keeps the one before it: without that, no column that a model has ever read could go."""
    load(shop, source_of())
    for version in ("notes__old", "notes__new"):
        run_sql(shop, f"create view minidata_build.{version} as select note from shop.orders")
    run_sql(
        shop,
        "create view minidata_build.more__old as select note from minidata_build.notes__old",
        "create view analytics.notes as select * from minidata_build.notes__new",
    )

    with pytest.raises(
        RefusedError, match=r"analytics\.notes is published, and does not fit .* column \S*note"
    ) as caught:
        again(shop, WithoutItems)
    assert caught.value.hint.startswith("change the model, run `minidata analyze`")
    run_sql(
        shop,
        "create view minidata_build.notes__newer as select null::text as note from shop.orders",
        "create or replace view analytics.notes as select * from minidata_build.notes__newer",
    )
    (done,) = again(shop, WithoutItems).streams

    assert done.views == ("analytics.notes",)
    assert done.versions == ("minidata_build.notes__new", "minidata_build.notes__old", "minidata_build.more__old")
    assert rows(shop, "select count(*) from analytics.notes") == [(4,)]


HUNG_ON = {
    "trigger mine on table shop.orders": (
        "create function shop.f() returns trigger language plpgsql as 'begin return new; end'",
        "create trigger mine before insert on shop.orders for each row execute function shop.f()",
        "drop trigger mine on shop.orders",
    ),
    "constraint mine_id_fkey on table shop.mine": (
        "create table shop.mine (id bigint references shop.orders)",
        "drop table shop.mine",
    ),
    "policy mine on table shop.orders": (
        "create policy mine on shop.orders",
        "drop policy mine on shop.orders",
    ),
    "publication of table shop.orders in publication mine": (
        "create publication mine for table shop.orders",
        "drop publication mine",
    ),
    "statistics object shop.mine": (
        "create statistics shop.mine on id, note from shop.orders",
        "drop statistics shop.mine",
    ),
    "row level security of shop.orders": (
        "alter table shop.orders enable row level security",
        "alter table shop.orders disable row level security",
    ),
    "rule mine on view shop.v": (
        "create view shop.v as select * from shop.orders",
        "create rule mine as on insert to shop.v do instead nothing",
        "drop rule mine on shop.v",
    ),
    "function shop.g(shop.orders)": (
        "create function shop.g(shop.orders) returns bigint language sql as 'select 1'",
        "drop function shop.g",
    ),
}


def test_what_cannot_come_along_is_named(shop: Project) -> None:
    load(shop, source_of())
    for named, (*hang, undo) in HUNG_ON.items():
        run_sql(shop, *hang)

        with pytest.raises(RefusedError) as caught:
            again(shop)

        assert str(caught.value) == f"shop.orders cannot be replaced without losing: {named}"
        run_sql(shop, undo)
    assert again(shop).streams[0].swapped


def test_rows_whose_objects_are_gone_are_not_lost(shop: Project) -> None:
    load(shop, source_of())
    before = dump(shop)
    for path in (shop.root / "object_store").rglob("_run.json"):
        path.unlink()
        break

    with pytest.raises(RefusedError, match="that are not stored any more"):
        again(shop)

    assert dump(shop) == before


def test_an_object_that_is_left_out_holds_up_a_rebuild_only_if_it_was_not_before(shop: Project) -> None:
    (strict,) = source_of()["shop"].streams
    sources = {"shop": replace(source_of()["shop"], streams=[replace(strict, max_quarantined=0)])}
    put_run(shop, "shop.orders", [[{"id": "no number"}]], number=5)
    assert load(shop, sources).exit_code == Exit.QUARANTINED

    same = rebuild(shop, sources, ["shop.orders"], workers=1)
    (worse,) = source_of(Priced)["shop"].streams
    put_run(shop, "shop.orders", [[{"id": 9, "note": "not a, b or c", "price": 1}]], number=6)
    load(shop, sources)
    sources = {"shop": replace(sources["shop"], streams=[replace(worse, max_quarantined=0)])}
    other = rebuild(shop, sources, ["shop.orders"], workers=1)

    assert (same.exit_code, same.streams[0].swapped) == (Exit.QUARANTINED, True)
    assert (other.exit_code, other.streams[0].swapped) == (Exit.QUARANTINED, False)
    assert rows(shop, "select count(*) from shop.orders") == [(5,)]


def test_a_table_is_not_emptied(shop: Project) -> None:
    class Wrong(Row):
        id: int
        missing: str

    load(shop, source_of())

    with pytest.raises(RefusedError, match=r"nothing that is stored fits the Row of shop\.orders"):
        again(shop, Wrong)

    assert rows(shop, "select count(*) from shop.orders") == [(4,)]


def test_the_table_of_a_list_that_is_gone_goes_with_it(shop: Project) -> None:
    load(shop, source_of())
    run_sql(shop, "create view shop.skus as select sku from shop.orders_items")
    assert "orders_items was made from it, and is of no field of the Row" in barred(shop, WithoutItems).barred
    with pytest.raises(RefusedError, match=r"the view shop\.skus does not fit"):
        again(shop, WithoutItems)

    run_sql(shop, "drop view shop.skus")
    again(shop, WithoutItems)

    assert rows(shop, "select relname from pg_class where relname ~ '^orders' and relkind = 'r'") == [("orders",)]
    again(shop)
    assert rows(shop, "select count(*) from shop.orders_items") == [(3,)]
    assert load(shop, source_of()).nothing_new


def test_a_table_that_no_stream_fills_is_unknown(shop: Project) -> None:
    with pytest.raises(UnknownName, match=r"did you mean 'shop\.orders'"):
        rebuild(shop, source_of(), ["shop.order"])


def test_a_child_table_goes_with_its_parent(shop: Project) -> None:
    load(shop, source_of())

    done = rebuild(shop, source_of(), ["shop.orders_items", "shop.orders"], workers=1)

    assert [one.loaded.stream for one in done.streams] == ["orders"]


# Interrupted, and several at once.

CAFE = """
from typing import Annotated
from pydantic import BaseModel
from minidata import Child, Row, Source, Stream

class Item(BaseModel):
    sku: str
    pieces: int

class Order(Row):
    id: int
    note: str
    items: Annotated[list[Item], Child()] = []

source = Source(name="cafe", base_url="https://x.example", streams=[
    Stream("orders", path="/orders", row=Order, key="id"),
])
"""


@pytest.fixture
def cafe(project: Project) -> Project:
    (project.root / "sources").mkdir()
    (project.root / "sources" / "cafe.py").write_text(CAFE)
    up(project)
    for number, pages in enumerate(RUNS):
        put_run(project, "cafe.orders", pages, number=number)
    load(project, project.sources)
    return project


def ordered(project: Project) -> list[tuple[object, ...]]:
    return rows(
        project,
        "select o.id, o.note, o._record, i.sku, i._position from cafe.orders o "
        "left join cafe.orders_items i on i._parent_id = o.id order by o.id, i._position",
    )


def test_a_rebuild_that_was_killed_is_gone_on_with(cafe: Project) -> None:
    before = ordered(cafe)
    for point in ("load.after_commit:2", "rebuild.before_swap", "rebuild.mid_swap"):
        code, _, _ = ended(begin(cafe, "load", "--rebuild", "cafe.orders", "--workers", "1", MINIDATA_FAILPOINT=point))
        assert code == KILLED
        assert ordered(cafe) == before
        told = next(one.what for one in status(cafe, cafe.sources).next if one.stage == "load")
        assert told == ("nothing waits", "a rebuild is not finished: minidata load --rebuild cafe.orders")

    code, out, err = ended(begin(cafe, "load", "--rebuild", "cafe.orders"))

    assert (code, "cafe.orders: an earlier rebuild was gone on with" in err) == (0, True)
    assert "swapped" in out
    assert ordered(cafe) == before
    killed = begin(cafe, "load", "--rebuild", "cafe.orders", MINIDATA_FAILPOINT="rebuild.after_swap")
    assert ended(killed)[0] == KILLED
    assert ordered(cafe) == before
    assert load(cafe, cafe.sources).nothing_new


def test_a_rebuild_begins_anew_when_the_row_has_changed(cafe: Project) -> None:
    ended(begin(cafe, "load", "--rebuild", "cafe.orders", MINIDATA_FAILPOINT="load.after_commit:2"))
    (cafe.root / "sources" / "cafe.py").write_text(CAFE.replace("note: str", "note: str\n    price: int"))

    done = rebuild(Project(cafe.root), Project(cafe.root).sources, ["cafe.orders"])

    assert (done.streams[0].resumed, done.streams[0].loaded.objects) == (False, 4)
    assert rows(cafe, "select id, price from cafe.orders order by id") == [(1, 1), (2, 4), (3, 5), (4, 6)]


def test_a_load_does_not_trip_over_what_a_rebuild_has_left(cafe: Project) -> None:
    ended(begin(cafe, "load", "--rebuild", "cafe.orders", MINIDATA_FAILPOINT="rebuild.before_swap"))
    put_run(cafe, "cafe.orders", [[{"id": 9, "note": "new"}]], number=7)

    assert load(cafe, cafe.sources).counts.loaded == 1
    assert schema_diff(cafe, cafe.sources).nothing_new

    done = rebuild(cafe, cafe.sources, ["cafe.orders"])
    assert done.streams[0].loaded.objects == 1
    assert rows(cafe, "select note from cafe.orders where id = 9") == [("new",)]


def test_readers_see_the_old_table_or_the_new_one(cafe: Project) -> None:
    run_sql(cafe, "create view analytics.notes as select id, note from cafe.orders")
    seen: set[int] = set()
    done = threading.Event()

    def read() -> None:
        with database(cafe, None) as db:
            while not done.is_set():
                seen.add(len(db.rows("select * from analytics.notes")))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(3):
            rebuild(cafe, cafe.sources, ["cafe.orders"], workers=1)
    finally:
        done.set()
        reader.join()
    assert seen == {4}


def test_somebody_who_reads_on_and_on_is_told(cafe: Project) -> None:
    hasty = Project(cafe.root, {"load": {"lock_timeout": 0.3}})
    with database(cafe, None) as db, db.transaction():
        db.run("select from cafe.orders")

        with pytest.raises(LockedError, match=r"somebody reads cafe\.orders, and does not end"):
            rebuild(hasty, cafe.sources, ["cafe.orders"], workers=1)

    assert rebuild(hasty, cafe.sources, ["cafe.orders"]).streams[0].resumed


def test_two_rebuilds_and_an_analyze_keep_out_of_each_others_way(cafe: Project) -> None:
    hasty = Project(cafe.root, {"load": {"lock_timeout": 0.3}})
    (source,) = cafe.sources.values()
    target = Target("cafe", source.streams[0], "")
    with database(cafe, None) as db:
        with rebuilding(db, target), pytest.raises(LockedError, match=r"cafe\.orders is being rebuilt already"):
            rebuild(cafe, cafe.sources, ["cafe.orders"])
        with analyzing(db), pytest.raises(LockedError, match="the database is in use: minidata"):
            rebuild(hasty, cafe.sources, ["cafe.orders"])


def test_an_object_that_is_damaged_leaves_all_as_it_was(cafe: Project) -> None:
    page = next((cafe.root / "object_store").rglob("00001.json"))
    page.chmod(0o600)
    page.write_bytes(page.read_bytes().replace(b"id", b"no"))

    done = rebuild(cafe, cafe.sources, ["cafe.orders"])

    assert (done.exit_code, done.streams[0].swapped) == (Exit.STORE, False)
    assert len(ordered(cafe)) == 5
