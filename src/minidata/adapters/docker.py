"""
The door to Docker: a Postgres of the project's own, in a container, its data in a named volume.

Only what carries this project's label is ever touched. The password goes in as a file, so that it is in no one's
``docker inspect``. The port is Docker's choice on 127.0.0.1, and asked for each time, since it changes with a start.
"""

import io
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import quote

import requests
from docker.context import ContextAPI
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.models.containers import Container
from docker.models.images import Image
from docker.models.volumes import Volume
from pydantic import SecretStr

import docker
from minidata.core.engine import Endpoint
from minidata.core.errors import EngineDown, EngineError, RefusedError
from minidata.core.watch import Watch

PROJECT = "minidata.project"
MAJOR = "minidata.postgres"
USER = "minidata"
PORT = "5432/tcp"
PASSWORD_FILE = "/minidata-password"  # noqa: S105 - where it is, not what it is
# Postgres checkpoints before it stops; killed earlier it must recover at the next start.
STOP_SECONDS = 60
PING_SECONDS = 2
_RESET = f"""psql -q -v ON_ERROR_STOP=1 -U {USER} -d {USER} -v "pw=$(cat {PASSWORD_FILE})" <<'END'
alter role {USER} password :'pw';
END"""


@dataclass(frozen=True)
class DockerEngine:
    """The Postgres of one project: *name* is its container's and its volume's, *project* the label on both."""

    name: str
    project: str
    image: str
    password: SecretStr

    def available(self) -> str | None:
        """Return None when a Docker engine answers within two seconds, else why none does."""
        try:
            with _asked(timeout=PING_SECONDS) as client:
                client.ping()
        except EngineError as exc:
            return str(exc)
        return None

    def start(self, watch: Watch) -> bool:
        """
        See that the container runs; return False when it did already.

        Raises RefusedError when a name is somebody else's or the volume is of another Postgres, EngineError when Docker
        refuses. A start that fails leaves no container behind.
        """
        with _asked() as client:
            container = self._container(client)
            if container is not None and container.status == "running":
                return False
            if container is not None:
                # What is in it is in the volume; made anew, its password file and its port are right.
                container.remove(force=True, v=True)
            image = self._image(client, watch)
            volume = self._volume(client, image)
            self._run(client, image, volume)
        return True

    def endpoint(self) -> Endpoint:
        """Return where the container's Postgres is; raise EngineDown when it does not run."""
        with _asked() as client:
            container = self._container(client)
            if container is None or container.status != "running":
                raise EngineDown(f"the container {self.name} does not run")
            bindings = container.attrs["NetworkSettings"]["Ports"].get(PORT) or []
        if not bindings:
            raise EngineError(
                f"the container {self.name} has no port on this machine", hint="`minidata down`, then `up`"
            )
        port = bindings[0]["HostPort"]
        password = quote(self.password.get_secret_value(), safe="")
        image = container.attrs["Config"]["Image"]
        return Endpoint(
            kind="docker",
            url=SecretStr(f"postgresql://{USER}:{password}@127.0.0.1:{port}/{USER}"),
            where=f"Docker container {self.name} ({image}) at 127.0.0.1:{port}",
        )

    def stop(self, *, volumes: bool) -> tuple[bool, bool]:
        """Stop and remove the container, with *volumes* its data too; return which of the two was there."""
        with _asked() as client:
            container = self._container(client)
            if container is not None:
                container.stop(timeout=STOP_SECONDS)
                container.remove(force=True, v=True)
            volume = self._found_volume(client) if volumes else None
            if volume is not None:
                volume.remove()
        return container is not None, volume is not None

    def reset_password(self) -> None:
        """Make the password the one we know, over the socket inside the container, which asks for none."""
        with _asked() as client:
            container = self._container(client)
            if container is None:
                raise EngineDown(f"the container {self.name} does not run")
            code, output = container.exec_run(["bash", "-c", _RESET])
        if code:
            raise EngineError(f"cannot reset the password in {self.name}: {_last_line(output)}")

    def trouble(self) -> str | None:
        """Return the last line of the log when the container has stopped by itself, else None."""
        with _asked() as client:
            container = self._container(client)
            if container is None:
                return "the container is gone"
            return None if container.status == "running" else self.last_log()

    def last_log(self) -> str:
        """Return the last line that the container has written."""
        with _asked() as client:
            container = self._container(client)
            return _last_line(container.logs(tail=3)) if container else ""

    def _container(self, client: docker.DockerClient) -> Container | None:
        try:
            container = client.containers.get(self.name)
        except NotFound:
            return None
        self._check_own("container", container.labels)
        return container

    def _found_volume(self, client: docker.DockerClient) -> Volume | None:
        try:
            volume = client.volumes.get(self.name)
        except NotFound:
            return None
        self._check_own("volume", volume.attrs.get("Labels") or {})
        return volume

    def _check_own(self, kind: str, labels: Mapping[str, str]) -> None:
        if labels.get(PROJECT) != self.project:
            raise RefusedError(
                f"there is a {kind} called {self.name} that is not this project's", hint="rename or remove it"
            )

    def _image(self, client: docker.DockerClient, watch: Watch) -> Image:
        with suppress(ImageNotFound):
            return client.images.get(self.image)
        watch.note(f"pulling {self.image}")
        try:
            return client.images.pull(self.image)
        except (APIError, requests.RequestException) as exc:
            raise EngineError(
                f"the image {self.image} is not here and cannot be pulled: {_words(exc)}",
                hint="check the name and the network, or use `--engine embedded`",
            ) from exc

    def _volume(self, client: docker.DockerClient, image: Image) -> Volume:
        volume = self._found_volume(client)
        major = _variable(image, "PG_MAJOR") or "unknown"
        if volume is None:
            return client.volumes.create(self.name, labels={PROJECT: self.project, MAJOR: major})
        there = volume.attrs["Labels"].get(MAJOR)
        if there != major:
            raise RefusedError(
                f"the volume {self.name} is of Postgres {there}, the image {self.image} is {major}",
                hint=f"set [engine] image back to a Postgres {there}; or `minidata down --volumes`, `up` and `load`,"
                " which fill a new one from the object store",
            )
        return volume

    def _run(self, client: docker.DockerClient, image: Image, volume: Volume) -> None:
        container = client.containers.create(
            self.image,
            name=self.name,
            labels={PROJECT: self.project},
            environment={"POSTGRES_USER": USER, "POSTGRES_DB": USER, "POSTGRES_PASSWORD_FILE": PASSWORD_FILE},
            # No port: the engine chooses a free one.
            ports={PORT: ("127.0.0.1", None)},  # type: ignore[dict-item]
            volumes={volume.name: {"bind": _mount_point(image), "mode": "rw"}},
            shm_size="256m",
            healthcheck={
                "test": ["CMD", "pg_isready", "-q", "-h", "127.0.0.1", "-U", USER],
                "interval": 10 * 10**9,
                "timeout": 5 * 10**9,
                "retries": 5,
            },
        )
        try:
            container.put_archive("/", _password_archive(self.password))
            container.start()
        except BaseException:
            container.remove(force=True, v=True)
            raise


