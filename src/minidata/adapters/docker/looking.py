"""Looking at what Docker has of a project, in a few quick questions that change nothing."""

from dataclasses import dataclass

from docker.errors import ImageNotFound

import docker
from minidata.adapters.docker.client import asked, place
from minidata.adapters.docker.containers import PORT
from minidata.adapters.docker.engine import PING_SECONDS
from minidata.adapters.docker.images import major_of
from minidata.adapters.docker.volumes import PROJECT, major_in, volumes_of


@dataclass(frozen=True)
class Seen:
    """
    What an engine has of a project.

    *engine* is where it answers, *version* is its own; *image_major* is the Postgres of the image of the settings, None
    when the image is not there, "" when it is no Postgres. *container* is None when there is none, *status* and
    *health* are as Docker says them, *address* is where its port is open, None when it is not. *volumes* gives the
    Postgres of each volume by its name.
    """

    engine: str
    version: str
    image_major: str | None
    container: str | None
    status: str
    health: str
    made_of: str
    address: str | None
    volumes: dict[str, str]


def look(project: str, image: str) -> Seen:
    """Return what the engine has of the project with the label *project*. Raises EngineError when none answers."""
    with asked(timeout=PING_SECONDS) as client:
        found = client.containers.list(all=True, filters={"label": f"{PROJECT}={project}"}, ignore_removed=True)
        attrs = found[0].attrs if found else {}
        state = attrs.get("State", {})
        return Seen(
            engine=place(),
            version=str(client.version().get("Version", "")),
            image_major=_major(client, image),
            container=found[0].name if found else None,
            status=str(state.get("Status", "")),
            health=str(state.get("Health", {}).get("Status", "")),
            made_of=str(attrs.get("Config", {}).get("Image", "")),
            address=_address(attrs),
            volumes={volume.name: major_in(volume) or "" for volume in volumes_of(client, project)},
        )


def _major(client: docker.DockerClient, image: str) -> str | None:
    try:
        return major_of(client.images.get(image))
    except ImageNotFound:
        return None


def _address(attrs: dict[str, dict[str, dict[str, list[dict[str, str]]]]]) -> str | None:
    bindings = attrs.get("NetworkSettings", {}).get("Ports", {}).get(PORT) or []
    return f"{bindings[0]['HostIp']}:{bindings[0]['HostPort']}" if bindings else None
