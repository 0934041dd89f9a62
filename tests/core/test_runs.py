"""Keys of Runs and Pages: their order is the order of time, however many there are."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from minidata.core.runs import ObjectKey, RunKey, began, manifest_key, page_key, run_id, run_prefix

AT = datetime(2026, 1, 31, 23, 59, 59, 7, tzinfo=UTC)
PREFIX = run_prefix("shop", "orders", run_id(AT, "00000001"))


def test_keys_of_pages_sort_by_number_beyond_five_digits() -> None:
    numbers = [1, 9, 10, 99_998, 99_999, 100_000, 100_001, 999_999, 1_000_000, 10_000_000]

    keys = [page_key(PREFIX, number) for number in numbers]

    assert keys == sorted(keys)
    assert [key.rpartition("/")[2] for key in keys[4:6]] == ["99999.json", "a100000.json"]


def test_a_page_s_key_tells_where_it_belongs() -> None:
    for number in (1, 100_000):
        parts = ObjectKey.parse(page_key(PREFIX, number, ".zst"))
        assert parts
        assert (parts.source, parts.stream, run_prefix(*parts[:3])) == ("shop", "orders", PREFIX)
        assert RunKey.parse(page_key(PREFIX, number)) is None
    assert RunKey.parse(manifest_key(PREFIX))


def test_a_run_s_id_tells_when_it_began() -> None:
    there = AT.astimezone(timezone(timedelta(hours=9)))

    assert began(run_id(there, "00000001")) == AT


@pytest.mark.parametrize("run", ["", "run-1", "20261331t000000000000z-1", "20260131t06"])
def test_an_id_that_is_not_ours_tells_nothing(run: str) -> None:
    assert began(run) is None
