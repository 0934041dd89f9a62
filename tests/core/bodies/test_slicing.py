"""A record's own JSON is cut out of its page exactly where load finds the record, and not a byte is changed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.bodies.payload import parse, records_of
from minidata.core.bodies.slicing import record_text

SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)
RECORDS = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@given(st.lists(RECORDS, max_size=5), st.sampled_from(["", "data", "a.b"]), st.sampled_from([None, 1]))
def test_every_record_is_found_where_load_finds_it(records: list[Any], path: str, indent: int | None) -> None:
    document: Any = records
    for step in reversed(path.split(".") if path else []):
        document = {"before": [1, {"data": []}], step: document, "after": "}]"}
    body = json.dumps(document, indent=indent).encode()

    found = [record_text(body, path, place, lines=False) for place in range(len(records))]

    assert [parse(text.encode()) if text else None for text in found] == records_of(parse(body), path)
    assert record_text(body, path, len(records), lines=False) is None


@pytest.mark.parametrize(
    ("body", "path", "place", "text"),
    [
        (b'[{"total": 1.10, "n": 12345678901234567890123}]', "", 0, '{"total": 1.10, "n": 12345678901234567890123}'),
        (b'\xef\xbb\xbf{"id": 1}', "", 0, '{"id": 1}'),
        (b'{"pages": [[1], [ 2 , 3 ]]}', "pages.-1", 1, "3"),
        (b'{"data": {"id": 1}}', "data", 0, '{"id": 1}'),
        (b'{"data": {"id": 1}}', "data", 1, None),
        (b'{"data": [1]}', "other", 0, None),
        (b'{"data": [1', "data", 1, None),
        (b"[1" + b"0" * 5000 + b"]", "", 0, "1" + "0" * 5000),
        (b"[" * 100_000, "", 0, None),
    ],
)
def test_it_is_what_stands_there(body: bytes, path: str, place: int, text: str | None) -> None:
    assert record_text(body, path, place, lines=False) == text


def test_a_line_is_a_record() -> None:
    assert record_text(b'{"id": 1}\n\n {"id": 2.0}\r\n', "", 1, lines=True) == '{"id": 2.0}'
