"""A project's volumes: one for each major version of Postgres that it has had, told by their labels."""

from contextlib import ExitStack

from docker.models.volumes import Volume

import docker
from minidata.core.errors import RefusedError

PROJECT = "minidata.project"
MAJOR = "minidata.postgres"


def volumes_of(client: docker.DockerClient, project: str) -> list[Volume]:
    """Return all volumes of *project*."""
    return client.volumes.list(filters={"label": f"{PROJECT}={project}"})


def major_in(volume: Volume) -> str | None:
    """Return the major version of the Postgres whose data is in *volume*, None when that is not known."""
    return _labels(volume).get(MAJOR)


def made(client: docker.DockerClient, project: str, name: str, major: str, undo: ExitStack) -> Volume:
    """
    Make a volume for the data of a Postgres *major*, which *undo* removes.

    Raises RefusedError when *name* is somebody else's.
    """
    labels = {PROJECT: project, MAJOR: major}
    # Docker gives us the one that is there when the name is taken.
    volume = client.volumes.create(name, labels=labels)
    if _labels(volume) != labels:
        raise RefusedError(f"there is a volume called {name} that is not this project's", hint="rename or remove it")
    undo.callback(volume.remove)
    return volume


def check_free(client: docker.DockerClient, volume: Volume) -> None:
    """
    Raise RefusedError when a container uses *volume*.

    Two servers on one volume destroy it, and in containers Postgres itself does not notice.
    """
    others = client.containers.list(filters={"volume": volume.name}, ignore_removed=True)
    if others:
        raise RefusedError(
            f"the volume {volume.name} is in use by the container {others[0].name}", hint="stop that one first"
        )


def _labels(volume: Volume) -> dict[str, str]:
    return volume.attrs.get("Labels") or {}
