"""minidata's own image: what is in it, what is not, and that it is the same each time."""

import pytest

import docker
from minidata import __version__

pytestmark = pytest.mark.docker


def test_the_image_runs_the_program(docker_engine: docker.DockerClient, minidata_image: str) -> None:
    said = docker_engine.containers.run(minidata_image, ["--version"], remove=True, read_only=True, network_mode="none")

    assert said.decode() == f"minidata {__version__}\n"