def _client(*, timeout: int) -> docker.DockerClient:
    """Return a client for DOCKER_HOST, or for the Docker context in use; it has not been asked anything yet."""
    client = docker.from_env(timeout=timeout)
    context = ContextAPI.get_current_context()
    host = context.Host if context is not None else None
    if host and context.Name != "default":
        client.close()
        return docker.DockerClient(base_url=host, timeout=timeout, tls=context.TLSConfig)
    return client


@contextmanager
def _asked(*, timeout: int = 60 + STOP_SECONDS) -> Iterator[docker.DockerClient]:
    """Ask Docker something; what it says no to comes out in our words, and the connection is closed."""
    try:
        client = _client(timeout=timeout)
        try:
            yield client
        finally:
            client.close()
    except APIError as exc:
        raise EngineError(f"Docker refused: {_words(exc)}") from exc
    except (DockerException, requests.RequestException) as exc:
        raise EngineError(
            f"no Docker engine answers: {_words(exc)}", hint="start Docker, or use `--engine embedded`"
        ) from exc


def _words(exc: BaseException) -> str:
    """Return what went wrong in one line: the innermost reason, which libraries wrap in their own."""
    if isinstance(exc, APIError) and exc.explanation:
        return " ".join(str(exc.explanation).split())
    text = " ".join(str(exc).split())
    for sign, words in (
        ("Permission denied", "permission denied on its socket"),
        ("No such file", "its socket is not there"),
        ("Connection refused", "connection refused"),
        ("timed out", "it does not answer in time"),
    ):
        if sign in text:
            return words
    return text[:200]


def _variable(image: Image, name: str) -> str | None:
    pairs = (entry.partition("=") for entry in image.attrs["Config"].get("Env") or ())
    return next((value for key, _, value in pairs if key == name), None)


def _mount_point(image: Image) -> str:
    """Return where the image keeps its data: it moved in Postgres 18's, and a wrong path is a silent empty cluster."""
    data = _variable(image, "PGDATA") or "/var/lib/postgresql/data"
    declared = [path for path in image.attrs["Config"].get("Volumes") or () if f"{data}/".startswith(f"{path}/")]
    return max(declared, key=len, default=data)


def _password_archive(password: SecretStr) -> bytes:
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
