"""Reading bodies, also those that are not quite right, and finding one's way in them."""

import re

import pytest

from minidata.core.payload import PayloadError, at_path, read


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"a":1,"a":2}', "DUPLICATE_KEY"),
        (b'["\\ud800"]', "LONE_SURROGATE"),
        (b"[NaN]", "NONFINITE"),
        (b"[" + b"9" * 5000 + b"]", "NUMBER_TOO_LONG"),
    ],
)
def test_a_page_that_a_load_will_reject_still_says_what_is_next(body: bytes, code: str) -> None:
    document, wrong = read(body)

    assert document
    assert re.match(code, wrong)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a":[1,', b"\xff\xfe"])
def test_what_is_no_json_is_not_read(body: bytes) -> None:
    with pytest.raises(PayloadError):
        read(body)


def test_an_exact_page_has_nothing_wrong() -> None:
    assert read(b'{"a":1}') == ({"a": 1}, "")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", {"data": [{"id": 1}, {"id": 2}], "-1": "x"}),
        ("data.0.id", 1),
        ("data.-1.id", 2),
        ("data.-2.id", 1),
        ("data.2.id", None),
        ("data.-3.id", None),
        ("data.id", None),
        ("data.--1", None),
        ("data.1.0", None),
        ("-1", "x"),
        ("nothing.here", None),
    ],
)
def test_a_path_leads_into_objects_and_lists(path: str, found: object) -> None:
    assert at_path({"data": [{"id": 1}, {"id": 2}], "-1": "x"}, path) == found
    assert at_path([], "-1.id") is None
