"""Projects that run an engine of their own, for tests of engines."""

import os
import select
import socket
from collections.abc import Iterator
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import psycopg
import pytest
from docker.errors import DockerException, ImageNotFound

import docker
from loading import until
from minidata.adapters.docker import DockerEngine
from minidata.adapters.project import Project
from minidata.steps.engine import engine

ROOT = Path(__file__).parents[1]
IMAGE = os.environ.get("MINIDATA_TEST_IMAGE", "minidata-test-postgres:15")


def engine_with(*images: str) -> Iterator[docker.DockerClient]:
    """Yield the engine of this machine; without one that has *images* the test is skipped, unless it is required."""
    try:
        client = docker.from_env(timeout=60)
        for name in images:
            client.images.get(name)
    except (DockerException, ImageNotFound) as exc:
        why = f"no Docker engine with {' and '.join(images)} (tests/docker/ builds them): {exc}"
        if os.environ.get("MINIDATA_TEST_REQUIRE_DOCKER") == "1":
            pytest.fail(why)
        pytest.skip(why)
    yield client
    client.close()


def postgres_in_container() -> Iterator[str]:
    """Yield the owner's URL of a Postgres in a container of its own, with its data in memory."""
    for client in engine_with(IMAGE):
        container = client.containers.run(
            IMAGE,
            "postgres -c fsync=off",
            environment={"POSTGRES_PASSWORD": "postgres"},
            ports={"5432/tcp": ("127.0.0.1", 0)},
            tmpfs={"/var/lib/postgresql/data": ""},
            detach=True,
        )
        try:
            container.reload()
            port = (container.ports["5432/tcp"] or [{}])[0]["HostPort"]
            url = f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres?connect_timeout=5"
            until(partial(_answers, url))
            yield url
        finally:
            container.remove(force=True, v=True)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def gateway_of(client: docker.DockerClient) -> str:
    """The address of this machine on the engine's default network; an engine that was never restarted does not say."""
    (config,) = client.networks.get("bridge").attrs["IPAM"]["Config"]
    return str(config.get("Gateway") or next(ip_network(config["Subnet"]).hosts()))


class Lines:
    """A Watch that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        """Keep *line*."""
        self.lines.append(line)

    def count(self, what: str, done: int, total: int | None = None) -> None:
        """Look away."""


def project_at(folder: Path, kind: str = "auto", **environ: str) -> Project:
    """Make a project in *folder*; its settings come from here alone."""
    (folder / "sql").mkdir(parents=True, exist_ok=True)
    (folder / "minidata.toml").write_text('[project]\nname = "test"\n')
    (folder / "sql" / "init.sql").write_bytes((ROOT / "sql" / "init.sql").read_bytes())
    return Project(folder, {"engine": {"kind": kind, "image": IMAGE}}, environ)


def name_of(project: Project) -> str:
    """Return what the project's container and volume are called."""
    docker = engine(project, "docker")
    assert isinstance(docker, DockerEngine)
    return docker.name


def carry(one: socket.socket, other: socket.socket) -> None:
    """Carry what either says to the other, until one of them hangs up."""
    ends = {one: other, other: one}
    with one, other:
        while True:
            for source in select.select([one, other], [], [])[0]:
                data = source.recv(65536)
                if not data:
                    return
                ends[source].sendall(data)
