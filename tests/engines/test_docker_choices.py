"""Which Docker is asked, which image is used, and what becomes of a container that is not as it should be."""

import hashlib
import http.server
import json
import secrets
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import docker
from engine_projects import IMAGE, Lines, carry, name_of, project_at
from minidata.adapters.docker import client
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, EngineError, RefusedError
from minidata.steps.down import down
from minidata.steps.engine import database, docker_engine
from minidata.steps.up import up

pytestmark = pytest.mark.docker


def keep_a_row(project: Project) -> None:
    with database(project, None) as db:
        db.run("create table public.kept as select 42 as x")


def kept_row(project: Project) -> object:
    with database(project, None) as db:
        return db.one("select x from public.kept")


def with_image(project: Project, image: str, kind: str = "docker") -> Project:
    return replace(project, flags={"engine": {"kind": kind, "image": image}})


def test_a_renamed_project_keeps_its_database(docker_project: Project) -> None:
    up(docker_project)
    keep_a_row(docker_project)
    (docker_project.root / "minidata.toml").write_text('[project]\nname = "renamed"\n')

    renamed = Project(docker_project.root, docker_project.flags, docker_project.environ)

    assert not up(renamed).started
    assert kept_row(renamed) == (42,)
    assert down(renamed, volumes=True).removed_data


def test_a_paused_container_is_replaced_and_its_data_stays(
    docker_project: Project, engine: docker.DockerClient
) -> None:
    up(docker_project)
    keep_a_row(docker_project)
    engine.containers.get(name_of(docker_project)).pause()

    assert up(docker_project).started
    assert kept_row(docker_project) == (42,)


def test_another_image_of_the_same_postgres_takes_over_the_data(
    docker_project: Project, engine: docker.DockerClient
) -> None:
    other = f"minidata-test-other:{secrets.token_hex(4)}"
    engine.images.get(IMAGE).tag(other)
    try:
        up(docker_project)
        keep_a_row(docker_project)

        assert up(with_image(docker_project, other)).started
        assert kept_row(docker_project) == (42,)
    finally:
        down(docker_project)
        engine.images.remove(other)


def test_a_volume_that_somebody_else_uses_is_refused(docker_project: Project, engine: docker.DockerClient) -> None:
    up(docker_project)
    down(docker_project)
    mounts = {name_of(docker_project): {"bind": "/looking", "mode": "ro"}}
    foreign = engine.containers.run(IMAGE, ["sleep", "600"], volumes=mounts, detach=True)
    try:
        with pytest.raises(RefusedError, match=f"in use by the container {foreign.name}"):
            up(docker_project)
    finally:
        foreign.remove(force=True, v=True)


def test_a_volume_with_our_name_is_refused_when_it_is_not_ours(
    docker_project: Project, engine: docker.DockerClient
) -> None:
    foreign = engine.volumes.create(name_of(docker_project), labels={"owner": "somebody"})

    with pytest.raises(RefusedError, match="there is a volume called"):
        up(docker_project)

    assert engine.volumes.get(str(foreign.name)).attrs["Labels"] == {"owner": "somebody"}


def test_an_image_of_something_else_is_refused_before_anything_is_made(
    docker_project: Project, engine: docker.DockerClient, ours: Callable[[], tuple[int, int]]
) -> None:
    other = engine.containers.create(IMAGE)
    engine.api.commit(str(other.id), "minidata-test-nothing", changes="ENV PG_MAJOR=")
    other.remove(v=True)
    before = ours()
    try:
        with pytest.raises(ConfigError, match="is no Postgres"):
            up(with_image(docker_project, "minidata-test-nothing"))
        assert ours() == before
    finally:
        engine.images.remove("minidata-test-nothing")


def test_a_start_that_fails_leaves_nothing_new(
    docker_project: Project, engine: docker.DockerClient, ours: Callable[[], tuple[int, int]]
) -> None:
    other = engine.containers.create(IMAGE)
    engine.api.commit(str(other.id), "minidata-test-broken", changes='ENTRYPOINT ["/no/such/program"]')
    other.remove(v=True)
    before = ours()
    try:
        with pytest.raises(EngineError, match=r"Docker refused: .*no such file"):
            up(with_image(docker_project, "minidata-test-broken"))
        assert ours() == before
    finally:
        engine.images.remove("minidata-test-broken")


def test_auto_runs_embedded_where_the_image_cannot_be_had(docker_project: Project) -> None:
    project = with_image(docker_project, "localhost:1/no/such-image:1", kind="auto")
    lines = Lines()
    try:
        assert up(project, watch=lines).kind == "embedded"
        assert any("runs embedded: the image" in line for line in lines.lines)
    finally:
        down(project, volumes=True)


@contextmanager
def silent(path: Path) -> Iterator[str]:
    """A socket that takes calls and never answers."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        yield f"unix://{path}"


@contextmanager
def deserted(path: Path) -> Iterator[str]:
    """A socket that nobody listens to."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    yield f"unix://{path}"


