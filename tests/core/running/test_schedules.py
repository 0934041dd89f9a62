"""Cron expressions as every cron understands them, and as systemd says the same."""

import re
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from minidata.adapters.cron import Cron
from minidata.core.errors import ConfigError
from minidata.core.running.schedules import standard

BEGIN = datetime(2026, 1, 30, 17, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "five"),
    [
        ("*/15 * * * *", "*/15 * * * *"),
        ("  0   6 *\t* mon-fri ", "0 6 * * mon-fri"),
        ("@hourly", "0 * * * *"),
        ("@Daily", "0 0 * * *"),
        ("0 0 1 JAN,jul *", "0 0 1 JAN,jul *"),
    ],
)
def test_a_schedule_becomes_five_fields(given: str, five: str) -> None:
    assert standard(given) == five


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "five fields"),
        ("0 6 * *", "five fields"),
        ("0 0 6 * * *", "five fields"),
        ("@reboot", "no such nickname"),
        ("0 0 L * *", "'L' is none of cron's words"),
        ("0 0 * * fri#2", "'fri#' is none of cron's words"),
        ("0 0 * * 5L", "'L' is none of cron's words"),
        ("0 0 * * friday", "'friday' is none of cron's words"),
        ("60 * * * *", "bad minute"),
        ("* 24 * * *", "bad hour"),
        ("0 0 0 * *", "bad day-of-month"),
        ("0 0 30 2 *", "bad day-of-month"),
        ("0 0 * jan-foo *", "'foo' is none of cron's words"),
        ("*/0 * * * *", "bad minute"),
        ("9-5 * * * *", "bad minute"),
        ("1,,2 * * * *", "bad minute"),
    ],
)
def test_what_is_no_schedule_is_told_in_one_line(given: str, told: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(told)) as error:
        Cron.read(given)

    assert error.value.hint


@pytest.mark.parametrize(
    ("expression", "events"),
    [
        ("0 6 * * *", ("*-*-* 6:0:00",)),
        ("*/15 * * * *", ("*-*-* *:0/15:00",)),
        ("0 8-18/2 * * 1-5", ("Mon,Tue,Wed,Thu,Fri *-*-* 8,10,12,14,16,18:0:00",)),
        ("30 2 1 jan,jul *", ("*-1,7-1 2:30:00",)),
        ("0 0 * * 0,7", ("Sun *-*-* 0:0:00",)),
        # A day of the month or of the week, where neither is a star; both, where one is.
        ("0 0 13 * fri", ("*-*-13 0:0:00", "Fri *-*-* 0:0:00")),
        ("0 0 */2 * fri", ("Fri *-*-1/2 0:0:00",)),
    ],
)
def test_systemd_is_told_the_same_times(expression: str, events: tuple[str, ...]) -> None:
    assert Cron.read(expression).calendar.on_calendar() == events


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
@pytest.mark.parametrize(
    "expression",
    [
        "*/15 * * * *",
        "7-59/20 8-18/3 * feb-nov/3 *",
        "0 0 29 2 *",
        "5 4 */2 * sun",
        "59 23 31 * *",
        "0 12 1-7 * 1-5/2",
        "0 0 13 * fri",
    ],
)
def test_systemd_itself_agrees(expression: str) -> None:
    """Its next ten times are cron's next ten."""
    cron = Cron.read(expression)
    due, ours = BEGIN, []
    for _ in range(10):
        due = cron.after(due)
        ours.append(f"{due:%Y-%m-%d %H:%M:%S}")
    events = cron.calendar.on_calendar()

    theirs = {one for event in events for one in systemd_times(event)}

    assert sorted(theirs)[:10] == ours


def systemd_times(event: str) -> list[str]:
    """Return the ten times after BEGIN that systemd finds for an OnCalendar= value."""
    command = ["systemd-analyze", "calendar", "--iterations=10", f"--base-time={BEGIN:%Y-%m-%d %H:%M:%S} UTC"]
    done = subprocess.run([*command, f"{event} UTC"], capture_output=True, text=True, check=True, env={"TZ": "UTC"})
    return re.findall(r"(?:Next elapse|Iteration #\d+|Iter\. #\d+): \w+ ([0-9-]+ [0-9:]+) UTC", done.stdout)
