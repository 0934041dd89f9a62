"""What leaves the quarantine is what a Load by the mended Row would have loaded in the first place."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict

from minidata.core.loading.preparing import prepare
from minidata.core.loading.reconsidering import reconsider
from minidata.core.rows import Row
from minidata.core.runs import Page
from minidata.core.source import Stream


class Strict(Row):
    id: int
    text: str


class Loose(Row):
    id: int
    text: str
    model_config = ConfigDict(strict=False, coerce_numbers_to_str=True)


STRICT, LOOSE = (Stream("notes", "/", row, key="id", records="data") for row in (Strict, Loose))
RECORDS: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict, id=st.sampled_from([1, 2, "3", None]), text=st.sampled_from(["a", "b", 1, None])
)


def page_of(body: bytes, repeated: tuple[int, ...] = ()) -> Page:
    return Page(
        number=1,
        key="raw/diary/notes/2026-01-31/20260131t060000000000z-00000000/00001.json",
        sha256=sha256(body).hexdigest(),
        size=len(body),
        status=200,
        url="http://127.0.0.1/",
        fetched_at=datetime(2026, 1, 31, tzinfo=UTC),
        repeated=repeated,
    )


@given(st.lists(RECORDS | st.none(), max_size=6), st.sets(st.integers(0, 5)))
def test_an_object_comes_to_what_the_mended_row_makes_of_it(records: list[Any], repeated: set[int]) -> None:
    body = json.dumps({"data": records}).encode()
    page = page_of(body, tuple(sorted(place for place in repeated if place < len(records))))
    before = {reason.record for reason in prepare(STRICT, page, body).rejected}
    wanted = prepare(LOOSE, page, body)

    found = reconsider(LOOSE, page, body, before)

    fit = before - {reason.record for reason in wanted.rejected}
    assert (found.moved, found.unfit, found.readable) == (len(fit), 0, True)
    assert (found.page.fetched, found.page.loaded, found.page.quarantined) == (
        wanted.fetched,
        wanted.loaded,
        wanted.quarantined,
    )
    assert found.page.rejected == wanted.rejected
    assert set(found.page.rows.places) == set(wanted.rows.places) & fit


@given(st.lists(RECORDS, max_size=6), st.data())
def test_what_is_discarded_stays_and_is_counted(records: list[Any], data: st.DataObject) -> None:
    body = json.dumps({"data": records}).encode()
    page = page_of(body)
    before = {reason.record for reason in prepare(STRICT, page, body).rejected}
    discarded = data.draw(st.sets(st.sampled_from(sorted(before, key=str))) if before else st.just(set[int | None]()))

    found = reconsider(LOOSE, page, body, before - discarded, discarded)

    counts = found.page
    assert discarded.isdisjoint([*counts.rows.places, *(reason.record for reason in counts.rejected)])
    assert counts.quarantined == found.remaining + len(discarded)
    assert 0 <= counts.loaded <= counts.fetched - counts.quarantined


def test_a_body_that_is_no_json_any_more_is_left_alone() -> None:
    found = reconsider(LOOSE, page_of(b"{"), b"{", {3, 7})

    assert (found.readable, found.moved, found.remaining, found.page.kept) == (False, 0, 2, 0)