@contextmanager
def missing(path: Path) -> Iterator[str]:
    """A socket that is not there."""
    yield f"unix://{path}"


@contextmanager
def misspelt(path: Path) -> Iterator[str]:
    """An address of no kind that there is."""
    yield f"nonsense:{path}"


class FarAway(http.server.BaseHTTPRequestHandler):
    """An engine that is not on 127.0.0.1."""

    def do_GET(self) -> None:
        body = json.dumps({"ApiVersion": "1.41"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def far_away(_: Path) -> Iterator[str]:
    """An engine that answers, on another address."""
    with http.server.ThreadingHTTPServer(("127.0.0.2", 0), FarAway) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"tcp://127.0.0.2:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("somewhere", "told"),
    [
        (silent, "no Docker engine answers: it does not answer in time"),
        (deserted, "no Docker engine answers: connection refused"),
        (missing, "no Docker engine answers: its socket is not there"),
        (misspelt, "no Docker engine answers: Invalid bind address protocol"),
        (far_away, "the Docker engine is on another machine, 127.0.0.2"),
    ],
)
def test_an_engine_that_will_not_do_is_told_in_one_line(
    docker_project: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    somewhere: Callable[[Path], AbstractContextManager[str]],
    told: str,
) -> None:
    with somewhere(tmp_path / "s") as host:
        monkeypatch.setenv("DOCKER_HOST", host)

        why = docker_engine(docker_project).available()

    assert why is not None
    assert why.startswith(told)
    assert "\n" not in why


@contextmanager
def forwarded(path: Path) -> Iterator[None]:
    """A socket at *path* behind which the engine of this machine answers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        threading.Thread(target=_forward, args=(listening,), daemon=True).start()
        yield
        listening.shutdown(socket.SHUT_RDWR)


def _forward(listening: socket.socket) -> None:
    while True:
        try:
            caller, _ = listening.accept()
        except OSError:
            return
        engine = socket.socket(socket.AF_UNIX)
        engine.connect("/var/run/docker.sock")
        threading.Thread(target=carry, args=(caller, engine), daemon=True).start()


@pytest.fixture
def nobody_usual(monkeypatch: pytest.MonkeyPatch, short_path: Path) -> Path:
    """A machine where no engine answers at the usual place; gives the folder of its only user."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("HOME", str(short_path / "home"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_path / "run"))
    monkeypatch.setattr(client, "USUAL", f"unix://{short_path}/nobody.sock")
    monkeypatch.setattr(client, "_told", lambda: client.USUAL)
    return short_path


PLACES = ["run", "home/.docker/run", "home/.docker/desktop", "home/.colima/default"]


@pytest.mark.parametrize("folder", PLACES)
@pytest.mark.usefixtures("engine")
def test_an_engine_of_one_user_is_found(nobody_usual: Path, folder: str) -> None:
    with forwarded(nobody_usual / folder / "docker.sock"):
        assert client.place() == f"unix://{nobody_usual / folder}/docker.sock"
        assert docker_engine(project_at(nobody_usual / "p")).available() is None


@pytest.mark.usefixtures("engine")
def test_an_engine_that_was_found_is_told(nobody_usual: Path) -> None:
    project = project_at(nobody_usual / "p", "docker")

    with forwarded(nobody_usual / "run" / "docker.sock"):
        try:
            assert up(project).where.endswith(f", engine unix://{nobody_usual / 'run'}/docker.sock")
        finally:
            down(project, volumes=True)


@pytest.mark.usefixtures("engine")
def test_the_docker_context_in_use_is_asked(monkeypatch: pytest.MonkeyPatch, short_path: Path) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("HOME", str(short_path))
    host = f"unix://{short_path}/of-a-context.sock"
    config = short_path / ".docker"
    meta = config / "contexts" / "meta" / hashlib.sha256(b"colima").hexdigest() / "meta.json"
    meta.parent.mkdir(parents=True)
    (config / "config.json").write_text(json.dumps({"currentContext": "colima"}))
    endpoints = {"docker": {"Host": host, "SkipTLSVerify": False}}
    meta.write_text(json.dumps({"Name": "colima", "Metadata": {}, "Endpoints": endpoints}))

    assert (
        docker_engine(project_at(short_path / "p")).available() == "no Docker engine answers: its socket is not there"
    )
    with forwarded(short_path / "of-a-context.sock"):
        assert client.place() == host
        assert docker_engine(project_at(short_path / "p")).available() is None


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder with a short name: a socket's may be no longer than a hundred bytes."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_down_in_the_middle_of_the_first_start_lets_it_finish(docker_project: Project) -> None:
    docker_engine(docker_project).start(Lines())

    assert down(docker_project).stopped

    up(docker_project)
    with database(docker_project, None) as db:
        assert db.one("select current_database()::text") == ("minidata",)
