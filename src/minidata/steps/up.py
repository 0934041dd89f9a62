"""up: a Postgres that answers, prepared for minidata."""

import time
from dataclasses import dataclass
from datetime import datetime

from minidata.adapters.database.connection import WrongPassword, connect
from minidata.adapters.database.scripts import run_script
from minidata.adapters.docker import DockerEngine
from minidata.adapters.project import Project
from minidata.core.engine import Endpoint, Kind
from minidata.core.errors import ConfigError, EngineDown, EngineError
from minidata.core.watch import Nobody, Watch
from minidata.steps.engine import STATE, chosen, engine, url_endpoint

_STEP = 0.1


@dataclass(frozen=True)
class Up:
    """A Postgres that answers: its engine, *where* it is, its *version*; *started* is False when it was up already."""

    kind: Kind
    where: str
    version: str
    started: bool


def up(project: Project, *, watch: Watch | None = None) -> Up:
    """
    Start the project's Postgres, wait until it answers, and prepare the database (sql/init.sql).

    Does nothing that has been done. Raises EngineError, ConfigError, RefusedError, LockedError.
    """
    watch = watch or Nobody()
    with project.lock("engine"):
        kind = _choose(project, watch)
        started, endpoint, version = _start(project, kind, watch)
        _prepare(project, endpoint)
        if kind != "url":
            project.write_state(STATE, {"kind": kind})
    watch.note(f"Postgres {version}: {endpoint.where}")
    return Up(kind, endpoint.where, version, started)


def _choose(project: Project, watch: Watch) -> Kind:
    """Return the engine to use; one that is used already is never changed without being told to."""
    kept = project.read_state(STATE).get("kind")
    wanted = chosen(project)
    if wanted is not None:
        if kept not in {None, wanted} and wanted != "url":
            watch.note(f"engine {wanted} instead of {kept}, whose data stays where it is")
        return wanted
    missing = _docker_is_missing(project)
    if missing:
        watch.note(f"Postgres runs embedded: {missing}")
    return "embedded" if missing else "docker"


def _docker_is_missing(project: Project) -> str | None:
    docker = engine(project, "docker")
    return docker.available() if isinstance(docker, DockerEngine) else None


def _start(project: Project, kind: Kind, watch: Watch) -> tuple[bool, Endpoint, str]:
    if kind == "url":
        endpoint = url_endpoint(project)
        return False, endpoint, _login(endpoint)[0]
    runner = engine(project, kind)
    started = runner.start(watch) if isinstance(runner, DockerEngine) else runner.start()
    endpoint = runner.endpoint()
    if isinstance(runner, DockerEngine):
        return started, endpoint, _wait(runner, endpoint, project.settings.engine.start_timeout)
    return started, endpoint, _login(endpoint)[0]


def _wait(runner: DockerEngine, endpoint: Endpoint, seconds: float) -> str:
    """
    Wait for two logins in a row to the same server; return its version.

    The image starts a server of its own while it prepares the data folder: one login could have met that one.
    """
    deadline = time.monotonic() + seconds
    before: datetime | None = None
    reason = "it did not answer"
    while time.monotonic() < deadline:
        try:
            version, born = _login(endpoint)
        except WrongPassword:
            # The volume is older than the password we know.
            runner.reset_password()
            continue
        except EngineError as exc:
            reason = str(exc)
            trouble = runner.trouble()
            if trouble is not None:
                raise EngineError(f"the container stopped while it started: {trouble}") from exc
            before = None
        else:
            if born == before:
                return version
            before = born
        time.sleep(_STEP)
    raise EngineDown(
        f"Postgres was not ready within {seconds:g} s: {reason}",
        hint=f"its log ends with: {runner.last_log()}",
    )


def _login(endpoint: Endpoint) -> tuple[str, datetime]:
    with connect(endpoint.url) as database:
        row = database.one("select current_setting('server_version'), pg_postmaster_start_time()")
    if row is None:
        raise EngineError("Postgres answers nothing")
    return str(row[0]).split()[0], row[1]


def _prepare(project: Project, endpoint: Endpoint) -> None:
    path = project.root / "sql" / "init.sql"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"cannot read {path}: {exc}", hint="`minidata init` in a new folder writes one") from exc
    with connect(endpoint.url) as database:
        run_script(database, text, name="sql/init.sql")
