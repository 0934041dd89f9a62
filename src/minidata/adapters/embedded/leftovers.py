"""What a server leaves that ended without a word: a file with its number, which may be another process's by now."""

import os
from pathlib import Path

_FILE = "postmaster.pid"
# No process has it, and Postgres goes on to look whether anybody uses the server's memory.
_NOBODY = 2**31 - 1


def surely_serves(data: Path) -> bool:
    """
    Return whether a server of *data* runs, be it that nobody can reach it, for its socket has been removed.

    Only what is sure counts: somebody is going to stop it.
    """
    try:
        number = (data / _FILE).read_bytes().partition(b"\n")[0]
    except OSError:
        return False
    return number.isdigit() and _serves(int(number), data) is True


def let_go(data: Path) -> None:
    """
    See that no process that is none of ours keeps a server of *data* from starting.

    After the machine has gone down the numbers begin anew, and Postgres takes any process of the same user that has the
    old server's for that server. Where the system does not say what a process is (no /proc), that is as it was. Raises
    OSError.
    """
    try:
        number, _, rest = (data / _FILE).read_bytes().partition(b"\n")
    except FileNotFoundError:
        return
    if number.isdigit() and _serves(int(number), data) is False:
        _write(data / _FILE, b"%d\n%b" % (_NOBODY, rest))


def _serves(number: int, data: Path) -> bool | None:
    """Return whether the process *number* is a server of *data*, which is at work in its folder; None for unknown."""
    try:
        return Path(f"/proc/{number}/cwd").samefile(data)
    except OSError:
        # It is no more, is somebody else's, or there is nobody to tell: Postgres knows what to do.
        return None


def _write(path: Path, text: bytes) -> None:
    """Write all of it or nothing, for the same owner."""
    part = path.with_name(f"{path.name}.part")
    found = path.stat()
    part.write_bytes(text)
    part.chmod(0o600)
    os.chown(part, found.st_uid, found.st_gid)
    part.replace(path)
