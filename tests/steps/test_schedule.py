"""schedule: when runs start, what happens to those that are late, and how it stops."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from faults import Onlooker, TurnedClock
from loading import until
from minidata.adapters.clock import SystemClock
from minidata.adapters.cron import Cron
from minidata.adapters.project import Project
from minidata.adapters.shift import on_shift
from minidata.core.errors import ConfigError
from minidata.core.running.schedules import Ended, Overlap, Stopped
from minidata.steps.schedule import Foreman, Scheduled, schedule

BEGIN = datetime(2026, 1, 31, 6, 7, 30, tzinfo=UTC)
# A command that says when it is there, and ends with 7 when it is asked to.
PATIENT = """
import pathlib, signal, sys, threading
signal.signal(signal.SIGINT, lambda *_: sys.exit(7))
pathlib.Path("there").touch()
threading.Event().wait()
"""


@dataclass
class Story:
    """
    A Shift whose runs take as long as told, in minutes, on a clock that only waiting moves; stopped at its end.

    While the machine *sleeps*, from one minute to another, nobody sees the time go by.
    """

    minutes: list[int]
    end: int
    codes: list[int] = field(default_factory=list)
    sleeps: tuple[int, int] | None = None
    at: datetime = BEGIN
    begun: list[str] = field(default_factory=list)
    passed_on: list[int] = field(default_factory=list)
    _ends: datetime | None = None

    def now(self) -> datetime:
        return self.at

    def start(self) -> None:
        assert self._ends is None, "one at a time"
        self.begun.append(f"{self.at:%H:%M}")
        self._ends = self.at + timedelta(minutes=self.minutes.pop(0))

    def wait(self, until: datetime | None) -> Ended | Stopped | None:
        over = BEGIN + timedelta(minutes=self.end)
        if until is None or (self._ends and self._ends <= min(until, over)):
            assert self._ends
            self._awake(self._ends)
            self._ends = None
            return Ended(self.codes.pop(0) if self.codes else 0)
        self._awake(min(until, over))
        return Stopped(signal.SIGTERM) if until > over else None

    def pass_on(self, signal: int) -> None:
        self.passed_on.append(signal)

    def _awake(self, moment: datetime) -> None:
        if self.sleeps:
            asleep, awake = (BEGIN + timedelta(minutes=minute) for minute in self.sleeps)
            moment = awake if asleep < moment < awake else moment
        self.at = max(self.at, moment)


def told(story: Story, overlap: Overlap = Overlap.SKIP, *, at_once: bool = False) -> tuple[Scheduled, Onlooker]:
    watch = Onlooker()
    return Foreman(Cron.read("*/15 * * * *"), story, overlap, watch).work(at_once=at_once), watch


def test_runs_start_at_their_times_however_long_they_take() -> None:
    story = Story(minutes=[1, 14, 3, 0], end=60)

    facts, _ = told(story)

    assert story.begun == ["06:15", "06:30", "06:45", "07:00"]
    assert facts == Scheduled(signal.SIGTERM, runs=4, failed=0, skipped=0)
    assert facts.exit_code == 143


def test_one_that_is_due_while_another_is_at_work_is_skipped_and_told() -> None:
    story = Story(minutes=[40, 1], end=60)

    facts, watch = told(story)

    assert story.begun == ["06:15", "07:00"]
    assert facts.skipped == 2
    assert "skipped: 2026-01-31 06:30, the run before is still at work" in watch.notes


def test_or_waits_for_it_to_end_and_only_one_waits() -> None:
    story = Story(minutes=[40, 1, 1], end=60)

    facts, _ = told(story, Overlap.QUEUE)

    assert story.begun == ["06:15", "06:55", "07:00"]
    assert facts.skipped == 0


def test_what_passed_while_the_machine_slept_is_made_up_for_by_one_run() -> None:
    story = Story(minutes=[1, 1, 1], end=95, sleeps=(10, 70))

    told(story)

    assert story.begun == ["06:15", "07:17", "07:30"]


def test_the_first_may_run_at_once() -> None:
    story = Story(minutes=[1, 1], end=10)

    told(story, at_once=True)

    assert story.begun == ["06:07", "06:15"]


def test_a_run_that_fails_ends_nothing_but_itself() -> None:
    story = Story(minutes=[1, 1, 1, 1], codes=[5, -9, 10, 77], end=60)

    facts, watch = told(story)

    assert (facts.runs, facts.failed) == (4, 3)
    assert [line for line in watch.notes if "ended with" in line] == [
        "the run ended with 5 (SOURCE)",
        "the run ended with signal SIGKILL",
        "the run ended with 77",
    ]
    assert "next run: 2026-01-31 06:30" in watch.notes


def test_a_signal_is_passed_on_to_the_run_at_work_and_waited_for() -> None:
    story = Story(minutes=[30], end=10)

    facts, _ = told(story)

    assert story.passed_on == [signal.SIGTERM]
    assert story.now() == BEGIN + timedelta(minutes=37, seconds=30)
    assert facts.runs == 1


def test_options_that_run_does_not_take_are_told_before_anything_runs(project: Project) -> None:
    with pytest.raises(ConfigError, match="No such option: --sorce"):
        schedule(project, Cron.read("* * * * *"), ["--sorce", "shop"])


def test_a_real_signal_reaches_a_real_command(tmp_path: Path) -> None:
    with on_shift([sys.executable, "-c", PATIENT], tmp_path, SystemClock()) as shift:
        shift.start()
        until((tmp_path / "there").exists)
        os.kill(os.getpid(), signal.SIGINT)
        assert shift.wait(None) == Stopped(signal.SIGINT)
        shift.pass_on(signal.SIGINT)

        assert shift.wait(None) == Ended(7)


def test_the_time_comes_when_the_clock_says_so_and_what_has_happened_comes_first(tmp_path: Path) -> None:
    clock = TurnedClock()
    with on_shift([sys.executable, "-c", "raise SystemExit(3)"], tmp_path, clock) as shift:
        assert shift.wait(clock.now()) is None
        shift.start()
        assert shift.wait(clock.now() + timedelta(days=1)) == Ended(3)
        shift.stop(signal.SIGTERM)
        assert shift.wait(clock.now()) == Stopped(signal.SIGTERM)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_program_stops_when_told_to(number: signal.Signals, code: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "minidata", "schedule", "0 0 1 1 *", "--utc"], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    lines = iter(process.stderr.readline, "")
    assert next(line for line in lines if line.startswith("next run: "))

    process.send_signal(number)

    assert process.wait(timeout=30) == code
    assert list(lines) == ["stopped: 0 runs, 0 of them failed\n"]
    process.stderr.close()
