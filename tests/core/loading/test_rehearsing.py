"""What a Load would do: counted over pages, with a reason and a place for whatever does not fit."""

import json
from datetime import UTC, datetime
from typing import Any

from minidata.core.loading.rehearsing import Reason, Rehearsal, rehearse
from minidata.core.rows import Row
from minidata.core.runs import Page
from minidata.core.source import Stream


class Item(Row):
    price: int


class Order(Row):
    id: int
    items: list[Item] = []  # noqa: RUF012 - pydantic copies it


def stream(**more: Any) -> Stream:
    return Stream("orders", "/orders", Order, key="id", **more)


def rehearsal(pages: list[Any], settled: dict[str, frozenset[int | None]] | None = None, **more: Any) -> Rehearsal:
    """All of *pages* together; they are called a, b and so on."""
    found = Rehearsal(stream(**more), settled)
    for number, records in enumerate(pages):
        body = records if isinstance(records, bytes) else json.dumps(records).encode()
        page = Page(
            number=number + 1,
            key="abcdef"[number],
            sha256="0" * 64,
            size=len(body),
            status=200,
            url="http://127.0.0.1/",
            fetched_at=datetime(2026, 1, 31, tzinfo=UTC),
        )
        found.add(rehearse(stream(), page, body))
    return found


def test_every_record_is_a_row_or_rejected_or_repeated() -> None:
    found = rehearsal([[{"id": 1}, {"id": 1}, {"id": "x"}], [{"id": 1}], b"<html>"])

    assert (found.objects, found.records, found.rows, found.rejected) == (3, 5, 2, 2)


def test_reasons_are_told_once_with_how_many_records_and_one_of_them() -> None:
    wrong = {"id": 2, "items": [{"price": 1}, {"price": "2"}, {"price": "3"}]}

    found = rehearsal([[{"id": 1}, wrong], [wrong, {"id": None}]])

    assert [(one.code, one.pointer, one.records, one.object, one.record) for one in found.reasons] == [
        ("WRONG_TYPE", "/items/*/price", 2, "a", 1),
        ("WRONG_TYPE", "/id", 1, "b", 1),
    ]


def test_a_body_that_cannot_be_read_is_one_record() -> None:
    (reason,) = rehearsal([b"<html>"]).reasons

    assert reason == Reason("NOT_JSON", "", reason.message, records=1, new=None, object="a", record=None)


def test_what_is_new_is_told_by_what_was_loaded() -> None:
    bad, good = {"id": "x"}, {"id": 1}
    settled = {"a": frozenset[int | None](), "b": frozenset[int | None]({0, 1})}

    found = rehearsal([[good, bad], [bad, good], [bad]], settled)

    assert (found.rejected, found.newly_rejected, found.newly_accepted) == (3, 1, 1)
    (reason,) = found.reasons
    assert (reason.records, reason.new, reason.object, reason.record) == (3, 1, "a", 1)


def test_a_body_that_was_quarantined_whole_may_fit_now() -> None:
    found = rehearsal([[{"id": 1}, {"id": 2}]], {"a": frozenset({None})})

    assert (found.newly_rejected, found.newly_accepted) == (0, 1)


def test_a_load_would_say_no_as_the_stream_says() -> None:
    pages = [[{"id": 1}, {"id": "x"}], [{"id": 2}]]

    assert rehearsal(pages).over
    assert not rehearsal(pages, max_quarantined=1).over
    assert not rehearsal(pages, max_quarantined=0.5).over
    assert rehearsal(pages, max_quarantined=0).over

    found = rehearsal(pages, max_quarantined=0.4)

    assert (found.refused, found.left_out, found.rows, found.rejected) == (1, 1, 1, 1)
