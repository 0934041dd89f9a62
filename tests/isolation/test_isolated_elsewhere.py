"""Stages in containers whose store is a bucket and whose Postgres is somebody else's."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

import docker
from engine_projects import gateway_of
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError
from minidata.demo.endpoints import PREFIX
from minidata.demo.server import DEFAULT_PORT
from minidata.sources import SOURCES
from minidata.steps import isolated
from minidata.steps.init import init
from minidata.steps.isolating.bucket_access import bucket_access
from minidata.steps.isolating.isolation import isolation
from minidata.steps.isolating.outward import named_files, way_outside
from minidata.steps.up import up

pytestmark = pytest.mark.docker

SHOP = {"shop": SOURCES["shop"]}
KEY_ID, KEY = "AKIAISOLATED", "bucket-key-h6v1"


@pytest.fixture(scope="module")
def gateway(docker_engine: docker.DockerClient) -> str:
    """An address of this machine that containers on networks with an outside reach."""
    return gateway_of(docker_engine)


@pytest.fixture
def bucket(gateway: str) -> Iterator[str]:
    """The URL of an S3 with a bucket called raw."""
    server = ThreadedMotoServer(ip_address=gateway, port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    session = boto3.Session(aws_access_key_id=KEY_ID, aws_secret_access_key=KEY, region_name="us-east-1")
    session.client("s3", endpoint_url=f"http://{host}:{port}").create_bucket(Bucket="raw")
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def somebodys_postgres(gateway: str, database_url: SecretStr) -> Iterator[SecretStr]:
    """The URL of a database as containers see it: what listens there hands on to its socket."""
    parts = conninfo_to_dict(database_url.get_secret_value())
    path = f"{parts['host']}/.s.PGSQL.{parts.get('port', 5432)}"

    class Forward(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as there:
                there.connect(path)
                threading.Thread(target=_pump, args=(there, self.request), daemon=True).start()
                _pump(self.request, there)

    with socketserver.ThreadingTCPServer((gateway, 0), Forward) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        user = parts["user"]
        yield SecretStr(f"postgresql://{user}@{gateway}:{server.server_address[1]}/{parts['dbname']}")
        server.shutdown()


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Hand on all that *one* says, until one of the two has gone."""
    try:
        while piece := one.recv(1 << 16):
            other.sendall(piece)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_stages_work_over_a_bucket_and_a_postgres_of_somebody_else(
    minidata_image: str, tmp_path: Path, bucket: str, somebodys_postgres: SecretStr
) -> None:
    init(tmp_path / "shop")
    flags: dict[str, dict[str, Any]] = {
        "engine": {"kind": "url", "url": somebodys_postgres},
        "store": {"url": "s3://raw/shop", "endpoint": bucket, "region": "us-east-1", "path_style": True},
        "isolated": {"image": minidata_image},
        "sources": {"shop": {"base_url": f"http://api:{DEFAULT_PORT}{PREFIX}"}},
    }
    environ = {"SHOP_API_KEY": "k" * 8, "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": KEY}
    project = Project(tmp_path / "shop", flags, environ)
    up(project)
    options = ["--host=0.0.0.0", f"--port={DEFAULT_PORT}", "--orders=200"]

    with isolation(project) as stages, stages.demo_api(options, "SHOP_API_KEY"):
        ingested = stages.ingest(SHOP, source="shop")
        loaded = stages.load(SHOP, source="shop")

    assert ingested.exit_code == loaded.exit_code == 0
    assert loaded.counts.fetched == sum(one.records for one in ingested.streams) > 200
    assert not (project.root / "object_store" / "raw").exists()


def test_a_bucket_on_this_machine_s_loopback_is_refused(minidata_image: str, tmp_path: Path) -> None:
    init(tmp_path / "shop")
    store = {"url": "s3://raw/shop", "endpoint": "http://127.0.0.1:9000"}
    project = Project(tmp_path / "shop", {"store": store, "isolated": {"image": minidata_image}}, {"SHOP_API_KEY": "k"})

    with pytest.raises(ConfigError, match="this machine's loopback"):
        isolated.ingest(project, SHOP)


def test_a_provider_s_variables_and_the_files_that_they_name_are_taken_along(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text("{}")
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": f"{tmp_path}/key.json", "AWS_SECRET_ACCESS_KEY": "s", "HOME": "/"}
    (tmp_path / "minidata.toml").write_text("")

    found = bucket_access(Project(tmp_path, {"store": {"url": "gs://raw"}}, environ))

    assert list(found) == ["GOOGLE_APPLICATION_CREDENTIALS"]
    assert named_files(found) == (tmp_path / "key.json",)


def test_proxies_are_taken_along_but_for_those_that_no_container_reaches(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    environ = {"HTTPS_PROXY": "http://u:p@proxy.example:3128", "NO_PROXY": "intern", "http_proxy": "localhost:3128"}

    found = way_outside({**environ, "SSL_CERT_FILE": f"{tmp_path}/ca.pem", "HOME": "/"})

    assert found == {
        "HTTPS_PROXY": "http://u:p@proxy.example:3128",
        "no_proxy": "intern,api",
        "SSL_CERT_FILE": f"{tmp_path}/ca.pem",
    }
    assert way_outside({"HTTP_PROXY": "http://127.0.0.1:1"}) == {}
