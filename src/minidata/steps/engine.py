"""Which engine a project has, and how to reach the Postgres that it runs."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, TypeAlias

from pydantic import SecretStr

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.access.logins import check_encoding
from minidata.adapters.database.access.privileges import denied
from minidata.adapters.database.access.roles import ROLES
from minidata.adapters.database.connection import (
    ANALYST,
    LOADER,
    READER,
    Database,
    checked_url,
    connect,
)
from minidata.adapters.database.refusals import Denied, EngineBusy, RoleRefused
from minidata.adapters.embedded import EmbeddedEngine
from minidata.adapters.project import Project
from minidata.adapters.project.identity import identity
from minidata.core.engine import Endpoint, Kind
from minidata.core.errors import ConfigError, EngineDown, EngineError
from minidata.core.grants import url_setting

if TYPE_CHECKING:
    from minidata.adapters.docker import DockerEngine

Engine: TypeAlias = "DockerEngine | EmbeddedEngine"

STATE = "engine"
UPGRADE = "upgrade"
_PASSWORDS = "password"
_OWNER = "password"
_PAUSE = 0.2


def endpoint(project: Project) -> Endpoint:
    """
    Return the Postgres that `up` has started, or the URL of the settings.

    Raises EngineDown when nothing runs or nothing was ever started, ConfigError when a URL is wanted and missing.
    """
    kind = chosen(project)
    if kind is None:
        raise EngineDown("no engine has been started for this project")
    if kind == "url":
        return url_endpoint(project)
    return engine(project, kind).endpoint()


def role_endpoint(project: Project, role: str | None) -> Endpoint:
    """
    Return the Postgres with a URL that logs in as *role*, None being its owner.

    At a URL of the settings it is the one that they have for the role, else that of the owner, who takes the role on.
    Raises what endpoint() raises, and EngineDown when the role was never let in.
    """
    if role is None:
        return endpoint(project)
    if chosen(project) == "url":
        return _url_endpoint_of(project, role)
    password = project.read_state(_PASSWORDS).get(role)
    there = endpoint(project)
    if password is None:
        raise EngineDown(f"the role {role} has no password yet")
    project.redact.add(password)
    return there.as_user(role, SecretStr(password))


@contextmanager
def database(project: Project, role: str | None, *, lock_timeout: float = 30.0) -> Iterator[Database]:
    """
    Open a connection to the project's Postgres as *role*, None being its owner.

    One that is starting, or has no connection left, is waited for. What is denied on it is told with its GRANT. Raises
    what role_endpoint(), connect() and check_encoding() raise.
    """
    at = role_endpoint(project, role)
    with ExitStack() as stack:
        try:
            opened = _opened(stack, at, role, lock_timeout, patience=project.settings.engine.start_timeout)
        except RoleRefused as exc:
            if at.kind == "url":
                raise RoleRefused(f"{exc} ({at.where})", hint=exc.hint) from exc
            who = role or "the owner"
            raise EngineError(f"{who} cannot log in: {exc}", hint="run `minidata up`, it mends that") from exc
        check_encoding(opened, at.where)
        try:
            yield opened
        except Denied as exc:
            raise denied(opened, role, exc) from exc


def _opened(stack: ExitStack, at: Endpoint, role: str | None, lock_timeout: float, *, patience: float) -> Database:
    clock = SystemClock()
    deadline = clock.monotonic() + patience
    while True:
        try:
            return stack.enter_context(connect(at.url, role=role, lock_timeout=lock_timeout))
        except EngineBusy:
            if clock.monotonic() >= deadline:
                raise
            clock.sleep(_PAUSE)


def chosen(project: Project) -> Kind | None:
    """Return the engine that is set, or else the one that the first `up` chose; None before that."""
    wanted = project.settings.engine.kind
    if wanted != "auto":
        return wanted
    kept: Kind | None = project.read_state(STATE).get("kind")
    return kept


def engine(project: Project, kind: Kind) -> Engine:
    """Return the engine of the project that runs Postgres as *kind* says: docker or embedded."""
    return docker_engine(project) if kind == "docker" else embedded_engine(project)


def trouble(project: Project) -> str | None:
    """Return what the log of a Postgres of our own says of its end; None while it runs, and of somebody else's."""
    kind = chosen(project)
    return engine(project, kind).trouble() if kind in {"docker", "embedded"} else None


def embedded_engine(project: Project) -> EmbeddedEngine:
    """Return the engine whose data is in the project folder."""
    return EmbeddedEngine(project.root / ".minidata" / "postgres", project.settings.engine.start_timeout)


def docker_engine(project: Project) -> "DockerEngine":
    """Return the engine whose container and volume are known by the project's id."""
    from minidata.adapters.docker import DockerEngine  # noqa: PLC0415 - takes a tenth of a start, and not all need it

    ident = identity(project).id
    name = f"minidata-{project.settings.project.name}-{ident}"
    return DockerEngine(name, ident, project.settings.engine.image, _password(project))


def url_endpoint(project: Project) -> Endpoint:
    """Return the Postgres at the URL of the settings; raise ConfigError when there is none."""
    url = project.settings.engine.url
    if url is None:
        raise ConfigError(
            "engine 'url' needs a URL", hint="set MINIDATA_ENGINE_URL=postgresql://user:password@host:port/name in .env"
        )
    return Endpoint(kind="url", url=checked_url(url), where="the Postgres of MINIDATA_ENGINE_URL")


def role_passwords(project: Project) -> Mapping[str, SecretStr]:
    """Return the password of each role, made where there is none yet; call it with the lock ``engine`` held."""
    kept = project.read_state(_PASSWORDS)
    missing = [role for role in ROLES if role not in kept]
    if missing:
        kept |= {role: secrets.token_urlsafe(24) for role in missing}
        project.write_state(_PASSWORDS, kept)
    for role in ROLES:
        project.redact.add(kept[role])
    return {role: SecretStr(kept[role]) for role in ROLES}


def _url_endpoint_of(project: Project, role: str) -> Endpoint:
    engine = project.settings.engine
    url = {LOADER: engine.loader_url, ANALYST: engine.analyst_url, READER: engine.reader_url}.get(role)
    if url is None:
        return url_endpoint(project)
    return Endpoint(kind="url", url=checked_url(url), where=f"the Postgres of {url_setting(role)}")


def _password(project: Project) -> SecretStr:
    """Return the password of the owner of the project's own Postgres, made once and kept for the user's eyes."""
    kept = project.read_state(_PASSWORDS)
    if _OWNER not in kept:
        kept[_OWNER] = secrets.token_urlsafe(24)
        project.write_state(_PASSWORDS, kept)
    project.redact.add(kept[_OWNER])
    return SecretStr(kept[_OWNER])
