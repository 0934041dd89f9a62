"""The embedded engine: makes its data folder, starts and stops its server, and says where it listens."""

import os
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pydantic import SecretStr

from minidata.adapters.embedded.accounts import Account, account_for, let_through, private_folder
from minidata.adapters.embedded.programs import MAJOR, ProgramFailed, last_line, programs, run
from minidata.adapters.embedded.sockets import copied_from, folder_for, listening
from minidata.core.engine import Endpoint
from minidata.core.errors import EngineDown, EngineError, RefusedError
from minidata.core.watch import Watch

OWNER = "postgres"
DATABASE = "minidata"
# Postgres writes everything down before it stops; killed earlier, it must recover at the next start.
_STOP_SECONDS = 60
# The processes of a server that was killed need a moment to notice, and until then a new one refuses to start.
_ATTEMPTS = 6
_PAUSE = 0.5
_PART = ".part-"
# Text has the same order on every machine, whatever locales it has.
_NEW_DATA = (
    *("--username", OWNER, "--auth=trust", "--encoding=UTF8", "--no-instructions"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)


@dataclass(frozen=True)
class EmbeddedEngine:
    """The server whose data is in *folder*; *patience* is how many seconds it may take to start."""

    folder: Path
    patience: float = 120.0

    def outdated(self, _watch: Watch) -> str | None:
        """Return the major version of the data when our Postgres cannot read it, None when it can or there is none."""
        with self._translated("start"):
            major = self._major()
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
                self._make_data(account)
            self._check_whole()
            self._check_major()
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
            if folder is not None:
                stop = ("stop", "-D", ".", "-m", "fast", "-w", "-t", str(_STOP_SECONDS))
                run(account_for(self.folder), self.folder, "pg_ctl", *stop)
                if folder != self.folder:
                    shutil.rmtree(folder, ignore_errors=True)
            removed = volumes and self._remove_data()
        return folder is not None, removed

    def kept(self, major: str) -> str | None:
        """Return the command that removes the data of the Postgres *major*, None when there is none."""
        aside = self._aside(major)
        return f"rm -r {shlex.quote(str(aside))}" if aside.is_dir() else None

    def trouble(self) -> str | None:
        """Return the last line of the log when the server does not run, else None."""
        return None if self._listening() is not None else self.last_log()

    def last_log(self) -> str:
        """Return the last line that the server has written."""
        try:
            with (self.folder / "log").open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
                return last_line(file.read())
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

    def _make_data(self, account: Account | None) -> None:
        """Make the data folder; it gets its name when it is complete, so that half of one is never taken for it."""
        self._remove_unfinished()
        # A name of its own: the initdb of a command that was killed may still be at work in the last one.
        part = Path(tempfile.mkdtemp(prefix=f"{self.folder.name}{_PART}", dir=self.folder.parent))
        private_folder(part, account)
        run(account, part, "initdb", "-D", ".", *_NEW_DATA)
        part.rename(self.folder)

    def _remove_data(self) -> bool:
        """Remove all data, that of earlier Postgres versions too; return whether there was any."""
        self._remove_unfinished()
        there = [path for path in (self.folder, *self.folder.parent.glob(self._aside("[0-9]*").name)) if path.is_dir()]
        for path in there:
            shutil.rmtree(path)
        return bool(there)

    def _remove_unfinished(self) -> None:
        for part in self.folder.parent.glob(f"{self.folder.name}{_PART}*"):
            shutil.rmtree(part, ignore_errors=True)

    def _check_whole(self) -> None:
        """Files that were copied one after the other while a server wrote them are of no moment that ever was."""
        original = copied_from(self.folder)
        if original is not None:
            raise RefusedError(
                f"the data in {self.folder} was copied from {original} while Postgres was at work there",
                hint="`minidata down --volumes`, `up` and `load` fill a new one from the object store",
            )

    def _check_major(self) -> None:
        major = self._major()
        if major != MAJOR:
            raise RefusedError(
                f"the data in {self.folder} is of Postgres {major}, the embedded one is {MAJOR}",
                hint="`minidata up --upgrade` keeps it and fills a new one from the object store; for a dump, use the"
                " minidata that made it (docs/database.md)",
            )

    def _major(self) -> str | None:
        try:
            return (self.folder / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return None

    def _move_aside(self) -> None:
        major = self._major()
        if major not in {None, MAJOR}:
            self.stop(volumes=False)
            self.folder.rename(self._aside(str(major)))

    def _aside(self, major: str) -> Path:
        return self.folder.with_name(f"{self.folder.name}-{major}")

    def _launch(self, account: Account | None) -> None:
        folder = folder_for(self.folder)
        if folder != self.folder:
            private_folder(folder, account)
        options = f"-h '' -p 5432 -k '{folder}'"
        start = ("start", "-D", ".", "-w", "-t", str(round(self.patience)), "-l", "log", "-o", options)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                run(account, self.folder, "pg_ctl", *start)
            except ProgramFailed:
                if attempt == _ATTEMPTS and listening(self.folder) is None:
                    raise
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
