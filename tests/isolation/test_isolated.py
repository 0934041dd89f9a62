"""Stages in containers of their own: they do what they do without, and from inside nothing else can be done."""

import io
import json
import os
import socketserver
import tarfile
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import docker
from engine_projects import gateway_of
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, EngineError, RefusedError
from minidata.demo.endpoints import PREFIX
from minidata.demo.server import DEFAULT_PORT, DemoShop, serve
from minidata.sources import SOURCES
from minidata.steps import isolated
from minidata.steps.down import down
from minidata.steps.engine import docker_engine as engine_of
from minidata.steps.engine import role_endpoint
from minidata.steps.init import init
from minidata.steps.isolating.isolation import isolation
from minidata.steps.report import Destination, report
from minidata.steps.run import Ran, run
from minidata.steps.up import up

pytestmark = pytest.mark.docker

POSTGRES = os.environ.get("MINIDATA_TEST_IMAGE", "minidata-test-postgres:15")
PROBE = Path(__file__).parents[1] / "isolated_probe.py"
KEY = "isolated-key-t7w2"
OTHER = "other-secret-m4q9"
GREETING = 'a "quoted" one\nand é\x7f'
SHOP = {"shop": SOURCES["shop"]}
ORDERS = 600
STAGES: Mapping[str, Callable[[Project, Any], object]] = {
    "ingest": lambda project, watch: isolated.ingest(project, SHOP, source="shop", watch=watch),
    "load": lambda project, watch: isolated.load(project, SHOP, source="shop", watch=watch),
    "analyze": lambda project, watch: isolated.analyze(project, variables={"since": "-1"}, watch=watch),
    "report": lambda project, watch: isolated.report(project, Destination("csv"), watch=watch),
}


def shop_at(root: Path, engine: Mapping[str, str], **isolated: object) -> Project:
    """Make a project with a secret of each kind in it."""
    init(root)
    (root / ".env").write_text(f"OTHER_API_KEY={OTHER}\n")
    flags: dict[str, dict[str, Any]] = {
        "engine": {"start_timeout": 60.0, **engine},
        "isolated": isolated,
        "vars": {"greeting": GREETING},
        "sources": {"shop": {"base_url": f"http://api:{DEFAULT_PORT}{PREFIX}"}},
    }
    return Project(root, flags, {"SHOP_API_KEY": KEY, "UNRELATED": "kept out"})


