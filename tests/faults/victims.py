"""
Processes that are there to be killed: the real program, begun by a fork of one that has imported everything.

So hundreds of them cost little more than what they do until they are killed.
"""

import atexit
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

from shell import IMPORTS

# The nursery reads an order a line, and says the pid of the process, and later its exit code. One that has ended is not
# put to rest before the next order, so that its pid cannot become another's while somebody may still want to kill it.
_NURSERY = f"""
import gc, json, os, signal, sys
{IMPORTS}
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
        os.chdir(order["cwd"])
        sys.argv = ["minidata", *order["arguments"]]
        os.environ.clear()
        os.environ.update(order["environ"])
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
    nursery: "Nursery"

    def kill(self) -> None:
        """Kill it, without warning; it may have ended already."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for its end and return its exit code, less than 0 for a signal."""
        assert self.nursery.told.readline() == "ended\n"
        print(file=self.nursery.orders, flush=True)
        self.nursery.busy = False
        return int(self.nursery.told.readline())


@dataclass
class Nursery:
    """Begins processes, one after the other; what they print is at the end of *log*."""

    orders: IO[str]
    told: IO[str]
    log: Path
    busy: bool = False

    def begin(self, *arguments: str, call: int | None = None, **variables: str) -> Victim:
        """
        Begin ``minidata`` with *arguments*; it dies by itself in *call* more calls that touch the object store.

        *variables* are in its environment, besides what is there.
        """
        where = {"log": str(self.log), "cwd": str(Path.cwd()), "environ": {**os.environ, **variables}}
        order = {"arguments": arguments, "call": call, **where}
        self.busy = True
        print(json.dumps(order), file=self.orders, flush=True)
        return Victim(int(self.told.readline()), self)


# Nobody's at the moment.
_FREE: list["subprocess.Popen[str]"] = []


@contextmanager
def nursery(log: Path) -> Iterator[Nursery]:
    """Yield a nursery that is nobody else's; it takes seconds to open one, so that it is kept for the next test."""
    process = _FREE.pop() if _FREE else _opened()
    assert process.stdin
    assert process.stdout
    nursery = Nursery(process.stdin, process.stdout, log)
    yield nursery
    # A test that failed may have left it at work.
    if not nursery.busy:
        _FREE.append(process)


def _opened() -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", _NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    # It ends where its orders end.
    atexit.register(process.communicate)
    return process
