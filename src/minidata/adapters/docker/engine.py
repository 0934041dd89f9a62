"""The Docker engine: one container and one volume per project, told by their label, whatever they are called."""

import io
import tarfile
from collections.abc import Iterator
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
from minidata.adapters.docker.images import fetched, major_of, mount_point
from minidata.core.engine import Endpoint
from minidata.core.errors import EngineDown, EngineError, RefusedError
from minidata.core.watch import Watch

PROJECT = "minidata.project"
MAJOR = "minidata.postgres"
USER = "minidata"
PORT = "5432/tcp"
PASSWORD_FILE = "/minidata-password"  # noqa: S105 - where it is, not what it is
# Postgres writes everything down before it stops; killed earlier, it must recover at the next start.
STOP_SECONDS = 60
PING_SECONDS = 2
_TAKEN = 409
# psql reads the file itself: an argument would be seen in the machine's list of processes.
_RESET = f"""psql -q -v ON_ERROR_STOP=1 -U {USER} -d postgres <<'END'
\\set pw `cat {PASSWORD_FILE}`
alter role {USER} password :'pw';
END"""


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
                    _clear(container)
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
                _clear(container)
            volume = self._found_volume(client) if volumes else None
            if volume is not None:
                volume.remove()
        return container is not None, volume is not None

    def reset_password(self) -> None:
        """Make the password the one we know, over the socket inside the container, which asks for none."""
        with asked() as client:
            container = self._running(client)
            code, output = container.exec_run(["bash", "-c", _RESET])
        if code:
            raise EngineError(f"cannot reset the password in {container.name}: {_last_line(output)}")

    def trouble(self) -> str | None:
        """Return the last line of the log when the container has ended by itself, else None."""
        with asked() as client:
            container = self._container(client)
            if container is None:
                return "the container is gone"
            return None if container.status == "running" else _last_line(container.logs(tail=3))

    def last_log(self) -> str:
        """Return the last line that the container has written."""
        with asked() as client:
            container = self._container(client)
            return _last_line(container.logs(tail=3)) if container else ""

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
                raise _not_ours("volume", self.name)
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
        try:
            container = client.containers.create(
                self.image,
                name=self.name,
                labels={PROJECT: self.project},
                environment={"POSTGRES_USER": USER, "POSTGRES_DB": USER, "POSTGRES_PASSWORD_FILE": PASSWORD_FILE},
                # No port: the engine chooses a free one.
                ports={PORT: ("127.0.0.1", None)},  # type: ignore[dict-item]
                volumes={volume.name: {"bind": mount_point(image), "mode": "rw"}},
                # The default of 64 MB is too little for a large parallel join; it is a limit, not a reservation.
                shm_size="1g",
                healthcheck=_healthcheck(),
            )
        except APIError as exc:
            if exc.status_code == _TAKEN:
                raise _not_ours("container", self.name) from exc
            raise
        undo.callback(container.remove, force=True, v=True)
        container.put_archive("/", _password_archive(self.password))
        container.start()


def _clear(container: Container) -> None:
    """Stop *container*, giving Postgres its time, and remove it with its anonymous volumes."""
    if container.status == "paused":
        container.unpause()
    container.stop(timeout=STOP_SECONDS)
    container.remove(force=True, v=True)


def _not_ours(kind: str, name: str) -> RefusedError:
    return RefusedError(f"there is a {kind} called {name} that is not this project's", hint="rename or remove it")


def _label(volume: Volume, name: str) -> str | None:
    labels: dict[str, str] = volume.attrs.get("Labels") or {}
    return labels.get(name)


def _healthcheck() -> dict[str, object]:
    second = 10**9
    return {
        "test": ["CMD", "pg_isready", "-q", "-h", "127.0.0.1", "-U", USER],
        "interval": 10 * second,
        "timeout": 5 * second,
        "start_period": 60 * second,
        "retries": 5,
    }


def _password_archive(password: SecretStr) -> bytes:
    """Return a tar file with the password in it, for the container's root alone, who begins there."""
    body = password.get_secret_value().encode()
    entry = tarfile.TarInfo(PASSWORD_FILE.lstrip("/"))
    entry.size, entry.mode = len(body), 0o400
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(entry, io.BytesIO(body))
    return buffer.getvalue()


def _last_line(output: bytes | Iterator[bytes]) -> str:
    said = output if isinstance(output, bytes) else b"".join(output)
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it has said nothing"