@pytest.fixture(scope="module")
def shop(
    docker_engine: docker.DockerClient, minidata_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """A project with a Postgres in Docker; whatever it leaves is removed, and it leaves nothing."""
    root = tmp_path_factory.mktemp("isolated") / "shop"
    project = shop_at(root, {"kind": "docker", "image": POSTGRES}, image=minidata_image, memory="768m", cpus=1.5)
    try:
        up(project)
        yield project
    finally:
        down(project, volumes=True)
    name = engine_of(project).name
    assert docker_engine.containers.list(all=True, filters={"name": name}) == []
    assert docker_engine.networks.list(names=[name]) == []


@pytest.fixture(scope="module")
def ran(shop: Project) -> Ran:
    """What a run of all stages did."""
    options = ["--host=0.0.0.0", f"--port={DEFAULT_PORT}", f"--orders={ORDERS}", "--seed=7"]
    with isolation(shop) as stages, stages.demo_api(options, "SHOP_API_KEY"):
        return stages.run(SHOP, source="shop")


def test_an_isolated_run_gives_the_reports_and_facts_of_a_plain_one(
    shop: Project, ran: Ran, database_url: SecretStr, tmp_path: Path
) -> None:
    init(tmp_path / "shop")
    with serve(DemoShop(seed=7, orders=ORDERS), api_key=KEY) as api:
        flags: dict[str, dict[str, Any]] = {
            "engine": {"kind": "url", "url": database_url},
            "sources": {"shop": {"base_url": api.url}},
        }
        plain = Project(tmp_path / "shop", flags, {"SHOP_API_KEY": KEY})
        up(plain)
        expected = run(plain, SHOP, source="shop")
    isolated.report(shop, Destination("csv"))
    report(plain, Destination("csv"))

    assert ran.loaded == expected.loaded
    assert [(one.stream, one.pages, one.records, one.cursor) for one in ran.ingested.streams] == [
        (one.stream, one.pages, one.records, one.cursor) for one in expected.ingested.streams
    ]
    assert ran.analyzed is not None
    assert expected.analyzed is not None
    assert ran.analyzed.tests == expected.analyzed.tests
    assert [(m.name, m.status, m.rows) for m in ran.analyzed.models] == [
        (m.name, m.status, m.rows) for m in expected.analyzed.models
    ]
    names = {path.name for path in (plain.root / "output").glob("*.csv")}
    assert len(names) == 4
    for name in names:
        assert (shop.root / "output" / name).read_bytes() == (plain.root / "output" / name).read_bytes()
        assert (shop.root / "output" / name).stat().st_uid == os.getuid()


def test_a_report_on_stdout_or_in_a_file_of_any_name_is_the_plain_one(shop: Project, ran: Ran, tmp_path: Path) -> None:
    assert ran.reported is not None
    names, file = ["revenue_by_month"], tmp_path / "answer"
    stdout, page, table = io.BytesIO(), io.BytesIO(), io.BytesIO()
    expected = report(shop, Destination("html", stdout=page), names=names)
    report(shop, Destination("csv", stdout=table), names=names)

    with isolation(shop) as stages:
        told = stages.report(Destination("html", stdout=stdout), names=names)
        written = stages.report(Destination("csv", file), names=names)

    assert stdout.getvalue() == page.getvalue()
    assert told == replace(expected, as_of=told.as_of)
    assert file.read_bytes() == table.getvalue()
    assert written.reports[0].path == str(file)


@dataclass
class Looking:
    """A Watch that looks at the container when it says that it probes, and then lets it."""

    engine: docker.DockerClient
    root: Path
    inspected: dict[str, Any]

    def note(self, line: str) -> None:
        assert line == "probing"
        (container,) = self.engine.containers.list(filters={"label": "minidata.stage"})
        self.inspected.update(container.attrs)
        for folder in ("sources", "sql", "object_store"):
            (self.root / folder / "go").write_text("")

    def count(self, what: str, done: int, total: int | None = None) -> None:
        raise AssertionError(what, done, total)


@pytest.fixture(scope="module")
def here(docker_engine: docker.DockerClient) -> Iterator[tuple[str, int]]:
    """Something that listens on this machine: it stands for all that is outside."""
    gateway = gateway_of(docker_engine)
    with socketserver.ThreadingTCPServer(("", 0), socketserver.BaseRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield gateway, server.server_address[1]
        server.shutdown()


@pytest.fixture(scope="module")
def probe_image(docker_engine: docker.DockerClient, shop: Project, ran: Ran, here: tuple[str, int]) -> Iterator[str]:
    """An image that does not do what a stage is to do, but all that it should not be able to."""
    assert ran.reported is not None
    container = docker_engine.containers.get(engine_of(shop).name)
    addresses = {one["IPAddress"] for one in container.attrs["NetworkSettings"]["Networks"].values()}
    gateways = {one["Gateway"] for one in container.attrs["NetworkSettings"]["Networks"].values()}
    port = int(container.attrs["NetworkSettings"]["Ports"]["5432/tcp"][0]["HostPort"])
    targets = {"outside": here, "database": ("database", 5432)}
    targets |= {f"database at {address}": (address, 5432) for address in addresses}
    targets |= {f"published at {gateway}": (gateway, port) for gateway in (*gateways, here[0], "127.0.0.1")}
    files = {
        "Dockerfile": f"FROM {shop.settings.isolated.image}\nCOPY targets.json probe.py /\n"
        'ENTRYPOINT ["/opt/minidata/bin/python", "/probe.py"]\n',
        "targets.json": json.dumps(targets),
        "probe.py": PROBE.read_text(),
    }
    image, _ = docker_engine.images.build(fileobj=_archive(files), custom_context=True, tag="minidata-test-probe:1")
    yield image.tags[0]
    docker_engine.images.remove(image.tags[0])


def _archive(files: Mapping[str, str]) -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text.encode()), 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))
    buffer.seek(0)
    return buffer


@pytest.fixture(scope="module")
def probed(
    docker_engine: docker.DockerClient, shop: Project, probe_image: str
) -> Callable[[str], tuple[dict[str, Any], dict[str, Any]]]:
    """Return what a stage can do from inside its container, and what docker inspect says; each is tried once."""
    flags = {**shop.flags, "isolated": {**shop.flags["isolated"], "image": probe_image}}
    project = Project(shop.root, flags, shop.environ)
    found: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}

    def probe(stage: str) -> tuple[dict[str, Any], dict[str, Any]]:
        if stage not in found:
            watch = Looking(docker_engine, shop.root, {})
            with pytest.raises(ConfigError) as told:
                STAGES[stage](project, watch)
            for folder in ("sources", "sql", "object_store"):
                (shop.root / folder / "go").unlink(missing_ok=True)
            found[stage] = json.loads(str(told.value)), watch.inspected
        return found[stage]

    return probe


Probed = Callable[[str], tuple[dict[str, Any], dict[str, Any]]]


@pytest.mark.parametrize("stage", STAGES)
def test_no_stage_has_more_rights_than_it_needs(probed: Probed, stage: str) -> None:
    found, _ = probed(stage)

    assert found["user"] == [os.getuid(), os.getgid()]
    assert found["capabilities"] == [0, 0, 0, 0]
    assert found["no new privileges"] == "1"
    assert not found["becomes another"]
    assert not found["mounts"]
    assert found["memory"] == str(768 * 2**20)
    assert found["processes"] == "512"
    assert found["writes elsewhere"] == []
    assert found["has room for a while"]
    assert "UNRELATED" not in found["environment"]
    settings = tomllib.loads(found["settings"])
    assert settings["vars"]["greeting"] == GREETING
    assert settings["engine"]["kind"] == "url"


