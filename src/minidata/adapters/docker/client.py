"""Asking a Docker engine: where it is, and what its refusals mean in our words."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import requests
from docker.context import ContextAPI
from docker.errors import APIError, DockerException

import docker
from minidata.core.errors import EngineError

SECONDS = 120
USUAL = "unix:///var/run/docker.sock"
_OTHERWISE = "start Docker, or use `--engine embedded`"
_HERE = {"localhost", "localnpipe", "127.0.0.1", "::1"}
_REASONS: dict[type[BaseException], str] = {
    PermissionError: "permission denied on its socket; is this user in the group docker?",
    FileNotFoundError: "its socket is not there",
    ConnectionRefusedError: "connection refused",
    TimeoutError: "it does not answer in time",
    requests.Timeout: "it does not answer in time",
}


@contextmanager
def asked(*, timeout: int = SECONDS) -> Iterator[docker.DockerClient]:
    """
    Ask the engine of DOCKER_HOST, of the Docker context in use, or the first that is found where they usually are.

    Each answer may take *timeout* seconds.

    Raises EngineError when none answers, when it is on another machine, and for what it refuses.
    """
    with refusals():
        client = _client(timeout)
        try:
            _check_here(client)
            yield client
        finally:
            client.close()


@contextmanager
def refusals() -> Iterator[None]:
    """Raise EngineError for what the engine refuses, and when none answers."""
    try:
        yield
    except APIError as exc:
        raise EngineError(f"Docker refused: {words(exc)}") from exc
    except (DockerException, requests.RequestException) as exc:
        raise EngineError(f"no Docker engine answers: {words(exc)}", hint=_OTHERWISE) from exc


def place() -> str:
    """Return the URL of the engine that asked() asks."""
    told = _told()
    # Nobody has said where, or it is there.
    return told if told != USUAL or _answers(Path(urlsplit(USUAL).path)) else _elsewhere() or USUAL


def words(exc: BaseException) -> str:
    """Return what went wrong in one line: the innermost reason that we know, out of what the libraries wrap it in."""
    if isinstance(exc, APIError) and exc.explanation:
        return " ".join(str(exc.explanation).split())
    inner: BaseException | None = exc
    while inner is not None:
        for kind, reason in _REASONS.items():
            if isinstance(inner, kind):
                return reason
        inner = inner.__cause__ or inner.__context__
    return " ".join(str(exc).split())[:200]


def _client(timeout: int) -> docker.DockerClient:
    url = place()
    if url == _told():
        # The library knows about certificates, and about the places of other systems.
        return docker.from_env(timeout=timeout)
    return docker.DockerClient(base_url=url, timeout=timeout)


def _told() -> str:
    return os.environ.get("DOCKER_HOST") or ContextAPI.kwargs_from_context().get("base_url") or USUAL


def _elsewhere() -> str | None:
    """Return where an engine answers that was installed for one user alone: rootless, Docker Desktop, Colima."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    rootless = [Path(runtime) / "docker.sock"] if runtime else []
    own = [Path.home() / ".docker" / part / "docker.sock" for part in ("run", "desktop")]
    for path in (*rootless, *own, Path.home() / ".colima" / "default" / "docker.sock"):
        if _answers(path):
            return f"unix://{path}"
    return None


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as knock:
        try:
            knock.connect(str(path))
        except OSError:
            return False
    return True


def _check_here(client: docker.DockerClient) -> None:
    """A port on 127.0.0.1 of another machine could not be reached, and opening it to the network is not ours to do."""
    host = urlsplit(client.api.base_url).hostname or ""
    if host not in _HERE:
        raise EngineError(
            f"the Docker engine is on another machine, {host}", hint="use `--engine embedded`, or a Postgres at a URL"
        )
