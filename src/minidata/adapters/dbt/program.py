"""
The door to dbt, the program: one on PATH, or in a venv of its own. minidata never imports it.

It is run by its own Python and tells what it does as lines of JSON. It ends when we do, however that is.
"""

import json
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minidata.core.errors import ConfigError

OLDEST = (1, 8)
_INSTALL = "make a venv with dbt in it: python -m venv dbt && dbt/bin/pip install dbt-core dbt-postgres"
_VERSIONS = """
import json
from importlib.metadata import PackageNotFoundError, version
def of(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None
print(json.dumps({name: of(name) for name in ("dbt-core", "dbt-postgres")}))
"""
# Its stdin is a pipe of ours, which ends when this process does: dbt's own Python has no other way to know.
_RUN = """
import os, sys, threading
def leave():
    while os.read(0, 1):
        pass
    os._exit(1)
threading.Thread(target=leave, daemon=True).start()
from dbt.cli.main import cli
sys.argv[0] = "dbt"
cli()
"""
# How long dbt has to cancel what it runs.
_GRACE = 20
_QUESTION = 120


@dataclass(frozen=True)
class Told:
    """A line of dbt's: its *level*, its event's *name* and *message*, and what it carries."""

    level: str
    name: str
    message: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Dbt:
    """A dbt that can build in Postgres: the Python of its environment, and its *version*."""

    python: Path
    version: str

    @classmethod
    def find(cls, given: Path | None = None) -> "Dbt":
        """
        Return the dbt in the venv *given*, which may also be the program itself; else the one on PATH.

        Raises ConfigError when there is none, none with an adapter for Postgres, or one that is too old.
        """
        python = _python(_program(given))
        done = _asked(python)
        core, postgres = done.get("dbt-core"), done.get("dbt-postgres")
        if core is None:
            raise ConfigError(f"{python} has no dbt-core", hint=_INSTALL)
        if postgres is None:
            raise ConfigError(f"dbt {core} has no adapter for Postgres", hint=f"{python} -m pip install dbt-postgres")
        if tuple(int(part) for part in core.split(".")[:2]) < OLDEST:
            oldest = ".".join(map(str, OLDEST))
            raise ConfigError(f"dbt {core} is too old", hint=f"minidata knows dbt {oldest} and later")
        return cls(python, core)

    def run(
        self, arguments: Sequence[str], environ: Mapping[str, str], folder: Path, hear: Callable[[Told], None]
    ) -> int:
        """
        Run a command of dbt's in *folder*, and let *hear* know what it says; return its exit code.

        Ctrl-C is passed on to it, and waited for until it has cancelled what it runs.
        """
        with _running([str(self.python), "-c", _RUN, *arguments], environ, folder) as process:
            for line in process.stdout or ():
                hear(_read(line))
            return process.wait()


@contextmanager
def _running(command: Sequence[str], environ: Mapping[str, str], folder: Path) -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen(  # noqa: S603 - the user's dbt
        command,
        env=dict(environ),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        # Ctrl-C comes to us alone, and goes on to it once: at a second one it would not wait for Postgres.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def _read(line: str) -> Told:
    try:
        found = json.loads(line)
        info = found["info"]
        return Told(str(info["level"]), str(info["name"]), str(info["msg"]), dict(found.get("data") or {}))
    except (ValueError, LookupError, TypeError):
        # What ends dbt before it has begun, it says plainly.
        return Told("plain", "", line.rstrip("\n"), {})


def _program(given: Path | None) -> Path:
    if given is None:
        found = shutil.which("dbt")
        if found is None:
            raise ConfigError("there is no dbt on PATH", hint=f"{_INSTALL}; then say --dbt-venv dbt")
        return Path(found)
    places = [given / "bin" / "dbt", given / "Scripts" / "dbt.exe"] if given.is_dir() else [given]
    program = next((place for place in places if place.is_file()), None)
    if program is None:
        raise ConfigError(f"there is no dbt in {given}", hint=_INSTALL)
    return program


def _python(program: Path) -> Path:
    """Return the Python that *program* is run by: it lies beside it, wherever a link to the program may be."""
    folder = program.resolve().parent
    for name in ("python", "python3", "python.exe"):
        if (folder / name).exists():
            return folder / name
    raise ConfigError(
        f"{program} is no dbt-core in a Python environment", hint=f"dbt Fusion and dbt Cloud's are others; {_INSTALL}"
    )


def _asked(python: Path) -> Mapping[str, str | None]:
    try:
        done = subprocess.run(  # noqa: S603 - the user's dbt
            [python, "-c", _VERSIONS], capture_output=True, check=True, timeout=_QUESTION
        )
        found: dict[str, str | None] = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as exc:
        raise ConfigError(f"{python} cannot be run: {exc}", hint=_INSTALL) from exc
    return found
