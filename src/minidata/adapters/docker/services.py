"""
Stages in containers of their own: how one is made, listened to and ended.

All that one command makes carries its labels, so that what a killed one has left is known. Only that is ever touched.
"""

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from docker.errors import APIError, ImageNotFound
from docker.models.containers import Container
from docker.models.networks import Network as DockerNetwork

import docker
from minidata.adapters.docker import networks
from minidata.adapters.docker.client import asked, refusals
from minidata.adapters.docker.confined import create, remove
from minidata.core.errors import EngineError
from minidata.core.running.services import Network, Service

# Not the label that the project's Postgres is known by.
PROJECT = "minidata.stage-of"
COMMAND = "minidata.command"
STAGE = "minidata.stage"
# Pieces of stdout and stderr as they come, mostly of one of them.
Said = Iterator[tuple[bytes | None, bytes | None]]
Filters = dict[str, str | list[str] | bool]


class Listener(Protocol):
    """Somebody who hears what a container says."""

    def out(self, piece: bytes) -> None:
        """It has written *piece* on stdout."""

    def err(self, piece: bytes) -> None:
        """It has written *piece* on stderr."""


@dataclass(frozen=True)
class Ended:
    """How a container ended; *starved* when it was for want of memory."""

    exit_code: int
    starved: bool


@dataclass(frozen=True)
class Site:
    """Where the containers of one *command* of *project* are; the networks between them are called after *name*."""

    client: docker.DockerClient
    name: str
    project: str
    command: str
    _networks: dict[Network, DockerNetwork] = field(default_factory=dict)

    def run(self, service: Service, listener: Listener) -> Ended:
        """
        Run *service* to its end, telling *listener* what it says meanwhile.

        The first Ctrl-C goes to the container, so that it ends well; KeyboardInterrupt is raised when it has. Raises
        EngineError when Docker refuses, EngineDown when the Postgres that it needs does not run.
        """
        with refusals(), self.started(service) as (container, said):
            with _passing_on_interrupts(container):
                for out, err in said:
                    listener.out(out or b"")
                    listener.err(err or b"")
            code = container.wait()["StatusCode"]
            container.reload()
            return Ended(code, starved=container.attrs["State"]["OOMKilled"])

    @contextmanager
    def started(self, service: Service) -> Iterator[tuple[Container, Said]]:
        """Start *service*, and remove it in the end. What comes with it yields what it says, on stdout and stderr."""
        container = self._created(service)
        try:
            for network in service.networks[1:]:
                self._network(network).connect(container)
            # Before it starts, so that not a word is lost: no log is kept.
            said = self.client.api.attach(str(container.id), stdout=True, stderr=True, stream=True, demux=True)
            container.start()
            yield container, _until_lost(said)
        finally:
            remove(container)

    def clear(self, command: str | None = None) -> None:
        """Remove all containers and networks of *command*, by default of this one."""
        filters: Filters = {"label": f"{COMMAND}={command or self.command}"}
        for container in self.client.containers.list(all=True, filters=filters, ignore_removed=True):
            remove(container)
        for network in self.client.networks.list(filters=filters):
            networks.remove(network)

    def commands(self) -> set[str]:
        """Return the commands of the project that have containers or networks here, at work or killed."""
        filters: Filters = {"label": f"{PROJECT}={self.project}"}
        containers = self.client.containers.list(all=True, filters=filters, ignore_removed=True)
        labels = [container.labels for container in containers]
        labels += [network.attrs["Labels"] for network in self.client.networks.list(filters=filters)]
        return {found[COMMAND] for found in labels}

    def _created(self, service: Service) -> Container:
        name = f"{self.name}-{self.command}-{service.name}"
        return create(self.client, service, name, {**self._labels(), STAGE: service.name}, self._born_on(service))

    def _born_on(self, service: Service) -> dict[str, Any]:
        if not service.networks:
            return {"network_mode": "none"}
        network = self._network(service.networks[0])
        aliases = [service.alias] if service.alias else []
        config = self.client.api.create_endpoint_config(aliases=aliases)
        # A network inside answers for its own names alone: a question for another one ends in the container itself.
        dns = {"dns": ["127.0.0.1"]} if service.networks == ("inside",) else {}
        return {"network": network.name, "networking_config": {network.name: config}, **dns}

    def _network(self, kind: Network) -> DockerNetwork:
        """Return the network, made when a container first needs it."""
        if kind not in self._networks:
            name = f"{self.name}-{self.command}-{kind}"
            made = networks.create(self.client, name, self._labels(), internal=kind == "inside")
            self._networks[kind] = made
            if kind == "inside":
                networks.join_database(self.client, made, self.project)
        return self._networks[kind]

    def _labels(self) -> Mapping[str, str]:
        return {PROJECT: self.project, COMMAND: self.command}


@contextmanager
def site(name: str, project: str, command: str) -> Iterator[Site]:
    """
    Give the site of *command*, and leave nothing of it in the end.

    Raises EngineError when no Docker engine answers, and for what it refuses.
    """
    with asked() as client:
        made = Site(client, name, project, command)
        try:
            yield made
        finally:
            made.clear()


def check_image(site: Site, image: str) -> None:
    """Raise EngineError when the engine does not have *image*, which nobody else could give it."""
    try:
        site.client.images.get(image)
    except ImageNotFound:
        raise EngineError(f"the image {image} is not here", hint="make it with `minidata image build`") from None


def _until_lost(said: Said) -> Said:
    """Yield what *said* does, up to where the engine is lost: who asks it next is told so."""
    with suppress(ConnectionError):
        yield from said


@contextmanager
def _passing_on_interrupts(container: Container) -> Iterator[None]:
    """Let the first Ctrl-C be *container*'s, and raise KeyboardInterrupt in the end; the next one is ours at once."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are not for this one
        return
    interrupted = False

    def pass_on(*_: object) -> None:
        nonlocal interrupted
        interrupted = True
        signal.signal(signal.SIGINT, before)
        with suppress(APIError):  # it has ended
            container.kill(signal="SIGINT")

    before = signal.signal(signal.SIGINT, pass_on)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupted:
        raise KeyboardInterrupt
