"""Whether to ask again, and when."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.fetching.retrying import LONGEST_WAIT, RETRIED, Limits, Stop, Tried, Wait, backoff, decide

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMITS = Limits(attempts=5, patience=300)


def decided(
    status: int | None,
    headers: dict[str, str] | None = None,
    *,
    attempt: int = 1,
    elapsed: float = 0,
    chance: float = 0,
) -> Wait | Stop:
    return decide(Tried(attempt, elapsed, status, headers or {}), LIMITS, now=NOW, chance=chance)


@pytest.mark.parametrize("status", [None, 429, 500, 502, 503, 504, 522])
def test_what_may_pass_is_asked_again(status: int | None) -> None:
    assert isinstance(decided(status), Wait)


@pytest.mark.parametrize("status", [206, 300, 304, 400, 401, 403, 404, 410, 422, 501])
def test_what_will_not_pass_is_asked_once(status: int) -> None:
    assert decided(status) == Stop()


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_never_more_than_it_may_be(attempt: int, chance: float) -> None:
    assert 0 <= backoff(attempt, chance) <= min(LONGEST_WAIT, 2.0 ** min(attempt - 1, 10))


def test_waits_double() -> None:
    assert [backoff(attempt, 0.5) for attempt in (1, 2, 3, 4)] == [0.5, 1, 2, 4]


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "20"},
        {"retry-after": " 20 "},
        {"retry-after": format_datetime(NOW + timedelta(seconds=20), usegmt=True)},
    ],
)
def test_a_server_is_never_asked_earlier_than_it_says(headers: dict[str, str]) -> None:
    assert decided(429, headers) == Wait(20)
    assert decided(503, headers, chance=0.9) == Wait(20)


def test_a_date_is_read_by_the_server_s_clock() -> None:
    server = NOW + timedelta(hours=1)
    headers = {
        "date": format_datetime(server, usegmt=True),
        "retry-after": format_datetime(server + timedelta(seconds=7), usegmt=True),
    }

    assert decided(429, headers) == Wait(7)


@pytest.mark.parametrize(
    "said", ["", "junk", "-5", "1.5", "0", "٣", "Mon, 32 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"]
)
def test_what_says_nothing_leaves_our_own_wait(said: str) -> None:
    assert decided(429, {"retry-after": said}, chance=0.5) == Wait(0.5)


def test_a_wait_beyond_our_patience_stops_at_once() -> None:
    assert decided(429, {"retry-after": "301"}) == Stop("asked once, retry after 2026-03-01 12:05:01 UTC")
    assert decided(429, {"retry-after": "20"}, attempt=2, elapsed=290) == Stop(
        "asked 2 times, retry after 2026-03-01 12:00:20 UTC"
    )


@pytest.mark.parametrize("said", ["999999", "9" * 30, "9" * 5000, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_wait_without_end_stops_at_once(said: str) -> None:
    stop = decided(503, {"retry-after": said})

    assert isinstance(stop, Stop)
    assert "retry after" in stop.reason


def test_attempts_come_to_an_end() -> None:
    assert isinstance(decided(500, attempt=4), Wait)
    assert decided(500, attempt=5) == Stop("asked 5 times")


def test_patience_comes_to_an_end() -> None:
    assert decided(None, attempt=2, elapsed=300, chance=0.5) == Stop("asked 2 times")


def test_a_spent_rate_limit_is_waited_for_by_the_server_s_clock() -> None:
    server = NOW + timedelta(hours=1)
    headers = {
        "date": format_datetime(server, usegmt=True),
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(int(server.timestamp()) + 30),
    }

    assert decided(403, headers) == Wait(30)
    assert decided(429, headers) == Wait(30)


def test_a_rate_limit_that_was_reset_leaves_our_own_wait() -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}

    assert decided(403, headers, chance=0.5) == Wait(0.5)


@pytest.mark.parametrize("headers", [{"x-ratelimit-remaining": "0"}, {"x-ratelimit-remaining": "3"}, {}])
def test_a_plain_403_is_asked_once(headers: dict[str, str]) -> None:
    assert decided(403, headers) == Stop()


@given(
    st.sampled_from([None, *sorted(RETRIED), 403]),
    st.dictionaries(
        st.sampled_from(["date", "retry-after", "x-ratelimit-remaining", "x-ratelimit-reset"]),
        st.text(max_size=30) | st.integers().map(str),
    ),
    st.integers(1, 6),
    st.floats(0, 1_000),
)
def test_no_header_makes_us_wait_too_long(
    status: int | None, headers: dict[str, str], attempt: int, elapsed: float
) -> None:
    step = decided(status, headers, attempt=attempt, elapsed=elapsed, chance=0.999)

    assert isinstance(step, Stop) or 0 <= step.seconds <= LIMITS.patience - elapsed


@pytest.mark.parametrize("date", ["Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 31 Dec 2099 23:59:59 GMT", "junk"])
def test_a_server_without_a_clock_is_read_by_ours(date: str) -> None:
    headers = {
        "date": date,
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(int(NOW.timestamp()) + 30),
    }

    assert decided(429, headers) == Wait(30)


@pytest.mark.parametrize(("status", "again"), [(None, False), (500, False), (503, False), (429, True)])
def test_what_may_have_been_done_is_asked_again_only_when_it_was_turned_away(
    status: int | None, *, again: bool
) -> None:
    tried = Tried(1, 0, status, {}, harmless=False)

    step = decide(tried, LIMITS, now=NOW, chance=0)

    assert step == (Wait(0) if again else Stop("not asked again, for the stream is not idempotent"))
