"""How far a Stream has been read."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.errors import ConfigError
from minidata.core.fetching.cursors import Watermark, mark_of, sent

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def left(values: list[Any], before: str | None = None) -> str | None:
    mark = Watermark("at", before)
    mark.begin(BEGAN, BEGAN)
    mark.see([{"at": value} for value in values])
    return mark.after


@pytest.mark.parametrize(
    ("values", "largest"),
    [
        ([3, 20, 7], "20"),
        (["3", "20", "7"], "20"),
        ([Decimal("1.5"), Decimal("1.50001")], "1.50001"),
        (["2026-01-01T00:00:00Z", "2026-01-01T00:30:00+01:00"], "2026-01-01T00:00:00Z"),
        (["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000001Z"], "2026-01-01T00:00:00.000001Z"),
        (["a9", "a10"], "a9"),
        (["2026-01-31", "2026-01-04"], "2026-01-31"),
    ],
)
def test_the_largest_is_kept_as_the_api_wrote_it(values: list[Any], largest: str) -> None:
    assert left(values) == left(values[::-1]) == largest


def test_what_could_be_no_cursor_is_passed_over() -> None:
    assert left([None, True, "", [], {}, "n/a", "2026-01-01T00:00:00Z", 5]) == "2026-01-01T00:00:00Z"
    mark = Watermark("at", "7")
    mark.see([{}, None, 3, {"other": 9}])
    assert mark.after == "7"


def test_nothing_new_leaves_the_cursor_where_it_was() -> None:
    assert left([], "2026-01-01T00:00:00Z") == "2026-01-01T00:00:00Z"
    assert left(["2025-12-31T00:00:00Z"], "2026-01-01T00:00:00Z") == "2026-01-01T00:00:00Z"
    assert left([]) is None


def test_the_cursor_is_never_later_than_the_run_s_beginning() -> None:
    assert left(["2026-03-01T12:00:01Z", "2026-03-01T12:00:00Z", "9999-12-31T00:00:00Z"]) == "2026-03-01T12:00:00Z"


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000])
def test_a_number_that_counts_the_time_is_not_later_either(unit: int) -> None:
    began = int(BEGAN.timestamp()) * unit

    assert left([began - unit, began, began + unit, began + 3_600 * unit]) == str(began)


@pytest.mark.parametrize("number", [7, 999_999_999, 90_000_000_000, 10**18])
def test_a_number_that_counts_something_else_is_the_largest(number: int) -> None:
    assert left([1, number]) == str(number)


def test_a_record_of_the_future_is_warned_about() -> None:
    mark = Watermark("at", None)
    mark.begin(BEGAN, BEGAN)
    mark.see([{"at": "9999-01-01T00:00:00Z"}])

    assert mark.warning(BEGAN) == "at is in the future in some record (9999-01-01T00:00:00Z): not taken as the cursor"


def test_a_record_written_during_the_run_is_no_worry() -> None:
    mark = Watermark("at", None)
    mark.begin(BEGAN, BEGAN)
    mark.see([{"at": "2026-03-01T12:00:30Z"}])

    assert mark.warning(BEGAN + timedelta(minutes=1)) == ""


@pytest.mark.parametrize("off", [timedelta(days=-20_000), timedelta(days=20_000)])
def test_a_server_s_clock_that_is_plainly_wrong_is_not_believed(off: timedelta) -> None:
    mark = Watermark("at", None)

    assert "ours is used instead" in mark.begin(BEGAN + off, BEGAN)
    mark.see([{"at": "2026-03-01T12:00:00Z"}, {"at": "2027-01-01T00:00:00Z"}])
    assert mark.after == "2026-03-01T12:00:00Z"


def test_a_server_s_clock_counts_before_ours() -> None:
    mark = Watermark("at", None)

    assert mark.begin(BEGAN - timedelta(hours=1), BEGAN) == ""
    mark.see([{"at": "2026-03-01T11:00:00Z"}, {"at": "2026-03-01T11:30:00Z"}])
    assert mark.after == "2026-03-01T11:00:00Z"


@pytest.mark.parametrize(
    ("cursor", "earlier"),
    [
        ("2026-01-01T00:00:00Z", "2025-12-31T23:59:00Z"),
        ("2026-01-01T00:00:00.500Z", "2025-12-31T23:59:00.500Z"),
        ("2026-01-01T00:00:00.123456789Z", "2025-12-31T23:59:00.123456Z"),
        ("2026-01-01T00:00:00+02:00", "2025-12-31T23:59:00+02:00"),
        ("0001-01-01T00:00:10Z", "0001-01-02T00:00:00Z"),
    ],
)
def test_a_lag_is_taken_off_in_the_same_spelling(cursor: str, earlier: str) -> None:
    assert sent(cursor, timedelta(minutes=1)) == earlier


def test_without_a_lag_the_cursor_is_sent_as_it_came() -> None:
    assert sent("2026-01-01T00:00:00.123456789Z", timedelta(0)) == "2026-01-01T00:00:00.123456789Z"


def test_a_lag_behind_what_is_no_time_is_told() -> None:
    with pytest.raises(ConfigError, match="a lag needs a cursor that is a time with a zone"):
        sent("12", timedelta(minutes=1))


zones = st.timedeltas(timedelta(hours=-15), timedelta(hours=15)).map(
    lambda off: timezone(timedelta(minutes=off // timedelta(minutes=1)))
)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=zones)  # noqa: DTZ001 - hypothesis adds the zone


@given(moments, st.timedeltas(timedelta(seconds=1), timedelta(days=900)))
def test_what_is_sent_is_never_later_than_exact(moment: datetime, lag: timedelta) -> None:
    mark = mark_of(sent(moment.isoformat(), lag))

    assert mark is not None
    assert mark.moment is not None
    assert moment - lag - timedelta(seconds=1) < mark.moment <= moment - lag


@given(st.lists(st.one_of(st.integers(), moments.map(datetime.isoformat), st.text(), st.none(), st.booleans())))
def test_any_values_leave_one_of_them(values: list[Any]) -> None:
    after = left(values)

    assert after is None or after in {str(value) for value in values}
