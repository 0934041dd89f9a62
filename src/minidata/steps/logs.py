"""logs: what the engine's Postgres has written, or minidata itself."""

from collections.abc import Iterator
from typing import Literal

from minidata.adapters.docker.logs import container_log
from minidata.adapters.journal import tail
from minidata.adapters.project import Project
from minidata.adapters.project.identity import identity
from minidata.core.errors import ConfigError, EngineDown, EngineError, StoreError
from minidata.steps.engine import chosen, embedded_engine
from minidata.steps.own_log import own_journal

Whose = Literal["postgres", "minidata"]


def logs(project: Project, *, of: Whose = "postgres", newest: int = 100, follow: bool = False) -> Iterator[str]:
    """
    Yield the *newest* lines that were written, then with *follow* each that is added, for ever.

    Raises ConfigError for a Postgres that is somebody else's, EngineDown when there is none yet, EngineError when
    Docker refuses, StoreError when a file cannot be read.
    """
    lines = _own(project, newest, follow=follow) if of == "minidata" else _postgres(project, newest, follow=follow)
    return (line.decode(errors="replace") for line in lines)


def _own(project: Project, newest: int, *, follow: bool) -> Iterator[bytes]:
    path = own_journal(project.root).path
    try:
        yield from tail(path, newest, follow=follow)
    except OSError as exc:
        raise StoreError(f"cannot read {path}: {exc.strerror}") from exc


def _postgres(project: Project, newest: int, *, follow: bool) -> Iterator[bytes]:
    kind = chosen(project)
    if kind == "url":
        raise ConfigError(
            "the Postgres of MINIDATA_ENGINE_URL keeps its log where it runs",
            hint="look there, or at minidata's own log: `minidata logs --of minidata`",
        )
    if kind is None:
        raise EngineDown("no engine has been started for this project")
    if kind == "docker":
        yield from container_log(identity(project).id, newest, follow=follow)
        return
    path = embedded_engine(project).folder / "log"
    try:
        if not path.exists():
            raise EngineDown("the embedded Postgres was never started")
        yield from tail(path, newest, follow=follow)
    except OSError as exc:
        raise EngineError(f"cannot read {path}: {exc.strerror}") from exc
