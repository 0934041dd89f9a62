"""Whom the server runs as. Postgres refuses root, so root runs it as a user of the system that owns the data."""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from minidata.core.errors import EngineError

NAME = "minidata-postgres"
_INSTEAD = "run minidata as another user than root"


@dataclass(frozen=True)
class Account:
    """A user of this machine."""

    name: str
    uid: int
    gid: int


def account_for(folder: Path) -> Account | None:
    """
    Return whom the server of the data in *folder* runs as: None is ourselves, unless we are root.

    For root it is the folder's owner, and when there is no folder yet, a system user that is made when missing.
    """
    if os.geteuid() != 0:
        return None
    import pwd  # noqa: PLC0415 - only POSIX has it

    owner = folder.stat().st_uid if folder.exists() else 0
    try:
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam(NAME)
    except KeyError:
        if owner:
            raise EngineError(f"{folder} belongs to user {owner}, who is unknown here") from None
        _make_user()
        entry = pwd.getpwnam(NAME)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def let_through(path: Path) -> Iterator[Path]:
    """Let everybody pass through, not look into, the folders above *path*; yield those where that is new."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            yield folder


def private_folder(path: Path, account: Account | None) -> None:
    """See that *path* is a folder for *account* (None: us) alone; raise EngineError when it is somebody else's."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), account.uid if account else os.geteuid()}:
        raise EngineError(f"{path} belongs to somebody else", hint="remove it, or set TMPDIR to a folder of your own")
    path.chmod(0o700)
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _make_user() -> None:
    program = shutil.which("useradd")
    if program is None:
        raise EngineError("Postgres does not run as root, and there is no useradd to make a user for it", hint=_INSTEAD)
    command = [program, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
    if done.returncode:
        raise EngineError(f"Postgres needs the user {NAME}: {' '.join(done.stderr.split())}", hint=_INSTEAD)
