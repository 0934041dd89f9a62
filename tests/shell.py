"""`minidata` as a shell runs it, but begun by a fork of a process that has imported it: that takes most of a start."""

import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

Done = subprocess.CompletedProcess[bytes]

# It reads an order a line, and says the exit code. What is forked goes on to its end as a program of its own.
_IMPORTED = """
import gc, importlib, json, os, pkgutil, sys, time
import minidata
from minidata.cli.main import main

for module in pkgutil.walk_packages(minidata.__path__, "minidata."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
gc.freeze()
for line in sys.stdin:
    order = json.loads(line)
    pid = os.fork()
    if not pid:
        break
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
else:
    sys.exit()

os.dup2(os.open("in", os.O_RDONLY, dir_fd=(folder := os.open(order["files"], os.O_RDONLY))), 0)
for number, name in ((1, "out"), (2, "err")):
    os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT, dir_fd=folder), number)
sys.stdin = open(0, closefd=False)
os.chdir(order["cwd"])
os.environ.clear()
os.environ.update(order["environ"])
time.tzset()
sys.argv = ["minidata", *order["arguments"]]
sys.exit(main())
"""


def run(
    *arguments: str,
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    timeout: float = 120,
) -> Done:
    """Run ``minidata`` with *arguments*; what it wrote is in files, which are no terminal. A signal's code is < 0."""
    begun = _imported()
    with TemporaryDirectory() as files:
        (Path(files) / "in").write_bytes(stdin)
        order = {"arguments": arguments, "cwd": str(cwd or Path.cwd()), "environ": dict(environ or os.environ)}
        with _killed_after(timeout, begun):
            print(json.dumps({**order, "files": files}), file=begun.stdin, flush=True)
            code = begun.stdout.readline() if begun.stdout else ""
        assert code, "it did not end in time"
        out, err = ((Path(files) / name).read_bytes() for name in ("out", "err"))
    return subprocess.CompletedProcess(arguments, int(code), out, err)


def run_text(*arguments: str, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    """Do what run() does with *environ* besides what is there, and nothing on stdin; return what it wrote as text."""
    done = run(*arguments, cwd=cwd, environ={**os.environ, **environ})
    return subprocess.CompletedProcess(arguments, done.returncode, done.stdout.decode(), done.stderr.decode())


@cache
def _imported() -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", _IMPORTED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    # It ends where its orders end.
    atexit.register(process.communicate)
    return process


@contextmanager
def _killed_after(seconds: float, process: "subprocess.Popen[str]") -> Iterator[None]:
    timer = Timer(seconds, os.killpg, (process.pid, signal.SIGKILL))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
