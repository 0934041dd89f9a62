"""Which engine a project has, and how to reach the Postgres that it runs."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from minidata.adapters.database.connection import Database, checked_url, connect
from minidata.adapters.docker import DockerEngine
from minidata.adapters.embedded import EmbeddedEngine
from minidata.adapters.project import Project
from minidata.core.engine import Endpoint, Kind
from minidata.core.errors import ConfigError, EngineDown

Engine = DockerEngine | EmbeddedEngine

STATE = "engine"
_PASSWORD = "password"  # noqa: S105 - what it is called


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


@contextmanager
def database(project: Project, role: str | None, *, lock_timeout: float = 30.0) -> Iterator[Database]:
    """Open a connection to the project's Postgres, acting as *role*; raises what endpoint() and connect() raise."""
    with connect(endpoint(project).url, role=role, lock_timeout=lock_timeout) as opened:
        yield opened


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


def embedded_engine(project: Project) -> EmbeddedEngine:
    """Return the engine whose data is in the project folder."""
    return EmbeddedEngine(project.root / ".minidata" / "postgres", project.settings.engine.start_timeout)


def docker_engine(project: Project) -> DockerEngine:
    """Return the engine whose container and volume are known by where the project is."""
    ident = hashlib.sha256(str(project.root).encode()).hexdigest()[:8]
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


def _password(project: Project) -> SecretStr:
    """Return the password of the project's own Postgres, made once and kept for the owner's eyes."""
    kept = project.read_state(_PASSWORD)
    if "password" not in kept:
        kept = {"password": secrets.token_urlsafe(24)}
        project.write_state(_PASSWORD, kept)
    project.redact.add(kept["password"])
    return SecretStr(kept["password"])
