"""The container of a Postgres: how it is made, ended, and talked to from within."""

import io
import tarfile
import time
from collections.abc import Iterator
from contextlib import suppress

from docker.errors import APIError
from docker.models.containers import Container
from docker.models.images import Image
from docker.models.volumes import Volume
from pydantic import SecretStr

import docker
from minidata.adapters.docker.images import mount_point
from minidata.core.engine import last_words as last_words_of
from minidata.core.errors import EngineError

USER = "minidata"
PORT = "5432/tcp"
PASSWORD_FILE = "/minidata-password"  # noqa: S105 - where it is, not what it is
_LOG_LINES = 60
# Postgres writes everything down before it stops; killed earlier, it must recover at the next start.
STOP_SECONDS = 60
# psql reads the file itself: an argument would be seen in the machine's list of processes.
_RESET = f"""psql -q -v ON_ERROR_STOP=1 -U {USER} -d postgres <<'END'
\\set pw `cat {PASSWORD_FILE}`
alter role {USER} password :'pw';
END"""


def create(  # noqa: PLR0913 - each is a fact of its own
    client: docker.DockerClient, image: Image, volume: Volume, name: str, *, of: str, labels: dict[str, str]
) -> Container:
    """Make a container called *name* of *image*, whose name is *of*, its data in *volume*; it does not run."""
    return client.containers.create(
        of,
        name=name,
        labels=labels,
        environment={"POSTGRES_USER": USER, "POSTGRES_DB": USER, "POSTGRES_PASSWORD_FILE": PASSWORD_FILE},
        # No port: the engine chooses a free one.
        ports={PORT: ("127.0.0.1", None)},  # type: ignore[dict-item]
        volumes={volume.name: {"bind": mount_point(image), "mode": "rw"}},
        # The default of 64 MB is too little for a large parallel join; it is a limit, not a reservation.
        shm_size="1g",
        healthcheck=_healthcheck(),
    )


def put_password(container: Container, password: SecretStr) -> None:
    """Put *password* into *container* as a file for its root alone, as whom the image's entrypoint begins."""
    body = password.get_secret_value().encode()
    entry = tarfile.TarInfo(PASSWORD_FILE.lstrip("/"))
    entry.size, entry.mode = len(body), 0o400
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(entry, io.BytesIO(body))
    container.put_archive("/", buffer.getvalue())


def reset_password(container: Container) -> None:
    """Make the database's password the one in the file, over the socket inside, which asks for none."""
    code, output = container.exec_run(["bash", "-c", _RESET])
    if code:
        raise EngineError(f"cannot reset the password in {container.name}: {_last_line(output)}")


def clear(container: Container) -> None:
    """Stop *container*, giving Postgres its time, and remove it with its anonymous volumes."""
    if container.status == "paused":
        container.unpause()
    _end(container)
    container.remove(force=True, v=True)


def _end(container: Container) -> None:
    """
    Ask Postgres to end, each second again, until it has.

    Asked once, as `docker stop` does, it would not hear of it while its entrypoint still prepares the data folder.
    """
    for moment in range(STOP_SECONDS * 10):
        container.reload()
        if container.status != "running":
            return
        if moment % 10 == 0:
            with suppress(APIError):  # it has ended since
                container.kill(signal="SIGINT")
        time.sleep(0.1)


def last_words(container: Container) -> str:
    """Return the line that *container* has written that tells most of why it ended."""
    return last_words_of(container.logs(tail=_LOG_LINES)) or "it has said nothing"


def _healthcheck() -> dict[str, object]:
    second = 10**9
    return {
        "test": ["CMD", "pg_isready", "-q", "-h", "127.0.0.1", "-U", USER],
        "interval": 10 * second,
        "timeout": 5 * second,
        "start_period": 60 * second,
        "retries": 5,
    }


def _last_line(output: bytes | Iterator[bytes]) -> str:
    said = output if isinstance(output, bytes) else b"".join(output)
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it has said nothing"
