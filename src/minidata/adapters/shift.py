"""The door to a command that is run again and again while we stay in the foreground, and to the signals that end us."""

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from minidata.core.clock import Clock
from minidata.core.errors import ConfigError
from minidata.core.running.schedules import Ended, Stopped

# A machine that slept has not counted these seconds: so late, at most, do we see that it is awake.
_GLANCE = 20.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class ProcessShift:
    """Runs *command* in *folder*, one at a time. Made by on_shift(), which listens to signals."""

    def __init__(self, command: Sequence[str], folder: Path, clock: Clock) -> None:
        self._command = command
        self._folder = folder
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        # The one queue that a signal's handler may put into while somebody is putting.
        self._happened: SimpleQueue[Ended | Stopped] = SimpleQueue()

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return self._clock.now()

    def start(self) -> None:
        """
        Start the command; what it says goes where ours goes. Raises ConfigError when it cannot be started.

        It has a process group of its own, so that Ctrl-C reaches it once: through us.
        """
        try:
            process = subprocess.Popen(  # noqa: S603 - our own program
                self._command, cwd=self._folder, stdin=subprocess.DEVNULL, start_new_session=True
            )
        except OSError as exc:
            raise ConfigError(f"{self._command[0]} cannot be started: {exc.strerror}") from exc
        self._process = process
        Thread(target=lambda: self._happened.put(Ended(process.wait())), daemon=True).start()

    def wait(self, until: datetime | None) -> Ended | Stopped | None:
        """Return what happens next, None when it is *until* before anything has happened."""
        while True:
            left = _GLANCE if until is None else (until - self._clock.now()).total_seconds()
            try:
                return self._happened.get(timeout=min(max(left, 0.0), _GLANCE))
            except Empty:
                if left <= 0:
                    return None

    def pass_on(self, number: int) -> None:
        """Send the signal to the command that is at work."""
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self, number: int, _: object = None) -> None:
        """Let it be known that a signal has come; a handler of signals."""
        self._happened.put(Stopped(number))


@contextmanager
def on_shift(command: Sequence[str], folder: Path, clock: Clock) -> Iterator[ProcessShift]:
    """Give one who runs *command* in *folder*, and tell him of SIGINT and SIGTERM until the block ends."""
    shift = ProcessShift(command, folder, clock)
    before = {number: signal.signal(number, shift.stop) for number in _SIGNALS}
    try:
        yield shift
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def refusal(command: Sequence[str], folder: Path) -> str | None:
    """Return why the program does not take these arguments, as it says itself; None when it does."""
    done = subprocess.run(  # noqa: S603 - our own program
        [*command, "--help"], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return done.stderr.strip().rpartition("\n")[2].removeprefix("Error: ") if done.returncode else None
