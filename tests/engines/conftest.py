"""A real Docker engine, and projects that use it."""

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker.errors import DockerException, ImageNotFound

import docker
from engine_projects import IMAGE, name_of, project_at
from minidata.adapters.project import Project


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """The Docker engine of this machine; without one the test is skipped, unless it is required."""
    try:
        client = docker.from_env(timeout=60)
        client.images.get(IMAGE)
    except (DockerException, ImageNotFound) as exc:
        why = f"no Docker engine with the image {IMAGE}: {exc}"
        if os.environ.get("MINIDATA_TEST_REQUIRE_DOCKER") == "1":
            pytest.fail(why)
        pytest.skip(why)
    yield client
    client.close()


@pytest.fixture
def docker_project(tmp_path: Path, engine: docker.DockerClient) -> Iterator[Project]:
    """A project on Docker; whatever it leaves is removed."""
    project = project_at(tmp_path / f"p{secrets.token_hex(4)}", "docker")
    yield project
    _remove(engine, name_of(project))


def _remove(engine: docker.DockerClient, name: str) -> None:
    for container in engine.containers.list(all=True, filters={"name": name}):
        container.remove(force=True, v=True)
    for volume in engine.volumes.list(filters={"name": name}):
        volume.remove()


@pytest.fixture
def ours(engine: docker.DockerClient) -> Callable[[], tuple[int, int]]:
    """How many containers and volumes the engine has, of anybody."""
    return lambda: (len(engine.containers.list(all=True)), len(engine.volumes.list()))
