"""From a page's bytes to rows: laws that hold for whatever the page says of its records."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from minidata.core.preparing import Prepared, prepare
from minidata.core.rows import Row
from minidata.core.runs import Page
from minidata.core.source import Stream


class Note(Row):
    id: int
    text: str


RECORDS = st.lists(
    st.one_of(
        st.fixed_dictionaries({"id": st.integers(), "text": st.text(max_size=3)}),
        st.fixed_dictionaries({"id": st.integers(0, 9)}),
        st.integers(),
        st.none(),
    ),
    max_size=6,
)


def prepared(body: bytes, *, of: str = "json", **more: Any) -> Prepared:
    stream = Stream("notes", "/", Note, format=of)  # type: ignore[arg-type]
    at = datetime(2026, 1, 1, tzinfo=UTC)
    page = Page(number=1, key="k", sha256="0" * 64, size=0, status=200, url="http://x/", fetched_at=at, **more)
    return prepare(stream, page, body)


def outcome(of: Prepared) -> tuple[Any, ...]:
    return of.fetched, of.quarantined, of.lines.texts, of.rejected


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
    assert part.lines.texts == [text for text in whole.lines.texts if text.rpartition("\t")[2] not in places]
    assert part.rejected == tuple(reason for reason in whole.rejected if reason.record not in repeated)


@given(RECORDS)
def test_a_context_is_what_each_record_might_have_said_itself(records: list[Any]) -> None:
    said = [{"text": "p", **record} if isinstance(record, dict) else record for record in records]

    given_by_page = prepared(json.dumps(records).encode(), context={"text": "p"})

    assert outcome(given_by_page) == outcome(prepared(json.dumps(said).encode()))
