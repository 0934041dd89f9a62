"""Networks of one command: made for it, gone with it. The project's Postgres joins the one that leads nowhere else."""

from collections.abc import Mapping
from contextlib import suppress

from docker.errors import APIError, NotFound
from docker.models.networks import Network

import docker
from minidata.adapters.docker.engine import PROJECT
from minidata.core.errors import EngineDown
from minidata.core.running.services import DATABASE

# Without an address of the machine's own on it, nothing that listens on this machine is reached from within.
_NOT_HERE = {"com.docker.network.bridge.inhibit_ipv4": "true"}


def create(client: docker.DockerClient, name: str, labels: Mapping[str, str], *, internal: bool) -> Network:
    """Make the network *name*; an *internal* one leads to nothing but the containers on it."""
    options = _NOT_HERE if internal else {}
    return client.networks.create(name, driver="bridge", internal=internal, labels=dict(labels), options=options)


def join_database(client: docker.DockerClient, network: Network, project: str) -> None:
    """
    Let *project*'s Postgres answer on *network*, as ``database``; raise EngineDown when it does not run.

    It stays on its own network too: from one that is internal no port can be published on the machine.
    """
    found = client.containers.list(filters={"label": f"{PROJECT}={project}"}, ignore_removed=True)
    if not found:
        raise EngineDown("the container of the project's Postgres does not run")
    network.connect(found[0], aliases=[DATABASE])


def remove(network: Network) -> None:
    """Remove *network*, which whoever is on it leaves first; one that is gone is fine."""
    with suppress(NotFound):
        network.reload()
        for container in network.attrs["Containers"]:
            with suppress(APIError):  # it has left by itself
                network.disconnect(container, force=True)
        network.remove()
