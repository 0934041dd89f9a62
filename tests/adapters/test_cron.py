"""When a schedule is due: beside a search of every minute, and where the clocks change."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidata.adapters.cron import Cron, local_zone
from minidata.core.errors import ConfigError

BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY = 7


@st.composite
def fields(draw: st.DrawFn, first: int, last: int, most: int | None = None) -> tuple[str, frozenset[int]]:
    """A field as text, and the values that it means, found without any parser; none that is named is above *most*."""
    most = most or last
    low = draw(st.integers(first, most))
    # A range of one value with a step means nothing to anybody.
    high = draw(st.integers(min(low + 1, most), most))
    low = min(low, high - 1)
    step = draw(st.integers(1, 7))
    return draw(
        st.sampled_from(
            [
                ("*", frozenset(range(first, last + 1))),
                (f"*/{step}", frozenset(range(first, last + 1, step))),
                (f"{low}", frozenset({low})),
                (f"{low}-{high}", frozenset(range(low, high + 1))),
                (f"{low}-{high}/{step}", frozenset(range(low, high + 1, step))),
                (f"{low},{high}", frozenset({low, high})),
            ]
        )
    )


@settings(max_examples=150, deadline=None)
@given(
    fields(0, 59),
    fields(0, 23),
    fields(1, 31, most=28),
    fields(1, 12),
    fields(0, 7),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
)
def test_the_next_time_is_the_first_minute_that_fits(  # noqa: PLR0913, PLR0917 - five fields and a moment
    minutes: tuple[str, frozenset[int]],
    hours: tuple[str, frozenset[int]],
    days: tuple[str, frozenset[int]],
    months: tuple[str, frozenset[int]],
    weekdays: tuple[str, frozenset[int]],
    moment: datetime,
) -> None:
    either = not days[0].startswith("*") and not weekdays[0].startswith("*")
    sundays = weekdays[1] | ({0} if SUNDAY in weekdays[1] else set())

    def fits(day: date) -> bool:
        both = (day.day in days[1], day.isoweekday() % 7 in sundays)
        return day.month in months[1] and (any(both) if either else all(both))

    expected = next(
        (
            at
            for day in every_day(moment.date())
            if fits(day)
            for at in times_of(day, hours[1], minutes[1])
            if at > moment
        ),
    )

    assert Cron.read(" ".join(text for text, _ in (minutes, hours, days, months, weekdays))).after(moment) == expected


def every_day(day: date) -> Iterator[date]:
    while True:
        yield day
        day += timedelta(days=1)


def times_of(day: date, hours: frozenset[int], minutes: frozenset[int]) -> Iterator[datetime]:
    for hour in sorted(hours):
        for minute in sorted(minutes):
            yield datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def dues(expression: str, begin: str, count: int) -> list[str]:
    """Return the next times after *begin*, on Berlin's clocks, as they show them."""
    cron = Cron.read(expression, BERLIN)
    due, shown = datetime.fromisoformat(begin), []
    for _ in range(count):
        due = cron.after(due)
        shown.append(f"{due.astimezone(BERLIN):%d %H:%M%z}")
    return shown


def test_what_falls_into_the_hour_that_is_skipped_is_due_at_its_end() -> None:
    assert dues("30 2 * * *", "2026-03-28T00:00+01:00", 3) == ["28 02:30+0100", "29 03:00+0200", "30 02:30+0200"]


def test_what_falls_into_the_hour_that_comes_twice_is_due_once() -> None:
    assert dues("30 2 * * *", "2026-10-24T12:00+02:00", 2) == ["25 02:30+0200", "26 02:30+0100"]


def test_begun_in_the_second_coming_of_an_hour_it_waits_for_the_next_day() -> None:
    assert dues("30 2 * * *", "2026-10-25T02:10+01:00", 1) == ["26 02:30+0100"]


def test_a_schedule_of_intervals_goes_by_the_clock_through_both() -> None:
    assert dues("*/30 * * * *", "2026-10-25T01:59+02:00", 4) == [
        "25 02:00+0200",
        "25 02:30+0200",
        "25 02:00+0100",
        "25 02:30+0100",
    ]
    assert dues("*/30 * * * *", "2026-03-29T01:29+01:00", 2) == ["29 01:30+0100", "29 03:00+0200"]


def test_the_machines_zone_is_that_of_tz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":Asia/Kolkata")

    assert local_zone() == ZoneInfo("Asia/Kolkata")


def test_a_zone_that_is_not_known_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Middle/Earth")

    with pytest.raises(ConfigError, match="Middle/Earth"):
        local_zone()
