"""Asking a Docker engine: where it is, and what its refusals mean in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
from docker.errors import APIError, DockerException

import docker
from minidata.core.errors import EngineError

SECONDS = 120
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
    Ask the engine of DOCKER_HOST, or of the Docker context in use; each answer may take *timeout* seconds.

    Raises EngineError when none answers, when it is on another machine, and for what it refuses.
    """
    with refusals():
        client = docker.from_env(timeout=timeout)
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


def _check_here(client: docker.DockerClient) -> None:
    """A port on 127.0.0.1 of another machine could not be reached, and opening it to the network is not ours to do."""
    host = urlsplit(client.api.base_url).hostname or ""
    if host not in _HERE:
        raise EngineError(
            f"the Docker engine is on another machine, {host}", hint="use `--engine embedded`, or a Postgres at a URL"
        )
