"""Tables and their Rows, on a real Postgres: what a Row's change does to its table, and what others have done to it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, create_model

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger.forgetting import forget
from minidata.adapters.database.loading.loading import write
from minidata.adapters.database.shaping.catalog import Present, present
from minidata.adapters.database.shaping.swapping import check_replaceable, swap
from minidata.adapters.database.shaping.tables import differences_of, ensure_tables
from minidata.adapters.database.shaping.twins import begin
from minidata.adapters.database.targets import Target
from minidata.core.errors import EngineError, RefusedError
from minidata.core.loading.preparing import prepare
from minidata.core.rows import Child, Row, fingerprint
from minidata.core.runs import Manifest, Page, page_key, run_prefix
from minidata.core.source import Mode, Stream

AT = datetime(2026, 1, 31, 6, tzinfo=UTC)
RUN = "20260131t060000000000z-ab"


def target_of(row: type[Row], source: str = "shop", *, mode: Mode | None = None, key: str = "id") -> Target:
    stream = Stream("orders", path="/orders", row=row, key=key, mode=mode)
    return Target(source, stream, fingerprint(row))


def fill(database: Database, target: Target, records: Sequence[Any]) -> None:
    """Make the tables of *target* and load *records* into them, as one page."""
    body = records if isinstance(records, bytes) else json.dumps(records).encode()
    key = page_key(run_prefix(target.source, "orders", RUN), 1)
    sha256 = hashlib.sha256(body).hexdigest()
    page = Page(number=1, key=key, sha256=sha256, size=len(body), status=200, url="http://x/", fetched_at=AT)
    manifest = Manifest(
        source=target.source, stream="orders", run=RUN, started_at=AT, finished_at=AT, pages=(page,), minidata="0"
    )
    ensure_tables(database, target)
    with database.transaction():
        write(database, target, manifest, [prepare(target.stream, page, body)])


# The law of changes.

KINDS: dict[str, Any] = {
    "int": int,
    "int?": Optional[int],  # noqa: UP045 - made beside values that | does not take
    "decimal(9,2)": Annotated[Decimal, Field(max_digits=9, decimal_places=2)],
    "decimal(11,2)": Annotated[Decimal, Field(max_digits=11, decimal_places=2)],
    "decimal(10,4)?": Optional[Annotated[Decimal, Field(max_digits=10, decimal_places=4)]],  # noqa: UP045
    "decimal(30,4)": Annotated[Decimal, Field(max_digits=30, decimal_places=4)],
    "decimal": Decimal,
    "text": str,
    "text?": Optional[str],  # noqa: UP045
    "xy": Literal["x", "y"],
    "xyz?": Optional[Literal["x", "y", "z"]],  # noqa: UP045
    "12": Literal[1, 2],
    "described": Annotated[int, Field(description="As they say.")],
}
FIT: dict[str, list[str]] = {
    "int": ["1", "2", "-5"],
    "decimal": ["1", "1.1", "1.10", "-0.25", '"2.50"'],
    "text": ['"x"', '"y"', '"q"'],
    "xy": ['"x"', '"y"'],
    "xyz": ['"x"', '"z"'],
    "12": ["1", "2"],
    "described": ["1", "7"],
}
kinds = st.dictionaries(st.sampled_from("abc"), st.sampled_from(sorted(KINDS)), max_size=3)
changes = st.dictionaries(st.sampled_from("abc"), st.sampled_from([*sorted(KINDS), ""]), max_size=2)


def row_of(fields: dict[str, str]) -> type[Row]:
    defaults = {name: (KINDS[kind], None if kind.endswith("?") else ...) for name, kind in fields.items()}
    made: type[Row] = create_model("Order", __base__=Row, id=(int, ...), **defaults)  # type: ignore[call-overload]
    return made


@st.composite
def bodies(draw: st.DrawFn, fields: dict[str, str]) -> bytes:
    """Records that fit a Row of *fields*, as text: 1.10 is not 1.1. A field that it has not may come all the same."""
    records = []
    for number in range(draw(st.integers(1, 4))):
        values = {"id": str(draw(st.integers(0, number)))}
        for name in "abc":
            kind = fields.get(name) or draw(st.sampled_from(["int", "text", "absent"]))
            fitting = FIT.get(kind.partition("(")[0].rstrip("?"), [])
            if kind.endswith("?"):
                fitting = [*fitting, "null"]
            if fitting:
                values[name] = draw(st.sampled_from(fitting))
        records.append("{" + ", ".join(f'"{name}": {value}' for name, value in values.items()) + "}")
    return f"[{', '.join(records)}]".encode()


def shape(database: Database, target: Target) -> Any:
    found = present(database, target.name(target.root))
    assert isinstance(found, Present)
    # A description that is gone stays as a comment: it may be somebody else's by now.
    described = {column.name for column in target.root.columns if column.comment}
    columns = {
        name: column if name in described else replace(column, comment="") for name, column in found.columns.items()
    }
    return columns, found.key, found.checks, set(found.indexes), found.attached


def values(database: Database, target: Target) -> list[Any]:
    names = ", ".join(f'"{column.name}"::text' for column in target.root.columns)
    table = target.name(target.root).as_string()
    return database.rows(f"select {names}, _record from {table} order by 1, _record")


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=kinds, change=changes, mode=st.sampled_from(["merge", "append", "history"]), data=st.data())
def test_a_changed_row_gives_the_table_of_a_fresh_load_or_is_refused(
    database: Database, old: dict[str, str], change: dict[str, str], mode: Mode, data: st.DataObject
) -> None:
    new = {name: kind for name, kind in {**old, **change}.items() if kind}
    database.run("drop schema if exists shop cascade; drop schema if exists fresh cascade")
    before, after, fresh = (
        target_of(row_of(fields), source, mode=mode)
        for fields, source in ((old, "shop"), (new, "shop"), (new, "fresh"))
    )
    body = data.draw(bodies(old))
    for one in (before, fresh):
        forget(database, one)
        forget(database, replace(one, rebuild=True))
        fill(database, one, body)
    found = differences_of(database, after)
    was = shape(database, before), values(database, before)

    if any(not one.safe for one in found):
        with pytest.raises(RefusedError, match=r"^table shop\.orders cannot be loaded into: "):
            ensure_tables(database, after)
        assert (shape(database, before), values(database, before)) == was
    else:
        assert len(ensure_tables(database, after)) >= len(found)
        assert differences_of(database, after) == ()
        assert shape(database, after) == shape(database, fresh)
        if not any(one.note for one in found):
            assert values(database, after) == values(database, fresh)

    begin(database, after)
    fill(database, replace(after, rebuild=True), body)
    try:
        swap(database, after, patience=0, clock=SystemClock())
    except RefusedError:
        assert values(database, fresh) == []
    else:
        assert (shape(database, after), values(database, after)) == (shape(database, fresh), values(database, fresh))


# One by one.


class Item(BaseModel):
    sku: str


class Order(Row):
    id: int
    note: str | None = None
    total: Annotated[Decimal, Field(max_digits=9, decimal_places=2)]


class Described(Order):
    note: str | None = Field(default=None, description="As they wrote it.")


class WithItems(Order):
    items: Annotated[list[Item], Child()] = Field(default=[])


ONE = [{"id": 1, "note": "a", "total": 1.5, "items": [{"sku": "x"}]}]


def test_a_new_column_of_which_there_may_have_been_values_says_so(database: Database) -> None:
    class Wider(Order):
        stars: int | None = None

    fill(database, target_of(Order), ONE)

    (change,) = ensure_tables(database, target_of(Wider))

    note = "null in the rows that are there: `minidata load --rebuild shop.orders` fills it"
    assert change == f'alter table "shop"."orders" add column "stars" bigint  -- {note}'


def test_a_column_that_a_view_reads_gets_no_more_room(database: Database) -> None:
    class Dearer(Order):
        total: Annotated[Decimal, Field(max_digits=11, decimal_places=2)]

    fill(database, target_of(Order), ONE)
    database.run("create view shop.sums as select total from shop.orders")

    told = r"total is numeric\(9,2\), the Row says numeric\(11,2\), and a view reads it$"
    with pytest.raises(RefusedError, match=told) as caught:
        ensure_tables(database, target_of(Dearer))

    assert (
        caught.value.hint
        == "`minidata check` tells what would not fit, `minidata load --rebuild shop.orders` makes it anew"
    )
    database.run("drop view shop.sums")
    (change,) = ensure_tables(database, target_of(Dearer))
    assert change == 'alter table "shop"."orders" alter column "total" type numeric(11,2)'


def test_another_description_is_taken_over(database: Database) -> None:
    fill(database, target_of(Order), ONE)

    (change,) = ensure_tables(database, target_of(Described))

    assert change == """comment on column "shop"."orders"."note" is 'As they wrote it.'"""


def test_a_child_table_is_filled_from_the_beginning_or_not_made(database: Database) -> None:
    ensure_tables(database, target_of(Order))
    made = ensure_tables(database, target_of(WithItems))
    assert made[0].startswith('create table "shop"."orders_items"')

    database.run("drop table shop.orders_items")
    fill(database, target_of(Order), ONE)

    with pytest.raises(RefusedError, match=r"table shop\.orders_items cannot be loaded into: it is not there, and"):
        ensure_tables(database, target_of(WithItems))


def test_a_text_key_is_in_the_order_of_its_bytes_in_children_too(database: Database) -> None:
    class Named(Row):
        id: str
        items: Annotated[list[Item], Child()]

    ensure_tables(database, target_of(Named))

    query = """
    select attrelid::regclass::text, attname from pg_attribute
    where attcollation = 'pg_catalog."C"'::regcollation and attrelid::regclass::text ~ '^shop' order by 1
    """
    assert database.rows(query) == [
        ("shop.orders", "id"),
        ("shop.orders_items", "_parent_id"),
        ("shop.orders_items_pkey", "_parent_id"),
        ("shop.orders_pkey", "id"),
    ]


BY_HAND = {
    "alter table shop.orders alter total type numeric(7,2)": (
        "total is numeric(7,2), the Row says numeric(9,2) and has not changed",
        'alter table "shop"."orders" alter column "total" type numeric(9,2)',
    ),
    "alter table shop.orders alter note set not null": (
        "note is not nullable, the Row says it is and has not changed",
        'alter table "shop"."orders" alter column "note" drop not null',
    ),
    "alter table shop.orders add check (total > 0)": (
        "somebody has put check orders_total_check on it",
        "alter table shop.orders drop constraint orders_total_check",
    ),
    "create unique index mine on shop.orders (note)": (
        "somebody has put unique index mine on it",
        "drop index shop.mine",
    ),
    "create rule mine as on insert to shop.orders do instead nothing": (
        "somebody has put rule mine on it",
        "drop rule mine on shop.orders",
    ),
    "alter table shop.orders enable row level security": (
        "somebody has put row level security on it",
        "alter table shop.orders disable row level security",
    ),
    "create trigger mine before update on shop.orders "
    "for each row execute function suppress_redundant_updates_trigger()": (
        "somebody has put trigger mine on it",
        "drop trigger mine on shop.orders",
    ),
    "create table shop.other () inherits (shop.orders)": (
        "somebody has put child table shop.other on it",
        "alter table shop.other no inherit shop.orders",
    ),
    "alter table shop.orders rename to old; create view shop.orders as select * from shop.old": (
        "it is a view",
        'alter view "shop"."orders" rename to "orders_set_aside"',
    ),
}
REBUILT = {
    "alter table shop.orders drop column note": "note is not there any more, and the Row has not changed",
    "alter table shop.orders rename note to remark": "remark is not in the Row",
    "alter table shop.orders add mine text": "mine is not in the Row",
    "alter table shop.orders drop constraint orders_pkey": "its key is none, the Stream's is (id)",
    "alter table shop.orders set unlogged": "it is an unlogged table",
    "alter table shop.orders drop column _record": "it has no column _record",
    "alter table shop.orders rename to old; create table shop.orders (like shop.old) partition by list (id)": (
        "it is a partitioned table"
    ),
}


def test_the_longest_name_is_no_obstacle_to_a_rebuild(database: Database) -> None:
    stream = Stream("o" * 63, path="/orders", row=Order, key="id", mode="history")
    target = Target("shop", stream, fingerprint(Order))
    ensure_tables(database, target)
    names = "select relname from pg_class where relnamespace = 'shop'::regnamespace order by 1"
    before = database.rows(names)

    for _ in range(2):
        begin(database, target)
        swap(database, target, patience=0, clock=SystemClock())

    assert database.rows(names) == before
    assert ("o" * 58 + "_pkey",) in before


def test_what_was_changed_by_hand_is_named_with_what_undoes_it(database: Database) -> None:
    for change, (told, undo) in BY_HAND.items():
        database.run("drop schema if exists shop cascade")
        forget(database, target_of(Order))
        fill(database, target_of(Order), ONE)
        database.run(change)

        with pytest.raises(RefusedError) as caught:
            ensure_tables(database, target_of(Order))

        assert str(caught.value) == f"table shop.orders cannot be loaded into: {told}"
        assert caught.value.hint == f"in the database: {undo}"
        database.run(undo)
        if "rename" not in undo:
            assert ensure_tables(database, target_of(Order)) == ()


def test_what_was_changed_by_hand_otherwise_is_made_anew(database: Database) -> None:
    for change, told in REBUILT.items():
        database.run("drop schema if exists shop cascade")
        forget(database, target_of(Order))
        fill(database, target_of(Order), ONE)
        database.run(change)

        with pytest.raises(RefusedError) as caught:
            ensure_tables(database, target_of(Order))

        assert told in str(caught.value)
        assert (
            caught.value.hint
            == "`minidata check` tells what would not fit, `minidata load --rebuild shop.orders` makes it anew"
        )


def test_what_a_role_lacks_is_named_with_its_grant(database: Database) -> None:
    target = target_of(Order)
    database.run("create role aaa_loader; grant usage on schema minidata to aaa_loader")
    database.run("grant select, insert, update, delete on all tables in schema minidata to aaa_loader")
    database.run("revoke create on database %s from public" % _name(database))  # noqa: UP031
    try:
        lacks = []
        for mend in ("create schema shop", "grant usage, create on schema shop to aaa_loader", ""):
            database.run("set role aaa_loader")
            with pytest.raises(EngineError) as caught:
                ensure_tables(database, target)
            database.run("reset role")
            lacks.append((str(caught.value), caught.value.hint))
            if mend:
                database.run(mend)
            if mend.startswith("grant"):
                fill(database, target, ONE)
                target = target_of(Described)
    finally:
        database.run("drop owned by aaa_loader; drop role aaa_loader")

    name = _name(database)
    assert lacks == [
        (
            f"aaa_loader lacks CREATE on database {name}",
            f'an administrator says: grant create on database "{name}" to "aaa_loader"',
        ),
        (
            "aaa_loader lacks USAGE and CREATE on schema shop",
            'an administrator says: grant usage, create on schema "shop" to "aaa_loader"',
        ),
        (
            "aaa_loader does not own the table shop.orders",
            'an administrator says: alter table "shop"."orders" owner to "aaa_loader"',
        ),
    ]


def test_a_swap_that_takes_another_owner_says_so(database: Database) -> None:
    target = target_of(Order)
    database.run("create role aaa_loader; grant usage, create on schema minidata to aaa_loader")
    database.run("grant select, insert, update, delete on all tables in schema minidata to aaa_loader")
    try:
        database.run("create schema shop authorization aaa_loader")
        database.run("set role aaa_loader")
        fill(database, target, ONE)
        begin(database, target)
        fill(database, replace(target, rebuild=True), ONE)
        database.run("reset role; create view public.theirs as select id from shop.orders; set role aaa_loader")

        with pytest.raises(EngineError) as caught:
            check_replaceable(database, target)

        assert str(caught.value) == "the login may not swap tables: public.theirs belongs to postgres"
        assert caught.value.hint.startswith("let the owner of the database do it")
        database.run("reset role; drop view public.theirs; set role aaa_loader")
        assert swap(database, target, patience=0, clock=SystemClock()).views == ()
    finally:
        database.run("reset role; drop schema shop cascade; drop owned by aaa_loader; drop role aaa_loader")


def _name(database: Database) -> str:
    (name,) = database.one("select current_database()::text") or ("",)
    return str(name)
