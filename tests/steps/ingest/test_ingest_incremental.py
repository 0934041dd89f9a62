"""ingest against an API that changes while it is asked: each kind of trouble by itself."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from faults.changing import ChangingApi, Send, changing_api
from faults.desks import Desk
from faults.kept import appended, kept_pages, manifests, merged
from faults.shapes import Shape
from faults.tables import LAG, Table, finer, zulu
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.core.source import Source
from minidata.steps.ingest import ingest

NOWHERE = "http://127.0.0.1:1"
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def api() -> Iterator[ChangingApi]:
    with changing_api() as api:
        yield api


@pytest.fixture
def table(api: ChangingApi) -> Table:
    api.serves(Table(), Shape())
    return api.table


def desk_of(root: Path, api: ChangingApi, shape: Shape | None = None, **stream: Any) -> Desk:
    shape = shape or Shape()
    api.serves(api.table, shape)
    return Desk(root, api, shape.source(api.url, **stream))


def down_from(first: int, number: int, response: bytes, send: Send) -> None:
    """Deliver what is asked before request number *first*, and nothing from then on."""
    if number >= first:
        raise ConnectionAbortedError
    send(response)


def filled(table: Table, count: int) -> None:
    for _ in range(count):
        table.insert()
        table.now += SECOND


# Going on with what was interrupted.


@pytest.mark.parametrize("kind", ["cursor", "url", "link", "number", "total", "offset"])
def test_a_run_that_broke_off_goes_on_at_the_page_in_flight(
    tmp_path: Path, api: ChangingApi, table: Table, kind: Any
) -> None:
    filled(table, 48)
    desk = desk_of(tmp_path, api, Shape(kind))
    api.listens(partial(down_from, 5))
    assert desk.ingest().failures

    kept = kept_pages(desk.store)
    api.listens()
    (done,) = desk.done().streams

    assert [asked for asked in api.asked if asked in kept] == []
    # Where pages are asked for side by side, one that came before the one in front of it is not kept.
    assert len(kept) == 4 if kind in {"cursor", "url", "link"} else 1 <= len(kept) <= 4
    assert (done.resumed, done.pages, done.records) == (True, 10, 48)
    assert merged(desk.store) == table.rows


def test_a_run_that_dies_on_its_seventh_page_is_not_there(tmp_path: Path, api: ChangingApi, table: Table) -> None:
    filled(table, 48)
    desk = desk_of(tmp_path, api)
    api.listens(partial(down_from, 7))

    done = desk.ingest(full=True)

    assert (done.streams, done.exit_code) == ((), Exit.SOURCE)
    assert manifests(desk.store) == []


def test_a_run_that_is_too_old_is_begun_anew(tmp_path: Path, api: ChangingApi, table: Table) -> None:
    filled(table, 20)
    desk = desk_of(tmp_path, api)
    api.listens(partial(down_from, 3))
    assert desk.ingest().failures
    api.listens()
    table.now += timedelta(days=2)

    (done,) = desk.done().streams

    assert (done.resumed, done.records) == (False, 20)


def test_a_full_run_does_not_go_on_with_another_one(tmp_path: Path, api: ChangingApi, table: Table) -> None:
    filled(table, 20)
    desk = desk_of(tmp_path, api)
    desk.done()
    filled(table, 20)
    api.listens(partial(down_from, 3))
    assert desk.ingest().failures
    api.listens()

    (done,) = desk.done(full=True).streams

    assert (done.resumed, done.records) == (False, 40)


def test_one_source_that_fails_does_not_keep_the_other(tmp_path: Path, api: ChangingApi, table: Table) -> None:
    filled(table, 7)
    desk = desk_of(tmp_path, api)
    down = Source("down", NOWHERE, Shape().source(NOWHERE).streams)

    done = desk.ingest(others=[down])

    assert [(stream.source, stream.records) for stream in done.streams] == [("depot", 7)]
    assert [failure.source for failure in done.failures] == ["down"]
    assert done.exit_code == Exit.SOURCE


def test_nothing_is_asked_any_more_when_a_run_has_failed(tmp_path: Path, api: ChangingApi, table: Table) -> None:
    """Requests that were out beside the one that failed would be tried again and again, for nobody."""
    filled(table, 48)
    desk = desk_of(tmp_path, api, Shape("total"))

    def deliver(number: int, response: bytes, send: Send) -> None:
        refused = b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n"
        page = api.asked[number - 1]["page"]
        send(response if page == "1" else refused % (403 if page == "2" else 503))

    api.listens(deliver)
    project = Project(desk.root, environ={})

    assert ingest(project, {"depot": desk.source}).failures

    for thread in threading.enumerate():
        if thread.name.startswith("minidata-"):
            thread.join()
    assert len(api.asked) <= 1 + 2 * 4


# The edge between two Runs.


@pytest.mark.parametrize("key", ["id", ()])
def test_a_thousand_records_of_one_moment_are_neither_lost_nor_doubled(
    tmp_path: Path, api: ChangingApi, table: Table, key: Any
) -> None:
    desk = desk_of(tmp_path, api, Shape(size=100), key=key)
    for _ in range(500):
        table.insert()
    desk.done()
    for _ in range(500):
        table.insert()
    api.listens(partial(down_from, 2))
    assert desk.ingest().failures
    api.listens()

    desk.done()
    table.now += SECOND
    table.insert()
    desk.done()

    loaded = merged(desk.store).values() if key else appended(desk.store)
    assert Counter(record["id"] for record in loaded) == Counter(list(table.rows))


@pytest.mark.parametrize("shape", [Shape(), Shape(newest_first=True), Shape("number")])
def test_what_comes_late_by_less_than_the_lag_is_fetched(
    tmp_path: Path, api: ChangingApi, table: Table, shape: Shape
) -> None:
    filled(table, 12)
    desk = desk_of(tmp_path, api, shape, lag=LAG)
    desk.done()
    table.insert(table.now - LAG)
    desk.done()

    assert merged(desk.store) == table.rows


def test_what_comes_later_than_the_lag_is_fetched_by_a_full_run(tmp_path: Path, api: ChangingApi, table: Table) -> None:
    filled(table, 12)
    desk = desk_of(tmp_path, api, lag=LAG)
    desk.done()
    table.insert(table.now - 2 * LAG)
    desk.done()
    assert len(merged(desk.store)) == 12

    desk.done(full=True)

    assert merged(desk.store) == table.rows


def test_what_changes_on_pages_that_were_read_is_fetched_by_the_next_run(
    tmp_path: Path, api: ChangingApi, table: Table
) -> None:
    """The cursor is not the latest record that a Run saw: before that, others may have changed behind its back."""
    filled(table, 20)
    desk = desk_of(tmp_path, api, Shape("number"))

    def change() -> None:
        if len(api.asked) in {3, 4}:
            table.now += SECOND
            table.put({3: 1, 4: 20}[len(api.asked)])

    api.change = change
    desk.done()
    api.change = lambda: None
    desk.done()

    assert merged(desk.store) == table.rows


@pytest.mark.parametrize("poison", [None, "9999-12-31T23:59:59Z", "soon", 5, True, [], {"at": 1}, ""])
@pytest.mark.parametrize("kind", ["cursor", "number"])
def test_a_record_without_a_time_does_no_harm(
    tmp_path: Path, api: ChangingApi, table: Table, kind: Any, poison: Any
) -> None:
    table.poison(updated_at=poison)
    filled(table, 7)
    table.poison(updated_at=poison)
    desk = desk_of(tmp_path, api, Shape(kind))
    desk.done()
    first = manifests(desk.store)[-1].cursor_after
    filled(table, 3)
    desk.done()

    assert first == zulu(datetime(2026, 3, 1, 12, 0, 6, tzinfo=UTC))
    assert merged(desk.store) == table.rows


def test_a_record_of_the_future_is_told_and_does_not_hide_what_comes(
    tmp_path: Path, api: ChangingApi, table: Table
) -> None:
    filled(table, 7)
    table.insert(datetime(9999, 1, 1, tzinfo=UTC))
    table.insert(table.now + timedelta(days=1))
    desk = desk_of(tmp_path, api)
    (first,) = desk.done().streams
    filled(table, 3)
    desk.done()

    assert any("in the future" in warning for warning in first.warnings)
    assert merged(desk.store) == table.rows


@pytest.mark.parametrize("poison", [None, "9999-12-31T23:59:59Z", "soon", 5])
def test_an_event_without_a_time_is_not_there_twice(
    tmp_path: Path, api: ChangingApi, table: Table, poison: Any
) -> None:
    desk = desk_of(tmp_path, api, key=())
    for _ in range(3):
        filled(table, 7)
        table.poison(updated_at=poison)
        desk.done()

    assert Counter(record["id"] for record in appended(desk.store)) == Counter(list(table.rows))


@pytest.mark.parametrize("poison", [None, "9999-12-31T23:59:59Z"])
def test_events_that_leave_no_cursor_are_not_there_twice(
    tmp_path: Path, api: ChangingApi, table: Table, poison: Any
) -> None:
    """The next Run is sent all of it again."""
    table.poison(updated_at=poison)
    desk = desk_of(tmp_path, api, key=())
    desk.done()
    filled(table, 7)
    desk.done()

    assert Counter(record["id"] for record in appended(desk.store)) == Counter(list(table.rows))


@pytest.mark.parametrize("digits", [3, 6, 9])
@pytest.mark.parametrize("zone", ["+00:00", "Z"])
def test_a_time_is_sent_back_as_it_was_written(
    tmp_path: Path, api: ChangingApi, table: Table, digits: int, zone: str
) -> None:
    def spell(moment: datetime) -> str:
        return finer(digits, moment).replace("+00:00", zone)

    table.spell = spell
    table.now += timedelta(microseconds=999_999)
    table.insert()
    desk = desk_of(tmp_path, api)
    # The server tells its clock in whole seconds: what is later than that is asked for again.
    table.now += SECOND
    desk.done()
    sent = spell(table.moments[1])
    desk.done()

    assert [asked.get("since") for asked in api.asked] == [None, sent]
    assert manifests(desk.store)[-1].cursor_after == sent


def number(moment: datetime) -> int:
    return int(moment.timestamp())


def text(moment: datetime) -> str:
    return str(number(moment))


@pytest.mark.parametrize("spell", [number, text, datetime.timestamp])
def test_a_cursor_may_be_a_number(
    tmp_path: Path, api: ChangingApi, table: Table, spell: Callable[[datetime], Any]
) -> None:
    table.spell = spell
    filled(table, 7)
    desk = desk_of(tmp_path, api)
    desk.done()
    filled(table, 7)
    desk.done()

    assert api.asked[2]["since"] == str(spell(datetime(2026, 3, 1, 12, 0, 6, tzinfo=UTC)))
    assert merged(desk.store) == table.rows


def test_a_clock_that_was_put_back_loses_nothing(tmp_path: Path, api: ChangingApi, table: Table) -> None:
    """Of two Runs the later one counts, also where the machine's clock says that it was the earlier one."""
    filled(table, 3)
    desk = desk_of(tmp_path, api)
    desk.done()
    desk.clock.at -= timedelta(hours=2)
    desk.skew = timedelta(hours=-1)
    table.put(2)
    desk.done()
    filled(table, 3)
    desk.done()

    assert merged(desk.store) == table.rows


