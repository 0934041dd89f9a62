"""
Processes that are there to be killed: the real program, begun by a fork of one that has imported everything.

So hundreds of them cost little more than what they do until they are killed.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# The nursery reads an order a line, and says the pid of the process, and later its exit code. One that has ended is not
# put to rest before the next order, so that its pid cannot become another's while somebody may still want to kill it.
_NURSERY = """
import gc, json, os, signal, sys
from minidata.cli.main import main
import minidata.cli.drawing.pipeline, minidata.cli.progress, minidata.sources
import minidata.steps.ingest, minidata.steps.load, minidata.steps.logs

def die_at(call):
    calls = iter(range(call))
    def look(event, args):
        if args and "object_store" in str(args[0]) and next(calls, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(look)

gc.freeze()
for line in sys.stdin:
    order = json.loads(line)
    pid = os.fork()
    if not pid:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
        os.dup2(1, 2)
        sys.argv = ["minidata", *order["arguments"]]
        os.environ.update(order["variables"])
        if order["call"] is not None:
            die_at(order["call"])
        main()
    print(pid, flush=True)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    print("ended", flush=True)
    sys.stdin.readline()
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class Victim:
    """A process that is under way."""

    pid: int
    orders: IO[str]
    told: IO[str]

    def kill(self) -> None:
        """Kill it, without warning; it may have ended already."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for its end and return its exit code, less than 0 for a signal."""
        assert self.told.readline() == "ended\n"
        print(file=self.orders, flush=True)
        return int(self.told.readline())


@dataclass(frozen=True)
class Nursery:
    """Begins processes, one after the other; what they print is at the end of *log*."""

    orders: IO[str]
    told: IO[str]
    log: Path

    def begin(self, *arguments: str, call: int | None = None, **variables: str) -> Victim:
        """
        Begin ``minidata`` with *arguments*; it dies by itself in *call* more calls that touch the object store.

        *variables* are in its environment, besides those that the nursery had when it was opened.
        """
        order = {"arguments": arguments, "call": call, "log": str(self.log), "variables": variables}
        print(json.dumps(order), file=self.orders, flush=True)
        return Victim(int(self.told.readline()), self.orders, self.told)


@contextmanager
def nursery(log: Path) -> Iterator[Nursery]:
    with subprocess.Popen(
        [sys.executable, "-c", _NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        yield Nursery(process.stdin, process.stdout, log)
