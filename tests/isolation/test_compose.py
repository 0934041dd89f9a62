"""docker/compose.yaml with Debian's docker-compose: the reports of a plain run, and stages that can do no more."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import docker
from minidata.adapters.project import Project
from minidata.adapters.project.layers import Layer
from minidata.demo.server import DemoShop, serve
from minidata.sources import SOURCES
from minidata.steps.init import init
from minidata.steps.run import run
from minidata.steps.up import up

pytestmark = pytest.mark.docker

POSTGRES = os.environ.get("MINIDATA_TEST_IMAGE", "minidata-test-postgres:15")
ORDERS = 800
KEY = "compose-key-k4r7"
STAGES = ("ingestion", "load", "analytics", "report")
# The API, which is the bundled one; and the one Source that it is.
OVERRIDE = f"""
services:
  api:
    image: $MINIDATA_IMAGE
    command: [demo-api, --host, 0.0.0.0, --orders, "{ORDERS}"]
    environment:
      SHOP_API_KEY: {KEY}
    networks: [outside]
    stop_signal: SIGKILL
  ingestion:
    command: [ingest, --source, shop]
    depends_on: [api]
"""
# What a stage can do, tried from inside of it.
PROBE = """
import json, os, socket, sys
def reaches(host, port):
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
def writes(folder):
    try:
        open(folder + "/probe", "x").close()
        os.remove(folder + "/probe")
    except OSError:
        return False
    return True
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
folders = ["/", "/project", "/project/object_store", "/project/sql", "/project/sources", "/project/output"]
print(json.dumps({
    "user": os.getuid(),
    "capabilities": int(status["CapBnd"], 16),
    "no new privileges": status["NoNewPrivs"].strip(),
    "secrets": sorted(os.listdir("/run/secrets")),
    "reaches": [name for name, host, port in json.loads(sys.argv[1]) if reaches(host, port)],
    "sees": [path for path in folders[2:] if os.path.exists(path)],
    "writes": [path for path in folders if writes(path)],
    "has room for a while": writes("/tmp"),
}))
"""


@dataclass(frozen=True)
class Composed:
    """A project in *root* whose services are called like *name*."""

    root: Path
    name: str
    image: str
    engine: docker.DockerClient

    def __call__(self, *arguments: str) -> str:
        """Run docker-compose with *arguments*; return what it wrote on stdout."""
        done = self._run(*arguments)
        # A stage's own words are in its log.
        assert done.returncode == 0, done.stderr + self._run("logs", "--no-color").stdout
        return done.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        files = ("-f", "docker/compose.yaml", "-f", "docker/test.yaml")
        return subprocess.run(
            ["docker-compose", *files, *arguments],
            cwd=self.root,
            env={**os.environ, "MINIDATA_IMAGE": self.image, "POSTGRES_IMAGE": POSTGRES},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def address(self, service: str) -> str:
        """Return the number at which *service* is found, on the one network that it has."""
        (network,) = self.networks(service).values()
        return str(network["IPAddress"])

    def networks(self, service: str) -> dict[str, Any]:
        """Return the networks that *service* is on, by their names."""
        container = self.engine.containers.get(f"{self.name}_{service}_1")
        return dict(container.attrs["NetworkSettings"]["Networks"])


@pytest.fixture(scope="module")
def composed(
    docker_engine: docker.DockerClient, minidata_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Composed]:
    """A new project that has been run once by compose; whatever it leaves is removed."""
    if shutil.which("docker-compose") is None:
        why = "docker-compose is not installed"
        if os.environ.get("MINIDATA_TEST_REQUIRE_COMPOSE") == "1":
            pytest.fail(why)
        pytest.skip(why)
    root = tmp_path_factory.mktemp("composed") / "shop"
    init(root)
    with (root / "minidata.toml").open("a") as settings:
        settings.write('\n[sources.shop]\nbase_url = "http://api:8765/v1"\n')
    (root / "docker" / "test.yaml").write_text(OVERRIDE)
    _make_secrets(root)
    compose = Composed(root, _name_in(root), minidata_image, docker_engine)
    try:
        compose("run", "--rm", "report")
        yield compose
    finally:
        compose("down", "--volumes", "--timeout", "5")


def _name_in(root: Path) -> str:
    return str(re.findall("COMPOSE_PROJECT_NAME=(.*)", (root / "docker" / ".env").read_text())[0])


def _make_secrets(root: Path, key: str = KEY) -> None:
    environ = {**os.environ, "SHOP_API_KEY": key}
    subprocess.run(["sh", "docker/secrets.sh"], cwd=root, env=environ, check=True, capture_output=True)


def test_its_reports_are_those_of_a_plain_run(composed: Composed, tmp_path: Path, database_url: SecretStr) -> None:
    init(tmp_path / "shop")
    with serve(DemoShop(orders=ORDERS), api_key=KEY) as api:
        flags: Layer = {"engine": {"kind": "url", "url": database_url}, "sources": {"shop": {"base_url": api.url}}}
        project = Project(tmp_path / "shop", flags, {"SHOP_API_KEY": KEY})
        up(project)
        run(project, {"shop": SOURCES["shop"]})

    reports = _reports(tmp_path / "shop" / "output")
    assert len(reports) == 4
    assert _reports(composed.root / "output") == reports


def _reports(folder: Path) -> dict[str, bytes]:
    """Return each report; when it was made, and of which run, is not what it says."""
    return {path.name: re.sub(rb"as of [^;<]*", b"", path.read_bytes()) for path in sorted(folder.glob("*.html"))}


def test_a_second_run_starts_each_stage_again(composed: Composed) -> None:
    (composed.root / "output" / "revenue_by_month.html").unlink()

    said = composed("run", "--rm", "report")

    assert "revenue_by_month.html" in said
    assert len(list((composed.root / "object_store").glob("raw/shop/customers/*/*/_run.json"))) == 2


MAY: Mapping[str, Mapping[str, object]] = {
    "ingestion": {
        "secrets": ["SHOP_API_KEY"],
        "reaches": ["api"],
        "sees": ["/project/object_store", "/project/sources"],
        "writes": ["/project/object_store"],
    },
    "load": {
        "secrets": ["loader_url"],
        "reaches": ["db"],
        "sees": ["/project/object_store", "/project/sources"],
        "writes": [],
    },
    "analytics": {
        "secrets": ["analyst_url"],
        "reaches": ["db"],
        "sees": ["/project/sql"],
        "writes": [],
    },
    "report": {
        "secrets": ["reader_url"],
        "reaches": ["db"],
        "sees": ["/project/sql", "/project/output"],
        "writes": ["/project/output"],
    },
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_can_do_what_it_must_and_no_more(composed: Composed, stage: str) -> None:
    # By their numbers: a stage that could not ask for a name might still find the way.
    others = json.dumps([("api", composed.address("api"), 8765), ("db", composed.address("db"), 5432)])
    inside = ["-c", PROBE, others]
    said = composed("run", "--rm", "--no-deps", "--entrypoint", "/opt/minidata/bin/python", stage, *inside)

    confined: dict[str, object] = {"user": os.getuid() or 10001, "capabilities": 0, "no new privileges": "1"}
    assert json.loads(said) == {**confined, **MAY[stage], "has room for a while": True}


def test_only_ingestion_and_the_api_have_a_way_out(composed: Composed) -> None:
    """Said by the engine: from in here there is nobody else outside to be reached."""
    internal = {one.name: one.attrs["Internal"] for one in composed.engine.networks.list(names=[composed.name])}
    free = {
        service
        for service in ("api", "db", *STAGES[:-1])
        if not all(internal[network] for network in composed.networks(service))
    }

    assert free == {"api", "ingestion"}
    assert len(internal) == 2


def test_no_secret_is_in_what_docker_tells(composed: Composed, docker_engine: docker.DockerClient) -> None:
    values = [path.read_text() for path in (composed.root / ".minidata" / "compose").iterdir()]
    containers = docker_engine.containers.list(
        all=True, filters={"label": f"com.docker.compose.project={composed.name}"}
    )

    # The API is no stage: it was given its key in its environment.
    told = {one.name: json.dumps(one.attrs) + one.logs().decode() for one in containers}
    assert len(values) == 8
    assert KEY in told.pop(f"{composed.name}_api_1")
    assert len(told) == 4
    assert [name for name, text in told.items() for value in values if value in text] == []


def test_the_database_does_not_run_as_root(composed: Composed) -> None:
    status = composed("exec", "-T", "db", "cat", "/proc/1/status")

    assert re.search(r"^Uid:\s+(\d+)", status, re.MULTILINE)[1] != "0"  # type: ignore[index]
    assert re.search(r"^CapBnd:\s+0+$", status, re.MULTILINE)


def test_secrets_are_for_their_owner_alone_and_kept(composed: Composed) -> None:
    folder = composed.root / ".minidata" / "compose"
    before = {path.name: path.read_text() for path in folder.iterdir()}

    _make_secrets(composed.root, key="another")

    assert {path.name: path.read_text() for path in folder.iterdir()} == before
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert len({before[f"{role}_password"] for role in ("owner", "loader", "analyst", "reader")}) == 4
