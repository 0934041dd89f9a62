"""The exported DAG of containers, as Airflow and its Docker provider understand it."""

import json
import subprocess
from typing import Any

import pytest

from airflows import Airflow
from minidata.adapters.project import Project
from minidata.sources import SOURCES
from minidata.steps.export import Wanted, export
from minidata.steps.init import init

pytestmark = pytest.mark.airflow

# Prints what each task would have Docker do. No engine is asked: its client is made, but not heard.
LOOK = """
import json, runpy, sys
import docker
from airflow.providers.docker.hooks.docker import DockerHook

DockerHook.api_client = docker.APIClient(version="1.44")
found = {}
for task in runpy.run_path(sys.argv[1])["analyze"].dag.tasks:
    if task.task_type == "Minidata":
        found[task.task_id] = {
            "command": task.command, "user": task.user, "network": task.network_mode, "environment": task.environment,
            "mounts": [[m["Target"], m["Source"], not m["ReadOnly"]] for m in task.mounts],
            "host": task.cli.create_host_config(), "upstream": sorted(task.upstream_task_ids),
        }
print(json.dumps(found))
"""
DOTENV = "COMPOSE_PROJECT_NAME=minidata-shop-1\nMINIDATA_USER=1000:1000\n"


@pytest.fixture(scope="module")
def tasks(airflow: Airflow) -> dict[str, Any]:
    """The tasks of a new project's DAG by their names."""
    root = airflow.home / "shop"
    init(root)
    (root / "docker" / ".env").write_text(DOTENV)
    wanted = Wanted(sources=["shop"], isolated=True)
    export(Project(root, environ={}), SOURCES, "airflow", wanted, output=airflow.dags / "shop.py")
    look = [str(airflow.venv / "bin" / "python"), "-c", LOOK, str(airflow.dags / "shop.py")]
    done = subprocess.run(look, capture_output=True, text=True, env=airflow.environ, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_each_container_gets_only_what_its_stage_needs(tasks: dict[str, Any], airflow: Airflow) -> None:
    root = airflow.home / "shop"
    secrets = {name: [line[0] for line in task["mounts"] if "/run/" in line[0]] for name, task in tasks.items()}
    folders = {
        name: {line[0]: line[2] for line in task["mounts"] if "/run/" not in line[0]} for name, task in tasks.items()
    }

    assert [tasks["ingest_shop"]["network"], tasks["load_shop"]["network"]] == ["bridge", "minidata-shop-1_inside"]
    assert secrets["ingest_shop"] == ["/run/secrets/SHOP_API_KEY"]
    assert secrets["load_shop"] == ["/run/secrets/loader_url"]
    assert secrets["analyze"] == secrets["test"] == ["/run/secrets/analyst_url"]
    assert secrets["report_top_customers"] == ["/run/secrets/reader_url"]
    assert folders["ingest_shop"].keys() == {"/project/minidata.toml", "/project/sources", "/project/object_store"}
    assert [folders[name]["/project/object_store"] for name in ("ingest_shop", "load_shop")] == [True, False]
    assert folders["analyze"] == {"/project/minidata.toml": False, "/project/sql": False}
    assert folders["report_top_customers"]["/project/output"] is True
    assert ["/run/secrets/loader_url", f"{root}/.minidata/compose/loader_url", False] in tasks["load_shop"]["mounts"]


def test_each_container_is_confined(tasks: dict[str, Any]) -> None:
    for task in tasks.values():
        assert task["user"] == "1000:1000"
        assert task["host"]["ReadonlyRootfs"] is True
        assert task["host"]["CapDrop"] == ["ALL"]
        assert task["host"]["SecurityOpt"] == ["no-new-privileges:true"]
        assert task["host"]["PidsLimit"] == 512
        assert task["host"]["NanoCpus"] == 2_000_000_000


def test_no_secret_is_in_a_containers_environment_and_the_tasks_are_those_of_the_plain_dag(
    tasks: dict[str, Any],
) -> None:
    assert tasks["load_shop"]["environment"] == {
        "MINIDATA_STORE_URL": "/project/object_store",
        "MINIDATA_ENGINE_KIND": "url",
        "MINIDATA_ENGINE_URL_FILE": "/run/secrets/loader_url",
    }
    assert tasks["ingest_shop"]["command"] == ["ingest", "--source", "shop", "--detailed-exit-code"]
    assert tasks["report_top_customers"]["upstream"] == ["test"]
    assert tasks["analyze"]["upstream"] == ["load_shop"]
