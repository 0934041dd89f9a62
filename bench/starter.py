"""
Start a command from a process of a few megabytes: ``python -S starter.py FD COMMAND…``.

The peak that a system tells of a process includes what it was started from, and the bench itself may be the larger one.
Writes ``seconds peak cpu`` to the file descriptor FD, and ends as the command does.
"""

import os
import sys
import time


def main(told: str, *command: str) -> int:
    """Run *command* to its end; return its exit code."""
    begun = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - begun
    os.write(int(told), f"{seconds} {usage.ru_maxrss} {usage.ru_utime + usage.ru_stime}".encode())
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
