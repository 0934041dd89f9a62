"""
What a command leaves behind besides its work: a line in the history when it begins and one when it ends, and in
minidata's own log whatever it told on stderr.

Only commands that do something write. Not being able to is told once, and keeps no command from its work.
"""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# These do something; what only looks is not worth remembering. Of the groups, the second word says which.
_DOES = frozenset(
    {
        *("add", "up", "down", "demo", "ingest", "load", "analyze", "test", "report", "run"),
        *("image build", "store copy", "store expire", "secrets set"),
    }
)
# A URL's user and password.
_USERINFO = re.compile(r"(?<=://)[^/@\s]*@")
_SECRET = re.compile("key|password|secret|token", re.IGNORECASE)


class Diary:
    """One command's diary, which begins as soon as the project is known. *masked* replaces secrets in a text."""

    def __init__(self, masked: Callable[[str], str], tell: Callable[[str], None]) -> None:
        self._masked = masked
        self._tell = tell
        self._root: Path | None = None
        self._id = ""
        self._began = 0.0

    def begin(self, root: Path) -> None:
        """Write down that the command begins in the project at *root*, when it is one that does something."""
        verb, arguments = _command(sys.argv[1:])
        if not verb or self._root is not None:
            return
        from minidata.adapters.clock import SystemClock
        from minidata.core.running.history import Begin

        clock = SystemClock()
        self._root, self._id, self._began = root, clock.token(), clock.monotonic()
        shown = tuple(self._masked(_without_secrets(argument)) for argument in arguments)
        self._note(Begin(id=self._id, at=clock.now(), verb=verb, arguments=shown, pid=os.getpid()))

    def end(self, exit_code: int, outcome: str) -> None:
        """Write down how the command ended, and in *outcome*, one line, what came of it."""
        if self._root is None:
            return
        from minidata.adapters.clock import SystemClock
        from minidata.core.running.history import End
        from minidata.core.wording import excerpt

        seconds = round(SystemClock().monotonic() - self._began, 3)
        self._note(End(id=self._id, seconds=seconds, exit_code=exit_code, outcome=excerpt(self._masked(outcome))))

    def log(self, level: str, line: str) -> None:
        """Add *line* to minidata's own log; secrets in it are masked already."""
        if self._root is None or not line.strip():
            return
        from minidata.adapters.clock import SystemClock
        from minidata.core.printable import printable
        from minidata.steps.own_log import own_journal

        told = f"{SystemClock().now():%Y-%m-%dT%H:%M:%SZ} {os.getpid()} {level} {printable(line)}"
        self._write(own_journal(self._root), told.encode())

    def _note(self, line: Any) -> None:
        from minidata.steps.history import history_journal

        if self._root is not None:
            self._write(history_journal(self._root), line.model_dump_json().encode())

    def _write(self, journal: Any, line: bytes) -> None:
        try:
            journal.append(line)
        except OSError as exc:
            # Before it is told, for telling is logged too.
            self._root = None
            self._tell(f"what is done here is not written down: {journal.path}: {exc.strerror}")


def _without_secrets(argument: str) -> str:
    """Return *argument* without what may be a secret; the project's own are not known yet when a command begins."""
    from minidata.core.secrecy.secrets import Redactor

    redact = Redactor(value for name, value in os.environ.items() if _SECRET.search(name))
    return _USERINFO.sub("***@", redact(argument))


def _command(argv: list[str]) -> tuple[str, list[str]]:
    """Return the command's name and its arguments; "" for one that does nothing worth writing down."""
    for words in (1, 2):
        name = " ".join(argv[:words])
        if name in _DOES:
            return name, argv[words:]
    return "", []