# Stretches of time.


def test_a_backfill_gets_every_window_and_leaves_the_cursor(tmp_path: Path, api: ChangingApi, table: Table) -> None:
    begin = table.now
    filled(table, 30)
    desk = desk_of(tmp_path, api)
    (forward,) = desk.done().streams
    until = begin + timedelta(minutes=3)

    table.now = until
    (back,) = desk.done(since=zulu(begin), until=zulu(until), window="1m").streams
    filled(table, 2)
    (after,) = desk.done().streams

    assert (back.runs, back.records, back.cursor) == (3, 30, forward.cursor)
    assert after.records == 3
    assert merged(desk.store) == table.rows


def test_a_backfill_goes_on_with_the_window_that_broke_off(tmp_path: Path, api: ChangingApi, table: Table) -> None:
    begin = table.now
    for _ in range(50):
        table.insert()
        table.now += timedelta(minutes=6)
    desk = desk_of(tmp_path, api)
    options: dict[str, Any] = {"since": zulu(begin), "until": zulu(table.now), "window": "1h"}
    # Two pages each: the third window breaks off between them.
    api.listens(partial(down_from, 6))
    assert desk.ingest(**options).failures
    assert len(manifests(desk.store)) == 2
    api.listens()

    (done,) = desk.done(**options).streams

    assert (done.resumed, done.runs, len(api.asked)) == (True, 3, 5)
    assert appended(desk.store) == list(table.rows.values())
