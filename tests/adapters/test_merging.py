"""The law of load, held against a reference implementation, on a real Postgres."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from minidata.adapters.database import ledger
from minidata.adapters.database.connection import Database, connect
from minidata.adapters.database.ledger import Counts
from minidata.adapters.database.merging import Table, load_batch
from minidata.adapters.database.tables import ensure_table
from minidata.core.preparing import batches, prepare, without_repeated
from minidata.core.rows import Row, fingerprint
from minidata.core.runs import Manifest, Page, page_key, run_prefix
from minidata.core.source import Stream

AT = datetime(2026, 1, 31, 6, tzinfo=UTC)


class Order(Row):
    id: int
    note: str


ORDERS = Stream("orders", path="/orders", row=Order, key="id")
EVENTS = Stream("events", path="/events", row=Order)

# A record is (key, note); a key of None is a record that does not fit. A Run is a list of pages, each of records.
Runs = list[list[list[tuple[int | None, str]]]]
runs_of_pages = st.lists(
    st.lists(
        st.lists(st.tuples(st.none() | st.integers(0, 5), st.text("ab\\\t\n'", max_size=3)), max_size=4),
        min_size=1,
        max_size=3,
    ),
    min_size=1,
    max_size=3,
)


@pytest.fixture
def database(database_url: SecretStr) -> Iterator[Database]:
    with connect(database_url) as database:
        database.run("create schema minidata")
        ledger.prepare_ledger(database)
        yield database


def run_of(number: int, pages: list[list[tuple[int | None, str]]], stream: Stream) -> tuple[Manifest, list[bytes]]:
    name = f"20260131t06000000000{number}z-ab"
    prefix = run_prefix("shop", stream.name, name)
    bodies = [json.dumps([{"id": key, "note": note} for key, note in page]).encode() for page in pages]
    listed = tuple(
        Page(
            number=n,
            key=page_key(prefix, n),
            sha256=hashlib.sha256(body).hexdigest(),
            size=len(body),
            status=200,
            url="http://x/orders",
            fetched_at=AT,
        )
        for n, body in enumerate(bodies, start=1)
    )
    manifest = Manifest(
        source="shop", stream=stream.name, run=name, started_at=AT, finished_at=AT, pages=listed, minidata="0"
    )
    return manifest, bodies


def load_run(database: Database, stream: Stream, number: int, pages: list, batch: int) -> Counts:  # type: ignore[type-arg]
    manifest, bodies = run_of(number, pages, stream)
    table = Table("shop", stream, fingerprint(stream.row))
    prepared = (prepare(stream, page, body) for page, body in zip(manifest.pages, bodies, strict=True))
    return sum(
        (
            load_batch(database, table, manifest, without_repeated(one)).counts
            for one in batches(prepared, records=batch)
        ),
        Counts(),
    )


def rows(database: Database, stream: Stream) -> list[tuple[int, str]]:
    return database.rows(f"select id, note from shop.{stream.name} order by id, note")


def reference(runs: Runs) -> list[tuple[int, str]]:
    """Twenty lines' worth of law: the last record of a key, by (run, page, record), is the row."""
    table = {key: note for pages in runs for page in pages for key, note in page if key is not None}
    return sorted(table.items())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(runs=runs_of_pages, batch=st.integers(1, 6), order=st.randoms(use_true_random=False))
def test_the_table_is_a_function_of_the_objects(database: Database, runs: Runs, batch: int, order: Random) -> None:
    database.run("drop schema if exists shop cascade")
    database.run("truncate minidata.object, minidata.quarantine, minidata.run")
    ensure_table(database, "shop", ORDERS)
    arrival = [*range(len(runs)), order.randrange(len(runs))]
    order.shuffle(arrival)

    totals = Counts()
    for number in arrival:
        totals += load_run(database, ORDERS, number, runs[number], batch)

    assert rows(database, ORDERS) == reference(runs)
    assert totals.balanced
    assert totals.fetched == sum(len(page) for pages in runs for page in pages)
    assert totals.quarantined == sum(key is None for pages in runs for page in pages for key, _ in page)


def test_without_a_key_every_record_is_a_row(database: Database) -> None:
    ensure_table(database, "shop", EVENTS)

    load_run(database, EVENTS, 0, [[(1, "a"), (1, "a")], [(1, "b")]], batch=10)
    again = load_run(database, EVENTS, 0, [[(1, "a"), (1, "a")], [(1, "b")]], batch=10)

    assert rows(database, EVENTS) == [(1, "a"), (1, "a"), (1, "b")]
    assert again == Counts()


def test_a_record_repeated_on_the_next_page_counts_the_same_in_any_batch(database: Database) -> None:
    ensure_table(database, "shop", ORDERS)
    pages = [[(1, "a"), (2, "a")], [(2, "b"), (3, "b")]]

    together = load_run(database, ORDERS, 0, pages, batch=100)
    apart = load_run(database, ORDERS, 1, pages, batch=1)

    assert together == apart == Counts(fetched=4, loaded=4)
    assert rows(database, ORDERS) == [(1, "a"), (2, "b"), (3, "b")]


def test_a_row_leads_back_to_its_object_and_record(database: Database) -> None:
    ensure_table(database, "shop", ORDERS)

    load_run(database, ORDERS, 0, [[(1, "a")], [(2, "b"), (3, "c")]], batch=100)

    found = database.one(
        "select o.page, t._record from shop.orders t join minidata.object o on o.id = t._object where t.id = 3"
    )
    assert found == (2, 1)


def test_the_reason_is_kept_and_the_value_is_not(database: Database) -> None:
    ensure_table(database, "shop", ORDERS)

    load_run(database, ORDERS, 0, [[(1, "fine"), (None, "private")]], batch=100)

    found = database.rows("select record, code, pointer, message from minidata.quarantine")
    assert found == [(1, "WRONG_TYPE", "/id", "Input should be a valid integer")]


def test_counts_that_do_not_add_up_are_refused_by_the_ledger(database: Database) -> None:
    ensure_table(database, "shop", ORDERS)
    load_run(database, ORDERS, 0, [[(1, "a")]], batch=100)

    with pytest.raises(Exception, match="accounted"):
        ledger.settle(database, [(1, Counts(fetched=2, loaded=1))])


def test_nothing_of_a_batch_stays_when_its_end_fails(database: Database) -> None:
    ensure_table(database, "shop", ORDERS)
    database.run("alter table shop.orders add constraint refuse check (id <> 13)")

    with pytest.raises(Exception, match="refuse"):
        load_run(database, ORDERS, 0, [[(1, "a")], [(13, "b"), (None, "c")]], batch=100)

    assert rows(database, ORDERS) == []
    assert database.rows("select from minidata.object union all select from minidata.quarantine") == []