@pytest.mark.parametrize(
    ("stage", "sees", "writes"),
    [
        ("ingest", ["object_store", "sources"], ["object_store"]),
        ("load", ["object_store", "sources"], []),
        ("analyze", ["sql"], []),
        ("report", ["output", "sql"], ["output"]),
    ],
)
def test_a_stage_sees_its_folders_alone(probed: Probed, stage: str, sees: list[str], writes: list[str]) -> None:
    found, _ = probed(stage)

    assert found["sees"] == sorted([".minidata", "minidata.toml", *sees])
    # Its own, which is memory.
    assert found["writes"] == [*writes, ".minidata"]
    assert [name for name in found["sees of the state"] if not name.startswith("ingest-shop-")] == []


@pytest.mark.parametrize(("stage", "role"), [("load", "loader"), ("analyze", "analyst"), ("report", "reader")])
def test_a_stage_with_a_database_reaches_nothing_else(shop: Project, probed: Probed, stage: str, role: str) -> None:
    found, _ = probed(stage)

    # The address of its own network is not known before.
    assert found["reaches"] == ["database"]
    assert list(found["secrets"]) == ["MINIDATA_ENGINE_URL"]
    url = role_endpoint(shop, f"minidata_{role}").url.get_secret_value()
    assert found["secrets"]["MINIDATA_ENGINE_URL"].partition("@")[0] == url.partition("@")[0]


def test_ingest_reaches_the_outside_and_no_database(probed: Probed) -> None:
    found, _ = probed("ingest")

    assert {name.partition(" at ")[0] for name in found["reaches"]} == {"outside", "this machine"}
    assert not found["finds the database"]
    assert found["secrets"] == {"SHOP_API_KEY": KEY}


@pytest.mark.parametrize("stage", STAGES)
def test_docker_shows_no_secret(shop: Project, probed: Probed, stage: str) -> None:
    found, inspected = probed(stage)
    shown = json.dumps(inspected)

    assert inspected["Config"]["Labels"]["minidata.stage"] == stage
    secrets = [KEY, OTHER, *json.loads((shop.root / ".minidata" / "password.json").read_text()).values()]
    assert [secret for secret in secrets if secret in shown] == []
    assert [secret for secret in secrets if secret in json.dumps([found["environment"], found["argv"]])] == []
    # That they would be seen.
    assert str(shop.root) in shown
    # Nor is anything left of those that were put down for it.
    left = [
        path for path in (shop.root / ".minidata").rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()
    ]
    assert left == []


def test_options_reach_the_stage_as_they_were_given(probed: Probed) -> None:
    assert probed("analyze")[0]["argv"] == ["analyze", "--json", "--var=since=-1"]
    assert probed("ingest")[0]["argv"] == ["ingest", "--json", "--source=shop"]


def test_the_database_is_left_as_it_was(docker_engine: docker.DockerClient, shop: Project, probed: Probed) -> None:
    probed("load")
    container = docker_engine.containers.get(engine_of(shop).name)

    assert list(container.attrs["NetworkSettings"]["Networks"]) == ["bridge"]
    assert up(shop).started is False


def test_without_the_image_it_is_said_how_to_make_it(shop: Project) -> None:
    flags = {**shop.flags, "isolated": {"image": "minidata-nobody:1"}}

    with pytest.raises(EngineError, match="minidata-nobody:1 is not here") as told:
        isolated.test(Project(shop.root, flags, shop.environ))

    assert "minidata image build" in told.value.hint


def test_a_folder_with_secrets_in_it_is_shown_to_no_container(shop: Project) -> None:
    for place in (shop.root, shop.root.parent, shop.root / ".minidata"):
        with pytest.raises(RefusedError, match="may not see"):
            isolated.report(shop, Destination("csv", place))


@pytest.mark.parametrize(
    ("engine", "why"),
    [
        ({"kind": "embedded"}, "no container reaches it"),
        ({"kind": "url", "url": SecretStr("postgresql://a:b@localhost/c")}, "this machine's loopback"),
        ({"kind": "url", "url": SecretStr("postgresql:///c?host=/run/postgresql")}, "this machine's loopback"),
    ],
)
def test_a_postgres_that_is_on_this_machine_alone_is_refused(
    shop: Project, engine: Mapping[str, Any], why: str
) -> None:
    project = Project(shop.root, {**shop.flags, "engine": dict(engine)}, shop.environ)

    with pytest.raises(ConfigError, match=why):
        isolated.run(project, SHOP)
