"""up: a Postgres that answers, prepared for minidata."""

from dataclasses import dataclass

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.access.logins import Login, ensure_database, log_in_to_server
from minidata.adapters.database.access.roles import let_log_in
from minidata.adapters.database.connection import connect
from minidata.adapters.database.refusals import WrongPassword
from minidata.adapters.database.scripts import run_script
from minidata.adapters.docker import DockerEngine
from minidata.adapters.project import DBT_MARKER, Project
from minidata.adapters.project.identity import settle
from minidata.adapters.template import INIT_SCRIPT, template_file
from minidata.core.clock import Clock
from minidata.core.engine import Endpoint, Kind
from minidata.core.errors import ConfigError, EngineDown, EngineError, RefusedError
from minidata.core.watch import Nobody, Watch
from minidata.steps.engine import STATE, UPGRADE, Engine, chosen, docker_engine, engine, role_passwords
from minidata.steps.external import up_external

_STEP = 0.1
# What the system says of a full disk, in the English that our servers speak.
_FULL = "No space left on device"
_ROOM = "make room there, then run this again"
_ANEW = "where that cannot be mended: `minidata down --volumes`, `up` and `load` make its data anew"


@dataclass(frozen=True)
class Up:
    """A Postgres that answers: its engine, *where* it is, its *version*; *started* is False when it was up already."""

    kind: Kind
    where: str
    version: str
    started: bool


def up(project: Project, *, upgrade: bool = False, watch: Watch | None = None) -> Up:
    """
    Start the project's Postgres, wait until it answers, and prepare the database (sql/init.sql).

    Does nothing that has been done. With *upgrade*, data of another Postgres version is kept and a new database begins
    empty: that is the first half of steps/upgrade.py. Raises EngineError, ConfigError, RefusedError, LockedError.
    """
    watch = watch or Nobody()
    with project.lock("engine"):
        _settle(project, watch)
        kind = _choose(project, watch)
        if kind == "url":
            if upgrade:
                raise RefusedError("the Postgres of MINIDATA_ENGINE_URL is not ours to upgrade")
            started = False
            endpoint, login = up_external(project, init_script(project), watch)
        else:
            started, endpoint, login = _up_own(project, kind, watch, upgrade=upgrade)
            project.write_state(STATE, {"kind": kind})
    watch.note(f"Postgres {login.version}: {endpoint.where}")
    return Up(kind, endpoint.where, login.version, started)


def _settle(project: Project, watch: Watch) -> None:
    found = settle(project)
    if found.copy_of is not None:
        watch.note(f"this folder is a copy of {found.copy_of}: in Docker it gets a database of its own")


def _choose(project: Project, watch: Watch) -> Kind:
    """Return the engine to use; one that is used already is never changed without being told to."""
    kept = project.read_state(STATE).get("kind")
    wanted = chosen(project)
    if wanted is not None:
        if kept not in {None, wanted} and wanted != "url":
            watch.note(f"engine {wanted} instead of {kept}, whose data stays where it is")
        return wanted
    missing = _docker_is_missing(project, watch)
    if missing:
        watch.note(f"Postgres runs embedded: {missing}")
    return "embedded" if missing else "docker"


def _docker_is_missing(project: Project, watch: Watch) -> str | None:
    docker = docker_engine(project)
    return docker.available() or docker.without_image(watch)


def _up_own(project: Project, kind: Kind, watch: Watch, *, upgrade: bool) -> tuple[bool, Endpoint, Login]:
    runner = engine(project, kind)
    was = runner.outdated(watch) if upgrade else None
    _note_upgrade(project, kind, was, begin=upgrade)
    started = runner.start(watch, beside=was is not None)
    endpoint, login = _ready(runner, project.settings.engine.start_timeout, SystemClock())
    ensure_database(endpoint.url)
    _prepare(project, endpoint)
    return started, endpoint, login


def _note_upgrade(project: Project, kind: Kind, was: str | None, *, begin: bool) -> None:
    """Write down that an upgrade begins; raise RefusedError when one has begun, not ended, and is not gone on with."""
    there = {"kind": kind, "image": project.settings.engine.image if kind == "docker" else None}
    if was is not None:
        project.write_state(UPGRADE, {**there, "from": was})
        return
    pending = project.read_state(UPGRADE)
    if not begin and pending.items() >= there.items():
        raise RefusedError(
            f"an upgrade from Postgres {pending['from']} has not ended: the new database is not filled yet",
            hint="`minidata up --upgrade` goes on with it",
        )


def _ready(runner: Engine, seconds: float, clock: Clock) -> tuple[Endpoint, Login]:
    """
    Wait for two logins in a row to the same server at the same place; raise EngineError as soon as it cannot come.

    An image may start a server of its own while it prepares the data folder: one login could have met that one.
    """
    deadline = clock.monotonic() + seconds
    before, reason, may_reset = None, "it did not answer", True
    while clock.monotonic() < deadline:
        found = None
        try:
            found = _found(runner)
        except WrongPassword:
            # The data is older than the password that we know, which was lost and made anew.
            if not may_reset or not isinstance(runner, DockerEngine):
                raise
            runner.reset_password()
            may_reset = False
        except EngineError as exc:
            reason = str(exc)
            _check_alive(runner, exc)
        if found is not None and found == before:
            return found
        before = found
        clock.sleep(_STEP)
    raise EngineDown(
        f"Postgres was not ready within {seconds:g} s: {reason}", hint=f"its log ends with: {runner.last_log()}"
    )


def _found(runner: Engine) -> tuple[Endpoint, Login]:
    endpoint = runner.endpoint()
    return endpoint, log_in_to_server(endpoint.url)


def _check_alive(runner: Engine, exc: EngineError) -> None:
    trouble = runner.trouble()
    if trouble is not None:
        hint = _ROOM if _FULL in trouble else _ANEW
        raise EngineError(f"Postgres stopped while it started: {trouble}", hint=hint) from exc


def _prepare(project: Project, endpoint: Endpoint) -> None:
    with connect(endpoint.url) as database:
        run_script(database, init_script(project), name="sql/init.sql")
        let_log_in(database, role_passwords(project))


def init_script(project: Project) -> str:
    """
    Return the project's script of roles and schemas; ours for a folder of dbt's that has none.

    Raises ConfigError when there is none.
    """
    path = project.root / INIT_SCRIPT
    if not path.exists() and (project.root / DBT_MARKER).is_file():
        return template_file(INIT_SCRIPT).decode()
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"cannot read {path}: {exc}", hint="`minidata init` in a new folder writes one") from exc
