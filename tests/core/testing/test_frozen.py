"""A stopped clock: what asks for the time in SQL, and what only looks as if."""

from datetime import UTC, datetime

import pytest

from minidata.core.testing.frozen import frozen

AT = datetime(2026, 1, 31, tzinfo=UTC)
THEN = "timestamptz '2026-01-31T00:00:00+00:00'"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("now()", f'(select {THEN} as "now")'),
        ("NOW( )", f'(select {THEN} as "now")'),
        ("pg_catalog.now()", f'(select {THEN} as "now")'),
        ("current_timestamp", f'(select {THEN} as "current_timestamp")'),
        ("current_timestamp(3)", f'(select {THEN} as "current_timestamp")'),
        ("current_date - 1", f'(select {THEN}::date as "current_date") - 1'),
        ("localtimestamp", f'(select {THEN}::timestamp as "localtimestamp")'),
        ("current_time", f'(select {THEN}::timetz as "current_time")'),
        ("statement_timestamp()", f'(select {THEN} as "statement_timestamp")'),
    ],
)
def test_what_asks_for_the_time_is_told_the_moment(text: str, told: str) -> None:
    assert frozen(f"select {text}", AT) == f"select {told}"


@pytest.mark.parametrize(
    "text",
    [
        "'now()'",
        '"current_date"',
        "my.now()",
        "x.current_date",
        "now",
        "t.now",
        "now(1 + 1)",
        "1 -- now()",
        "/* current_date */ 1",
        "nowadays()",
        "$$now()$$",
    ],
)
def test_what_only_looks_as_if_stays(text: str) -> None:
    assert frozen(f"select {text}", AT) == f"select {text}"


def test_lines_stay_where_they_are() -> None:
    text = "select\n  now(),\n  nope\nfrom x -- now()\nwhere at < current_date"

    assert [line.split()[0] for line in frozen(text, AT).splitlines()] == ["select", "(select", "nope", "from", "where"]
