"""Where the server's socket is. Whoever reaches it is the database's owner, so its folder is the server's alone."""

import hashlib
import os
import socket
import tempfile
from pathlib import Path

NAME = ".s.PGSQL.5432"
# macOS has room for 103 bytes, Linux for 107.
_LONGEST = 103
# What a shell, Postgres's list of folders or libpq's list of hosts would take for a sign of theirs.
_SIGNS = frozenset("'\",\\@\n\r")
_LINE_OF_DATA = 1
_LINE_OF_FOLDER = 4


def folder_for(data: Path) -> Path:
    """Return the folder for the socket: *data* itself, or one with a short name where that one's will not do."""
    if len(os.fsencode(data / NAME)) <= _LONGEST and not _SIGNS & set(str(data)):
        return data
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"minidata-{digest}"


def listening(data: Path) -> Path | None:
    """
    Return the folder of the socket where the server of *data* listens, None when it does not.

    The server itself has written down where. That somebody answers there tells a living server from a dead one's file.
    Its socket may have been moved along with *data*. Raises OSError when *data* may not be looked into.
    """
    lines = _written(data)
    if len(lines) <= _LINE_OF_FOLDER or not lines[_LINE_OF_FOLDER]:
        return None
    told = Path(os.fsdecode(lines[_LINE_OF_FOLDER]))
    if _answers(data / NAME):
        return data
    return told if copied_from(data) is None and _answers(told / NAME) else None


def copied_from(data: Path) -> Path | None:
    """Return the folder that *data* was copied from while a server was at work in it, None when it was not."""
    lines = _written(data)
    told = Path(os.fsdecode(lines[_LINE_OF_DATA])) if len(lines) > _LINE_OF_DATA else data
    return told if told.exists() and not told.samefile(data) else None


def _written(data: Path) -> list[bytes]:
    try:
        return (data / "postmaster.pid").read_bytes().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as knock:
        try:
            knock.connect(str(path))
        except OSError:
            return False
    return True
