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
from minidata.adapters.docker.client import asked
from minidata.adapters.docker.containers import PORT, USER, clear, create, last_words, put_password, reset_password
from minidata.adapters.docker.images import fetched, major_of
from minidata.core.engine import Endpoint
from minidata.core.errors import EngineDown, EngineError, RefusedError
from minidata.core.watch import Watch

PROJECT = "minidata.project"
MAJOR = "minidata.postgres"
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

    def start(self, watch: Watch) -> bool:
        """
        See that a container of the image runs; return False when one did already.

        One that has ended, or was made of another image, is replaced: its data is in the volume. Raises RefusedError
        when a name is somebody else's or the volume is of another Postgres, EngineError when Docker refuses. A start
        that fails leaves nothing behind that was not there.
        """
        with asked() as client:
            container = self._container(client)
            runs = container is not None and container.status == "running"
            if container is not None and runs and container.attrs["Config"]["Image"] == self.image:
                return False
            image = fetched(client, self.image, watch)
            with ExitStack() as undo:
                volume = self._volume(client, image, undo)
                if container is not None:
                    clear(container)
                self._check_free(client, volume)
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
        return Endpoint(
            kind="docker",
            url=SecretStr(f"postgresql://{USER}:{password}@127.0.0.1:{port}/{USER}"),
            where=f"Docker container {container.name} ({container.attrs['Config']['Image']}) at 127.0.0.1:{port}",
        )

    def stop(self, *, volumes: bool) -> tuple[bool, bool]:
        """Stop and remove the container, with *volumes* its data too; return which of the two was there."""
        with asked() as client:
            container = self._container(client)
            if container is not None:
                clear(container)
            volume = self._found_volume(client) if volumes else None
            if volume is not None:
                volume.remove()
        return container is not None, volume is not None

    def reset_password(self) -> None:
        """Make the password the one we know, over the socket inside the container, which asks for none."""
        with asked() as client:
            reset_password(self._running(client))

    def trouble(self) -> str | None:
        """Return the last line of the log when the container has ended by itself, else None."""
        with asked() as client:
            container = self._container(client)
            if container is None:
                return "the container is gone"
            return None if container.status == "running" else last_words(container)

    def last_log(self) -> str:
        """Return the last line that the container has written."""
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

    def _found_volume(self, client: docker.DockerClient) -> Volume | None:
        return next(iter(client.volumes.list(filters={"label": f"{PROJECT}={self.project}"})), None)

    def _volume(self, client: docker.DockerClient, image: Image, undo: ExitStack) -> Volume:
        volume, major = self._found_volume(client), major_of(image)
        if volume is None:
            # Docker gives us the one that is there when the name is taken.
            volume = client.volumes.create(self.name, labels={PROJECT: self.project, MAJOR: major})
            if _label(volume, PROJECT) != self.project:
                raise RefusedError(
                    f"there is a volume called {self.name} that is not this project's", hint="rename or remove it"
                )
            undo.callback(volume.remove)
        there = _label(volume, MAJOR)
        if there != major:
            raise RefusedError(
                f"the volume {volume.name} is of Postgres {there}, the image {self.image} is {major}",
                hint=f"set [engine] image back to a Postgres {there}; or `minidata down --volumes`, `up` and `load`,"
                " which fill a new one from the object store",
            )
        return volume

    def _check_free(self, client: docker.DockerClient, volume: Volume) -> None:
        """Two servers on one volume destroy it, and in containers Postgres itself does not notice."""
        others = client.containers.list(filters={"volume": volume.name}, ignore_removed=True)
        if others:
            raise RefusedError(
                f"the volume {volume.name} is in use by the container {others[0].name}", hint="stop that one first"
            )

    def _run(self, client: docker.DockerClient, image: Image, volume: Volume, undo: ExitStack) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                container = create(client, image, volume, of=self.image, labels={PROJECT: self.project})
                break
            except APIError as exc:
                if exc.status_code != _TAKEN:
                    raise
                self._clear_late(client, volume.name, last=attempt == _ATTEMPTS)
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


def _label(volume: Volume, name: str) -> str | None:
    labels: dict[str, str] = volume.attrs.get("Labels") or {}
    return labels.get(name)
