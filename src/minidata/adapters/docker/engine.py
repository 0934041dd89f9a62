"""The Docker engine: one container and one volume per project, told by their label, whatever they are called."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import quote

from docker.errors import APIError
from docker.models.containers import Container
from docker.models.images import Image
from docker.models.volumes import Volume
from pydantic import SecretStr

import docker
from minidata.adapters.docker.client import USUAL, asked, place
from minidata.adapters.docker.containers import PORT, USER, clear, create, last_words, put_password, reset_password
from minidata.adapters.docker.images import fetched, major_of
from minidata.adapters.docker.volumes import PROJECT, check_free, made, major_in, volumes_of
from minidata.core.engine import Endpoint
from minidata.core.errors import EngineDown, EngineError, RefusedError
from minidata.core.watch import Watch

# The label is what others of this door know a project's container by.
__all__ = ["PROJECT", "DockerEngine"]

PING_SECONDS = 2
_TAKEN = 409
_ATTEMPTS = 10
_PAUSE = 0.5


@dataclass(frozen=True)
class DockerEngine:
    """The Postgres of one project: *project* is the label on its container and volume, *name* what new ones get."""

    name: str
    project: str
    image: str
    password: SecretStr

    def available(self) -> str | None:
        """Return None when a Docker engine answers within two seconds, else why none does."""
        try:
            with asked(timeout=PING_SECONDS) as client:
                client.ping()
        except EngineError as exc:
            return str(exc)
        return None

    def without_image(self, watch: Watch) -> str | None:
        """Return None when the image is here, pulled if need be; else why it cannot be had."""
        try:
            with asked() as client:
                fetched(client, self.image, watch)
        except EngineError as exc:
            return str(exc)
        return None

    def outdated(self, watch: Watch) -> str | None:
        """Return the major version of the data when the image cannot read it, None when it can or there is none."""
        with asked() as client:
            major = major_of(fetched(client, self.image, watch))
            there = [major_in(volume) for volume in volumes_of(client, self.project)]
            return None if major in there else next(iter(there), None)

    def start(self, watch: Watch, *, beside: bool = False) -> bool:
        """
        See that a container of the image runs; return False when one did already.

        One that has ended, or was made of another image, is replaced: its data is in the volume. With *beside*, data
        of another Postgres stays in its volume and a new one begins empty. Raises RefusedError when a name is somebody
        else's or, without *beside*, the volume is of another Postgres, EngineError when Docker refuses. A start that
        fails leaves nothing behind that was not there.
        """
        with asked() as client:
            container = self._container(client)
            runs = container is not None and container.status == "running"
            if container is not None and runs and container.attrs["Config"]["Image"] == self.image and not beside:
                return False
            image = fetched(client, self.image, watch)
            with ExitStack() as undo:
                volume = self._volume(client, image, undo, beside=beside)
                if container is not None:
                    clear(container)
                check_free(client, volume)
                self._run(client, image, volume, undo)
                undo.pop_all()
        return True

    def endpoint(self) -> Endpoint:
        """Return where the container's Postgres is; raise EngineDown when it does not run."""
        with asked() as client:
            container = self._running(client)
            # Not while it begins or ends.
            bindings = container.attrs["NetworkSettings"]["Ports"].get(PORT) or []
        if not bindings:
            raise EngineDown(f"the container {container.name} has no port on this machine")
        port = bindings[0]["HostPort"]
        password = quote(self.password.get_secret_value(), safe="")
        image = container.attrs["Config"]["Image"]
        engine = "" if place() == USUAL else f", engine {place()}"
        return Endpoint(
            kind="docker",
            url=SecretStr(f"postgresql://{USER}:{password}@127.0.0.1:{port}/{USER}"),
            where=f"Docker container {container.name} ({image}) at 127.0.0.1:{port}{engine}",
        )

    def stop(self, *, volumes: bool) -> tuple[bool, bool]:
        """
        Stop and remove the container, with *volumes* its data too; return which of the two was there.

        That of earlier Postgres versions is removed as well.
        """
        with asked() as client:
            container = self._container(client)
            if container is not None:
                clear(container)
            there = volumes_of(client, self.project) if volumes else []
            for volume in there:
                volume.remove()
        return container is not None, bool(there)

    def kept(self, major: str) -> str | None:
        """Return the command that removes the data of the Postgres *major*, None when there is none."""
        with asked() as client:
            there = [volume.name for volume in volumes_of(client, self.project) if major_in(volume) == major]
        return f"docker volume rm {there[0]}" if there else None

    def reset_password(self) -> None:
        """Make the password the one we know, over the socket inside the container, which asks for none."""
        with asked() as client:
            container = self._running(client)
            # It has the file of its beginning still, when ours was lost since.
            put_password(container, self.password)
            reset_password(container)

    def trouble(self) -> str | None:
        """Return what the log says of its end when the container has ended by itself, else None."""
        with asked() as client:
            container = self._container(client)
            if container is None:
                return "the container is gone"
            return None if container.status == "running" else last_words(container)

    def last_log(self) -> str:
        """Return the line of its log that tells most of why the container ended."""
        with asked() as client:
            container = self._container(client)
            return last_words(container) if container else ""

    def _container(self, client: docker.DockerClient) -> Container | None:
        found = client.containers.list(all=True, filters={"label": f"{PROJECT}={self.project}"}, ignore_removed=True)
        return next(iter(found), None)

    def _running(self, client: docker.DockerClient) -> Container:
        container = self._container(client)
        if container is None or container.status != "running":
            raise EngineDown(f"the container {container.name if container else self.name} does not run")
        return container

    def _volume(self, client: docker.DockerClient, image: Image, undo: ExitStack, *, beside: bool) -> Volume:
        there = volumes_of(client, self.project)
        major = major_of(image)
        for volume in there:
            if major_in(volume) == major:
                return volume
        if there and not beside:
            older = major_in(there[0])
            raise RefusedError(
                f"the volume {there[0].name} is of Postgres {older}, the image {self.image} is {major}",
                hint="`minidata up --upgrade` keeps it and fills a new one from the object store; or set [engine] image"
                f" to a Postgres {older} again, for a dump (docs/database.md)",
            )
        name = f"{self.name}-{major}" if there else self.name
        return made(client, self.project, name, major, undo)

    def _run(self, client: docker.DockerClient, image: Image, volume: Volume, undo: ExitStack) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                container = create(client, image, volume, self.name, of=self.image, labels={PROJECT: self.project})
                break
            except APIError as exc:
                if exc.status_code != _TAKEN:
                    raise
                self._clear_late(client, self.name, last=attempt == _ATTEMPTS)
        undo.callback(container.remove, force=True, v=True)
        put_password(container, self.password)
        container.start()

    def _clear_late(self, client: docker.DockerClient, name: str, *, last: bool) -> None:
        """
        Remove the container that took *name* since we looked, if it is ours; raise RefusedError when it is not.

        A command that was killed may have asked for it, and the engine goes on making it: for a moment the name is
        taken and nobody has it.
        """
        late = self._container(client)
        if late is not None:
            clear(late)
        elif last or client.containers.list(all=True, filters={"name": f"^/{name}$"}):
            raise RefusedError(
                f"there is a container called {name} that is not this project's", hint="rename or remove it"
            )
        else:
            time.sleep(_PAUSE)
