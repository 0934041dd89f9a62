"""Stages in containers that are interrupted, or whose command is killed: what is left, and who tidies it away."""

import os
import signal
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker.models.containers import Container

import docker
from engine_projects import gateway_of
from minidata.adapters.project import Project
from minidata.adapters.project.identity import identity
from minidata.steps.down import down

pytestmark = pytest.mark.docker

KEY = "slow-key-p3x8"
SOURCE = """
from minidata import ApiKey, Row, Source, Stream

class Thing(Row):
    id: int

source = Source(
    name="slow",
    base_url="http://{host}:{port}",
    auth=ApiKey(header="X-Api-Key", secret="SLOW_KEY"),
    streams=[Stream("things", path="/things", row=Thing, key="id")],
)
"""


class NeverAnswers(socketserver.BaseRequestHandler):
    """Keeps whoever asks waiting."""

    asked = threading.Semaphore(0)

    def handle(self) -> None:
        self.request.recv(1 << 16)
        self.asked.release()
        self.request.recv(1 << 16)


@pytest.fixture(scope="module")
def slow_api(docker_engine: docker.DockerClient) -> Iterator[tuple[str, int]]:
    """An API that containers can reach, and that lets them wait."""
    gateway = gateway_of(docker_engine)
    with socketserver.ThreadingTCPServer((gateway, 0), NeverAnswers) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield gateway, server.server_address[1]
        server.shutdown()


@pytest.fixture
def slow(tmp_path: Path, minidata_image: str, slow_api: tuple[str, int]) -> Project:
    """A project whose ingest takes for ever, and that has no database."""
    host, port = slow_api
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "slow.py").write_text(SOURCE.format(host=host, port=port))
    (tmp_path / "minidata.toml").write_text(f'[project]\nname = "slow"\n[isolated]\nimage = "{minidata_image}"\n')
    (tmp_path / ".env").write_text(f"SLOW_KEY={KEY}\n")
    return Project(tmp_path, environ={})


Ingest = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def ingest(slow: Project) -> Iterator[Ingest]:
    """Start `minidata ingest --isolated` and return it when its container has asked the API."""
    started = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "minidata", "ingest", "--source", "slow", "--isolated"]
        environ = {name: value for name, value in os.environ.items() if not name.startswith("MINIDATA_")}
        errors = (slow.root / "stderr.txt").open("w")
        started.append(subprocess.Popen(command, cwd=slow.root, env=environ, stderr=errors))
        errors.close()
        assert NeverAnswers.asked.acquire(timeout=30)
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
    down(slow)


def containers(engine: docker.DockerClient, project: Project) -> list[Container]:
    filters: dict[str, str | list[str] | bool] = {"label": f"minidata.stage-of={identity(project).id}"}
    return engine.containers.list(all=True, filters=filters, ignore_removed=True)


def running(engine: docker.DockerClient, project: Project) -> list[Container]:
    return [container for container in containers(engine, project) if container.status == "running"]


def left(engine: docker.DockerClient, project: Project) -> list[str]:
    """Return what there is of stages in containers."""
    filters: dict[str, str | list[str] | bool] = {"label": f"minidata.stage-of={identity(project).id}"}
    networks = [str(network.name) for network in engine.networks.list(filters=filters)]
    files = [str(path) for path in (project.root / ".minidata").rglob("*") if "isolated-" in path.name]
    files += [str(path) for path in (project.root / ".minidata" / "isolated").glob("*")]
    return [*(str(one.name) for one in containers(engine, project)), *networks, *files]


def test_ctrl_c_ends_the_stage_and_leaves_nothing(
    docker_engine: docker.DockerClient, slow: Project, ingest: Ingest
) -> None:
    process = ingest()
    assert len(left(docker_engine, slow)) == 4

    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)

    assert process.returncode == 130
    assert (slow.root / "stderr.txt").read_text() == "interrupted; what was finished is kept\n"
    assert left(docker_engine, slow) == []
    assert KEY.encode() not in b"".join(path.read_bytes() for path in (slow.root / ".minidata").rglob("*.*"))


def test_what_a_killed_command_left_is_removed_and_what_is_at_work_is_not(
    docker_engine: docker.DockerClient, slow: Project, ingest: Ingest
) -> None:
    killed = ingest()
    killed.kill()
    killed.wait()
    (orphan,) = running(docker_engine, slow)
    assert list((slow.root / ".minidata").rglob("SLOW_KEY"))

    at_work = ingest()

    (alive,) = running(docker_engine, slow)
    assert alive.id != orphan.id
    down(slow)
    assert [one.id for one in running(docker_engine, slow)] == [alive.id]
    at_work.kill()
    at_work.wait()
    down(slow)
    assert left(docker_engine, slow) == []


def test_a_container_that_is_ended_from_outside_is_an_error_and_no_bug(
    docker_engine: docker.DockerClient, slow: Project, ingest: Ingest
) -> None:
    process = ingest()

    running(docker_engine, slow)[0].kill()
    process.wait(timeout=30)

    assert process.returncode == 7
    assert (slow.root / "stderr.txt").read_text() == "error: the container of ingest was ended from outside\n"
    assert left(docker_engine, slow) == []
