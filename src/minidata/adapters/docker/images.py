"""The image of a Postgres: fetching it, and what it says about itself. Its tag may say anything, so it is not asked."""

from typing import Any

import requests
from docker.errors import APIError, ImageNotFound
from docker.models.images import Image
from docker.utils import parse_repository_tag

import docker
from minidata.adapters.docker.client import words
from minidata.core.errors import ConfigError, EngineError
from minidata.core.watch import Watch

_OTHERWISE = "use `--engine embedded`"
_DONE = {"Pull complete", "Already exists"}


def fetched(client: docker.DockerClient, name: str, watch: Watch) -> Image:
    """
    Return the image called *name*, pulled when it is not here.

    Raises EngineError when it cannot be had, ConfigError when it is no Postgres.
    """
    image = present(client, name, watch)
    if not major_of(image):
        raise ConfigError(f"the image {name} (setting engine.image) is no Postgres: it does not set PG_MAJOR")
    return image


def present(client: docker.DockerClient, name: str, watch: Watch, *, otherwise: str = _OTHERWISE) -> Image:
    """
    Return the image called *name*, pulled when it is not here.

    Raises EngineError when it cannot be had; *otherwise* is what can be done without it.
    """
    try:
        return client.images.get(name)
    except ImageNotFound:
        watch.note(f"pulling the image {name}; this happens once")
        _pull(client, name, watch, otherwise)
        return client.images.get(name)


def major_of(image: Image) -> str:
    """Return the major version of the image's Postgres; empty when it is none."""
    return _variable(image, "PG_MAJOR")


def mount_point(image: Image) -> str:
    """Return where the image keeps its data: it moved in Postgres 18's, and a wrong path is a silent empty cluster."""
    data = _variable(image, "PGDATA") or "/var/lib/postgresql/data"
    declared = [path for path in image.attrs["Config"].get("Volumes") or () if f"{data}/".startswith(f"{path}/")]
    return max(declared, key=len, default=data)


def _pull(client: docker.DockerClient, name: str, watch: Watch, otherwise: str) -> None:
    repository, tag = parse_repository_tag(name)
    layers: dict[str, bool] = {}
    try:
        # Without a tag the engine would send all of them.
        for event in client.api.pull(repository, tag=tag or "latest", stream=True, decode=True):
            _note(event, layers)
            watch.count(f"pull {name}", sum(layers.values()), len(layers) or None)
    except (APIError, requests.RequestException) as exc:
        raise _unobtainable(name, words(exc), otherwise) from exc
    except _Refused as exc:
        raise _unobtainable(name, str(exc), otherwise) from exc


class _Refused(Exception):
    """The engine said in the middle of a pull that it will not go on."""


def _note(event: dict[str, Any], layers: dict[str, bool]) -> None:
    if "error" in event:
        raise _Refused(" ".join(str(event["error"]).split()))
    if "id" in event and event.get("status") in {"Pulling fs layer", "Downloading", *_DONE}:
        layers[event["id"]] = event["status"] in _DONE


def _unobtainable(name: str, why: str, otherwise: str) -> EngineError:
    return EngineError(
        f"the image {name} is not here and cannot be pulled: {why}",
        hint=f"check its name and the network, or {otherwise}",
    )


def _variable(image: Image, name: str) -> str:
    pairs = (entry.partition("=") for entry in image.attrs["Config"].get("Env") or ())
    return next((value for key, _, value in pairs if key == name), "")
