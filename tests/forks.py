"""Programs as a shell runs them, but begun by a fork of what has imported them: that takes most of a start."""

import atexit
import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

Done = subprocess.CompletedProcess[bytes]

# It reads an order a line, and says the exit code. What is forked goes on to its end as a program of its own.
_FORKING = """
import gc, json, os, sys, time
{imports}
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
sys.argv = [{name!r}, *order["arguments"]]
sys.exit(main())
"""


@dataclass(frozen=True)
class Program:
    """What is called *name* and runs in *python*; *imports* is code that imports all it needs, and its ``main``."""

    name: str
    python: Path
    imports: str

    def run(
        self,
        *arguments: str,
        cwd: Path | None = None,
        environ: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        timeout: float = 120,
    ) -> Done:
        """Run it with *arguments*; what it wrote is in files, which are no terminal. A signal's code is < 0."""
        begun = self._imported
        with TemporaryDirectory() as files:
            (Path(files) / "in").write_bytes(stdin)
            order = {"arguments": arguments, "cwd": str(cwd or Path.cwd()), "environ": dict(environ or os.environ)}
            with _killed_after(timeout, begun):
                print(json.dumps({**order, "files": files}), file=begun.stdin, flush=True)
                code = begun.stdout.readline() if begun.stdout else ""
            assert code, "it did not end in time"
            out, err = ((Path(files) / name).read_bytes() for name in ("out", "err"))
        return subprocess.CompletedProcess(arguments, int(code), out, err)

    @cached_property
    def _imported(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [self.python, "-c", _FORKING.format(imports=self.imports, name=self.name)],
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
