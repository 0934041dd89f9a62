"""The embedded engine: makes its data folder, starts and stops its server, and says where it listens."""

import os
import shlex
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pydantic import SecretStr

from minidata.adapters.embedded import data
from minidata.adapters.embedded.accounts import Account, account_for, let_through, private_folder
from minidata.adapters.embedded.data import OWNER
from minidata.adapters.embedded.leftovers import let_go, surely_serves
from minidata.adapters.embedded.programs import MAJOR, ProgramFailed, programs, run
from minidata.adapters.embedded.sockets import folder_for, listening
from minidata.core.engine import Endpoint, last_words
from minidata.core.errors import EngineDown, EngineError
from minidata.core.watch import Watch

DATABASE = "minidata"
# Postgres writes everything down before it stops; killed earlier, it must recover at the next start.
_STOP_SECONDS = 60
# The processes of a server that was killed need a moment to notice, and until then a new one refuses to start.
_ATTEMPTS = 6
_PAUSE = 0.5
_LOG_BYTES = 16_384


@dataclass(frozen=True)
class EmbeddedEngine:
    """The server whose data is in *folder*; *patience* is how many seconds it may take to start."""

    folder: Path
    patience: float = 120.0

    def outdated(self, _watch: Watch) -> str | None:
        """Return the major version of the data when our Postgres cannot read it, None when it can or there is none."""
        with self._translated("start"):
            major = data.major_of(self.folder)
        return None if major == MAJOR else major

    def start(self, watch: Watch, *, beside: bool = False) -> bool:
        """
        See that the server runs; return False when it did already.

        With *beside*, data of another Postgres is moved aside and a new one begins empty. Raises EngineError when it
        will not start, RefusedError when, without *beside*, the data is of another Postgres.
        """
        with self._translated("start"):
            if beside:
                self._move_aside()
            if listening(self.folder) is not None:
                return False
            account = self._account(watch)
            if not (self.folder / "PG_VERSION").exists():
                data.make(self.folder, account)
            data.check(self.folder)
            self._launch(account)
        return True

    def endpoint(self) -> Endpoint:
        """Return where the server is; raise EngineDown when it does not run."""
        folder = self._listening()
        if folder is None:
            raise EngineDown("the embedded Postgres does not run")
        return Endpoint(
            kind="embedded",
            url=SecretStr(f"postgresql://{OWNER}@/{DATABASE}?host={quote(str(folder), safe='')}&port=5432"),
            where=f"embedded Postgres, data in {self.folder}",
        )

    def stop(self, *, volumes: bool) -> tuple[bool, bool]:
        """
        Stop the server, with *volumes* remove its data too; return which of the two was there.

        That of earlier Postgres versions is removed as well.
        """
        with self._translated("stop"):
            folder = listening(self.folder)
            runs = folder is not None or surely_serves(self.folder)
            if runs:
                self._end()
            if folder not in {None, self.folder}:
                shutil.rmtree(folder, ignore_errors=True)
            removed = volumes and data.remove(self.folder)
        return runs, removed

    def _end(self) -> None:
        stop = ("stop", "-D", ".", "-m", "fast", "-w", "-t", str(_STOP_SECONDS))
        run(account_for(self.folder), self.folder, "pg_ctl", *stop)

    def kept(self, major: str) -> str | None:
        """Return the command that removes the data of the Postgres *major*, None when there is none."""
        folder = data.aside(self.folder, major)
        return f"rm -r {shlex.quote(str(folder))}" if folder.is_dir() else None

    def trouble(self) -> str | None:
        """Return what the log says of its end when the server does not run, else None."""
        return None if self._listening() is not None else self.last_log()

    def last_log(self) -> str:
        """Return the line of its log that tells most of why the server ended, or would not start."""
        try:
            with (self.folder / "log").open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _LOG_BYTES))
                return last_words(file.read())
        except OSError:
            return ""

    def _listening(self) -> Path | None:
        with self._translated("answer"):
            return listening(self.folder)

    def _account(self, watch: Watch) -> Account | None:
        """Return whom the server runs as, None for ourselves; sees that they can reach what they need."""
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        account = account_for(self.folder)
        if account is not None:
            for opened in (*let_through(self.folder), *let_through(programs() / "postgres")):
                watch.note(f"Postgres runs as {account.name}, who may pass through {opened} from now on")
        return account

    def _move_aside(self) -> None:
        major = data.major_of(self.folder)
        if major not in {None, MAJOR}:
            self.stop(volumes=False)
            self.folder.rename(data.aside(self.folder, str(major)))

    def _launch(self, account: Account | None) -> None:
        folder = folder_for(self.folder)
        if folder != self.folder:
            private_folder(folder, account)
        let_go(self.folder)
        options = f"-h '' -p 5432 -k '{folder}'"
        start = ("start", "-D", ".", "-w", "-t", str(round(self.patience)), "-l", "log", "-o", options)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                run(account, self.folder, "pg_ctl", *start)
            except ProgramFailed:
                if attempt == _ATTEMPTS and listening(self.folder) is None:
                    raise
                if attempt == _ATTEMPTS - 1 and surely_serves(self.folder) and listening(self.folder) is None:
                    # It had time enough to answer: its socket is gone, and nobody will ever reach it.
                    self._end()
            # Or else a command that was killed has left us a server, which is about to answer.
            if listening(self.folder) is not None:
                return
            time.sleep(_PAUSE)

    @contextmanager
    def _translated(self, verb: str) -> Iterator[None]:
        try:
            yield
        except ProgramFailed as exc:
            said = self.last_log() or exc
            raise EngineError(
                f"the embedded Postgres does not {verb}: {said}", hint=f"its log is {self.folder / 'log'}"
            ) from exc
        except OSError as exc:
            raise EngineError(
                f"the embedded Postgres does not {verb}: {exc.filename or self.folder}: {exc.strerror}",
                hint="its data belongs to the user who made it" if isinstance(exc, PermissionError) else "",
            ) from exc
