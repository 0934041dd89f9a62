"""Time a command as a whole process, with the peak memory of the largest process in it."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Command = Sequence[str | Path]

_STARTER = Path(__file__).with_name("starter.py")

# What is installed has its bytecode beside it, and so has a folder that is worked in.
_ENVIRON = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

# ru_maxrss is in kilobytes on Linux and in bytes on macOS.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Measured:
    """
    One peer: wall seconds of each run, and the peak memory in bytes of the largest process of any run.

    *amount* is how much it did, where that is not what the others did.
    """

    name: str
    seconds: tuple[float, ...]
    peak: int
    note: str = ""
    amount: int | None = None

    @property
    def median(self) -> float:
        """The middle of the runs' seconds."""
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Finished:
    """
    A command that went well: its wall seconds, the peak bytes of its largest process, and its stdout.

    *cpu* are the seconds of processor time that it took with its children, without those of a server.
    """

    seconds: float
    peak: int
    output: bytes
    cpu: float


def finished(command: Command, *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Finished:
    """Run *command* to its end; what it says on stderr is shown only when it fails, and then nothing is measured."""
    words = [str(part) for part in command]
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as said:
        done = subprocess.run(
            [sys.executable, "-S", _STARTER, str(told.fileno()), *words],
            cwd=cwd,
            env={**_ENVIRON, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=said,
            pass_fds=[told.fileno()],
            check=False,
        )
        if done.returncode:
            said.seek(0)
            raise SystemExit(f"{words[0]} exited with {done.returncode}:\n{_end_of(done.stdout + said.read())}")
        told.seek(0)
        seconds, peak, cpu = map(float, told.read().split())
    return Finished(seconds, int(peak) * _RSS_UNIT, done.stdout, cpu)


def _end_of(output: bytes) -> str:
    return output.decode(errors="replace")[-2000:]


def timed(command: Command, *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> tuple[float, int]:
    """Run *command* to its end; return its wall seconds and the peak bytes of its largest process."""
    done = finished(command, cwd=cwd, env=env)
    return done.seconds, done.peak


def table(rows: Sequence[Measured], *, unit: str, amount: int, reference: str) -> str:
    """Return the measurements as aligned text; the ratio is in speed, to the row called *reference*."""
    base = next(_speed(row, amount) for row in rows if row.name == reference)
    lines = [f"{'':34} {'median s':>9} {'min':>7} {'max':>7} {unit:>11} {'ratio':>7} {'peak MB':>8}"]
    for row in rows:
        speed = _speed(row, amount)
        lines.append(
            f"{row.name:34} {row.median:9.3f} {min(row.seconds):7.3f} {max(row.seconds):7.3f}"
            f" {speed:11,.1f} {speed / base:7.3f} {row.peak / 2**20:8.0f}  {row.note}".rstrip()
        )
    return "\n".join(lines)


def _speed(row: Measured, amount: int) -> float:
    return (amount if row.amount is None else row.amount) / row.median
