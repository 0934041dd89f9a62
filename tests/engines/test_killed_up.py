"""`up`, killed with -9 while it works: the next one adopts or replaces whatever it has left."""

import os
import random
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from docker.models.containers import Container
from docker.models.volumes import Volume

import docker
from engine_projects import IMAGE, name_of, project_at
from minidata.adapters.project import Project
from minidata.steps.down import down
from minidata.steps.engine import database
from minidata.steps.up import up

ROUNDS = int(os.environ.get("MINIDATA_TEST_ROUNDS", "3"))
TESTS = Path(__file__).parents[1]
UP = (
    "import sys; from pathlib import Path; from engine_projects import project_at; from minidata.steps.up import up; "
    "up(project_at(Path(sys.argv[1]), sys.argv[2]))"
)


def killed_up(project: Project, kind: str, after: float) -> None:
    """Run `up` in a process of its own and kill it *after* so many seconds, if it has not ended by then."""
    process = subprocess.Popen([sys.executable, "-c", UP, project.root, kind], cwd=TESTS)
    with suppress(subprocess.TimeoutExpired):
        process.wait(after)
    process.kill()
    process.wait()


@pytest.mark.parametrize("seed", range(4))
def test_embedded_comes_up_after_a_killed_up(tmp_path: Path, seed: int) -> None:
    project = project_at(tmp_path / "p", "embedded")
    try:
        killed_up(project, "embedded", random.Random(seed).uniform(0.3, 2))  # noqa: S311 - no secret

        up(project)

        with database(project, None) as db:
            assert db.one("select 1 from pg_namespace where nspname = 'analytics'") == (1,)
    finally:
        down(project, volumes=True)


@pytest.fixture
def foreign(engine: docker.DockerClient) -> Iterator[tuple[Container, Volume]]:
    """A container and a volume of somebody else, which must stay as they are."""
    name = f"foreign-{secrets.token_hex(4)}"
    volume = engine.volumes.create(name)
    container = engine.containers.create(IMAGE, name=name, volumes={name: {"bind": "/kept", "mode": "rw"}})
    yield container, volume
    container.remove(v=True)
    volume.remove()


@pytest.mark.docker
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_docker_comes_up_after_anything_was_killed_and_leaves_nothing_behind(
    docker_project: Project,
    engine: docker.DockerClient,
    ours: Callable[[], tuple[int, int]],
    foreign: tuple[Container, Volume],
    seed: int,
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    killed_up(docker_project, "docker", chance.uniform(0.3, 2))
    if seed % 2:
        up(docker_project)
        engine.containers.get(name_of(docker_project)).kill()

    up(docker_project)

    assert engine.containers.get(name_of(docker_project)).status == "running"
    assert ours() == (1, 1)
    with database(docker_project, "minidata_reader") as db:
        assert db.one("select 1 from pg_namespace where nspname = 'analytics'") == (1,)
    down(docker_project, volumes=True)
    assert ours() == (0, 0)
    container, volume = foreign
    container.reload()
    assert container.status == "created"
    assert engine.volumes.get(volume.name)
