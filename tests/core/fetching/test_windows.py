"""Windows: a stretch of time in pieces that neither overlap nor leave a gap."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.errors import ConfigError
from minidata.core.fetching.windows import Window, moment_of, width_of, windows

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as asked


def test_days_are_spelled_as_days() -> None:
    assert list(windows("2026-01-30", "2026-02-01", timedelta(days=1))) == [
        Window("2026-01-30", "2026-01-31"),
        Window("2026-01-31", "2026-02-01"),
    ]


def test_the_last_one_is_as_long_as_what_is_left() -> None:
    found = list(windows("2026-01-30T00:00:00Z", "2026-01-30T07:30:00Z", timedelta(hours=6)))

    assert found[-1] == Window("2026-01-30T06:00:00Z", "2026-01-30T07:30:00Z")


def test_a_piece_of_a_day_is_spelled_as_a_time() -> None:
    first, *_ = windows("2026-01-30", "2026-01-31", timedelta(hours=6))

    assert first == Window("2026-01-30", "2026-01-30T06:00:00Z")


def test_the_zone_stays_as_it_was_said() -> None:
    (found,) = windows("2026-01-30T00:00:00+02:00", "2026-01-30T01:00:00+02:00", timedelta(days=1))

    assert found == Window("2026-01-30T00:00:00+02:00", "2026-01-30T01:00:00+02:00")


@given(MOMENTS, st.timedeltas(timedelta(seconds=1), timedelta(days=9)), st.integers(1, 9_999))
def test_pieces_neither_overlap_nor_leave_a_gap(since: datetime, length: timedelta, minutes: int) -> None:
    until = since + length

    found = list(windows(since.isoformat(), until.isoformat(), timedelta(minutes=minutes)))

    assert moment_of(found[0].since) == since
    assert moment_of(found[-1].until) == until
    assert [one.until for one in found[:-1]] == [one.since for one in found[1:]]
    assert all(moment_of(one.since) < moment_of(one.until) for one in found)  # type: ignore[operator]


@pytest.mark.parametrize(("text", "length"), [("30m", timedelta(minutes=30)), ("2w", timedelta(days=14))])
def test_widths(text: str, length: timedelta) -> None:
    assert width_of(text) == length


@pytest.mark.parametrize("text", ["", "0d", "1", "d", "-1d", "1.5d", "1k", "∞", "9999999d", "1 d"])
def test_what_is_no_width(text: str) -> None:
    with pytest.raises(ConfigError, match="no length of time"):
        width_of(text)


@pytest.mark.parametrize(
    ("since", "until", "says"),
    [
        ("2026-01-02", "2026-01-02", "is not before"),
        ("2026-01-02", "2026-01-01", "is not before"),
        ("yesterday", "2026-01-01", "--since 'yesterday' is no time"),
        ("2026-01-01", "2026-01-02T00:00:00", "--until '2026-01-02T00:00:00' is no time"),
        ("1026-01-01", "2026-01-02", "more than 100,000 windows"),
    ],
)
def test_what_cannot_be_cut(since: str, until: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        list(windows(since, until, timedelta(hours=1)))


def test_a_date_is_midnight_in_utc() -> None:
    assert moment_of("2026-01-31") == datetime(2026, 1, 31, tzinfo=timezone(timedelta(0)))
