"""schedule: run the pipeline at the times that a cron expression means, until somebody says stop."""

import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from minidata.adapters.clock import SystemClock
from minidata.adapters.cron import Cron
from minidata.adapters.project import Project
from minidata.adapters.shift import on_shift, refusal
from minidata.core.errors import ConfigError, Exit
from minidata.core.running.schedules import Ended, Overlap, Shift, Stopped, Times
from minidata.core.watch import Nobody, Watch


@dataclass(frozen=True)
class Scheduled:
    """What was run until the *signal* came: how many *runs*, how many *failed*, how many were *skipped*."""

    signal: int
    runs: int
    failed: int
    skipped: int

    @property
    def exit_code(self) -> int:
        """What a shell makes of the signal: 130 for Ctrl-C, 143 for SIGTERM."""
        return 128 + self.signal


def schedule(  # noqa: PLR0913 - each is an option of the command, given by name
    project: Project,
    cron: Cron,
    options: Sequence[str] = (),
    *,
    overlap: Overlap = Overlap.SKIP,
    at_once: bool = False,
    watch: Watch | None = None,
) -> Scheduled:
    """
    Run ``minidata run`` with *options* whenever *cron* says so, and *at_once* too; each in a process of its own.

    Only a signal ends it: it is passed on, and waited for. Raises ConfigError for options that ``run`` does not take.
    """
    # -P: a folder here that is called minidata must not be taken for the program.
    command = [sys.executable, "-P", "-m", "minidata", "run", "--project", str(project.root), *options]
    why = refusal(command, project.root)
    if why:
        raise ConfigError(f"`minidata run` does not take that: {why}", hint="see `minidata run --help`")
    with on_shift(command, project.root, SystemClock()) as shift:
        return Foreman(cron, shift, overlap, watch or Nobody()).work(at_once=at_once)


class Foreman:
    """Starts a run when one is due, and knows what is at work."""

    def __init__(self, times: Times, shift: Shift, overlap: Overlap, watch: Watch) -> None:
        self._times = times
        self._shift = shift
        self._overlap = overlap
        self._watch = watch
        self._at_work = False
        self._queued = False
        self._runs = self._failed = self._skipped = 0

    def work(self, *, at_once: bool) -> Scheduled:
        """
        Work until a signal comes.

        The times are those of the schedule, however long a run takes. Those that pass while nobody looks, as while the
        machine sleeps, are made up for by one run.
        """
        if at_once:
            self._start()
        self._look_ahead(self._shift.now())
        while True:
            happened = self._shift.wait(self._due)
            if isinstance(happened, Stopped):
                return self._stop(happened.signal)
            if isinstance(happened, Ended):
                self._end(happened.code)
            else:
                self._be_due(self._due)
                self._look_ahead(max(self._due, self._shift.now()))

    def _look_ahead(self, moment: datetime) -> None:
        self._due = self._times.after(moment)
        if not self._at_work:
            self._tell_next()

    def _tell_next(self) -> None:
        self._watch.note(f"next run: {self._times.shown(self._due)}")

    def _be_due(self, due: datetime) -> None:
        if not self._at_work:
            self._start()
        elif self._overlap is Overlap.QUEUE:
            self._queued = True
        else:
            self._skipped += 1
            self._watch.note(f"skipped: {self._times.shown(due)}, the run before is still at work")

    def _start(self) -> None:
        self._shift.start()
        self._at_work = True
        self._runs += 1

    def _end(self, code: int) -> None:
        self._at_work = False
        if code not in {Exit.DONE, Exit.NOTHING_NEW}:
            self._failed += 1
            self._watch.note(f"the run ended with {_told(code)}")
        if self._queued:
            self._queued = False
            self._start()
        else:
            self._tell_next()

    def _stop(self, number: int) -> Scheduled:
        latest = number
        while self._at_work:
            self._shift.pass_on(latest)
            happened = self._shift.wait(None)
            self._at_work = not isinstance(happened, Ended)
            if isinstance(happened, Stopped):
                # Somebody is in a hurry.
                latest = happened.signal
        return Scheduled(number, self._runs, self._failed, self._skipped)


def _told(code: int) -> str:
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    names = {known.value: known.name for known in Exit}
    return f"{code} ({names[code]})" if code in names else str(code)
