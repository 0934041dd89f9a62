"""From a page's bytes to rows: laws that hold for whatever the page says of its records."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from hypothesis import given
from hypothesis import strategies as st

from minidata.core.loading.preparing import Prepared, prepare
from minidata.core.rows import Child, Row
from minidata.core.runs import Page
from minidata.core.source import Deleted, Stream
from minidata.core.tables import tables_of


class Note(Row):
    id: int
    text: str


class Discount(Row):
    code: str


class Item(Row):
    sku: str
    discounts: Annotated[list[Discount] | None, Child()] = None


class Order(Row):
    id: int
    note: str
    items: Annotated[list[Item] | None, Child()] = None


RECORDS = st.lists(
    st.one_of(
        st.fixed_dictionaries({"id": st.integers(), "text": st.text(max_size=3)}),
        st.fixed_dictionaries({"id": st.integers(0, 9)}),
        st.integers(),
        st.none(),
    ),
    max_size=6,
)


ORDERS = Stream("orders", "/", Order, key="id", deleted=Deleted("deleted_at"))


def prepared(body: bytes, *, of: str = "json", stream: Stream | None = None, **more: Any) -> Prepared:
    stream = stream or Stream("notes", "/", Note, format=of)  # type: ignore[arg-type]
    at = datetime(2026, 1, 1, tzinfo=UTC)
    page = Page(number=1, key="k", sha256="0" * 64, size=0, status=200, url="http://x/", fetched_at=at, **more)
    return prepare(stream, page, body)


def outcome(of: Prepared) -> tuple[Any, ...]:
    return of.fetched, of.quarantined, of.rows.texts, of.rejected


@given(RECORDS, st.sampled_from(["\n", "\r\n", "\n \n"]))
def test_lines_are_the_records_of_a_list(records: list[Any], end: str) -> None:
    lines = end.join(json.dumps(record) for record in records)

    assert outcome(prepared(lines.encode(), of="ndjson")) == outcome(prepared(json.dumps(records).encode()))


@given(RECORDS, st.sets(st.integers(0, 7)))
def test_what_is_repeated_changes_nothing_for_the_others(records: list[Any], repeated: set[int]) -> None:
    body = json.dumps(records).encode()
    whole, part = prepared(body), prepared(body, repeated=tuple(repeated))

    places = {str(place) for place in repeated}
    assert part.fetched == whole.fetched
    assert part.rows.texts == [text for text in whole.rows.texts if text.rpartition("\t")[2] not in places]
    assert part.rejected == tuple(reason for reason in whole.rejected if reason.record not in repeated)


@given(RECORDS)
def test_a_context_is_what_each_record_might_have_said_itself(records: list[Any]) -> None:
    said = [{"text": "p", **record} if isinstance(record, dict) else record for record in records]

    given_by_page = prepared(json.dumps(records).encode(), context={"text": "p"})

    assert outcome(given_by_page) == outcome(prepared(json.dumps(said).encode()))


def test_lists_of_models_become_lines_of_tables_of_their_own() -> None:
    order = {"id": 7, "note": "n", "items": [{"sku": "a"}, {"sku": "b", "discounts": [{"code": "x"}, {"code": "y"}]}]}

    found = prepared(json.dumps([{"id": 6, "note": ""}, order]).encode(), stream=ORDERS)

    assert [table.name for table in tables_of(ORDERS)] == ["orders", "orders_items", "orders_items_discounts"]
    assert [column.name for column in tables_of(ORDERS)[2].columns] == [
        "code",
        "_parent_id",
        "_position_1",
        "_position",
    ]
    assert found.rows.texts == ["6\t\t0", "7\tn\t1"]
    assert [lines.texts for lines in found.children] == [
        ["a\t7\t0\t1", "b\t7\t1\t1"],
        ["x\t7\t1\t0\t1", "y\t7\t1\t1\t1"],
    ]


def test_of_a_key_the_last_word_counts_whether_it_is_a_row_or_a_delete() -> None:
    records: list[dict[str, Any]] = [
        {"id": 1, "note": "a", "items": [{"sku": "a"}]},
        {"id": 2, "deleted_at": "2026-01-01"},
        {"id": 1, "deleted_at": "2026-01-02"},
        {"id": 2, "note": "back", "deleted_at": None},
        {"id": None, "deleted_at": "2026-01-02"},
    ]

    found = prepared(json.dumps(records).encode(), stream=ORDERS)

    assert found.rows.texts == ["2\tback\t3"]
    assert found.children[0].texts == []
    assert found.gone.texts == ["1\t\\N\t2"]
    assert (found.fetched, found.loaded, found.quarantined) == (5, 2, 1)
    assert [(reason.record, reason.code, reason.pointer) for reason in found.rejected] == [(4, "WRONG_TYPE", "/id")]
