"""A real Docker engine, and projects that use it."""

import secrets
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

import docker
from engine_projects import IMAGE, engine_with, name_of, project_at
from minidata.adapters.project import Project
from minidata.adapters.project.identity import identity


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """The Docker engine of this machine; without one the test is skipped, unless it is required."""
    yield from engine_with(IMAGE)


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
def ours(engine: docker.DockerClient, docker_project: Project) -> Callable[[], tuple[int, int]]:
    """How many containers and volumes the engine has of the project, by label or by name; others come and go."""
    ident, name = identity(docker_project).id, name_of(docker_project)

    def count(listed: Callable[..., Collection[Any]], **kinds: bool) -> int:
        by = ({"label": f"minidata.project={ident}"}, {"name": name})
        return len({found.id for filters in by for found in listed(filters=filters, **kinds)})

    return lambda: (count(engine.containers.list, all=True), count(engine.volumes.list))
