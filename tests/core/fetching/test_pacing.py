"""When a request may go out."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from minidata.core.fetching.pacing import Pace

MOMENTS = st.lists(st.floats(0, 100), min_size=1, max_size=30).map(sorted)
# A little less than nothing, which is what floats know of a gap.
ALMOST = 1e-9


@given(st.floats(0.01, 1_000), MOMENTS)
def test_turns_are_never_closer_than_the_rate(rate: float, moments: list[float]) -> None:
    pace = Pace(rate)

    turns = [pace.turn(now) for now in moments]

    assert all(turn >= now for turn, now in zip(turns, moments, strict=True))
    assert all(later - earlier >= 1 / rate - ALMOST for earlier, later in pairwise(turns))


@given(st.floats(0.01, 1_000), MOMENTS)
def test_nobody_waits_longer_than_the_rate_has_it(rate: float, moments: list[float]) -> None:
    pace = Pace(rate)

    for number, now in enumerate(moments):
        assert pace.turn(now) <= max(now, moments[0] + number / rate) + number / rate + ALMOST


def test_without_a_rate_everybody_may_go() -> None:
    pace = Pace(None)

    assert [pace.turn(5.0) for _ in range(3)] == [5.0] * 3


@given(st.none() | st.floats(0.1, 10), MOMENTS, st.floats(0, 200))
def test_there_is_no_turn_while_all_are_held(rate: float | None, moments: list[float], until: float) -> None:
    pace = Pace(rate)
    before = pace.turn(moments[0])

    pace.hold(until)

    assert pace.lapsed(before) == (before < until)
    assert all(pace.turn(now) >= until for now in moments)
    assert pace.held_for(moments[-1]) == max(0.0, until - moments[-1])


def test_a_shorter_hold_ends_no_longer_one() -> None:
    pace = Pace(None)

    pace.hold(10.0)
    pace.hold(5.0)

    assert pace.turn(0.0) == 10.0
