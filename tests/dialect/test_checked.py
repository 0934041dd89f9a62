"""Tests of data have dbt's names, configs and outcomes."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from dbts import Dbt
from minidata.adapters.database.connection import connect
from minidata.adapters.database.scripts import run_script
from minidata.adapters.models import read_model_files
from minidata.adapters.project import Project
from minidata.core.dialect.variables import Outside
from minidata.core.modelling.models import Models
from minidata.core.modelling.reading import read_models
from minidata.steps.analyze import Wishes as AnalyzeWishes
from minidata.steps.analyze import analyze
from minidata.steps.engine import endpoint
from minidata.steps.test import Wishes
from minidata.steps.test import test as run_tests

pytestmark = pytest.mark.dbt

HERE = Path(__file__).parent
CHECKED = HERE / "checked"


@pytest.fixture(scope="module")
def manifest(dbt_venv: Path, postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What dbt understands of the project."""
    dbt = Dbt(dbt_venv, tmp_path_factory.mktemp("dbt"))
    built = dbt.run(CHECKED, postgres, "parse")
    assert built.code == 0, built.output
    found: Mapping[str, Any] = json.loads((dbt.home / "target" / "manifest.json").read_text())
    return found


def understood() -> Models:
    """What minidata understands of it."""
    target = {"name": "dev", "schema": "analytics"}
    return read_models(read_model_files(CHECKED, "."), Outside({}, {}, target=target))


def test_tests_have_dbts_names_and_configs(manifest: Mapping[str, Any]) -> None:
    theirs = {
        name: (
            node["name"],
            node["alias"],
            tuple(node["fqn"]),
            set(node["tags"]),
            node["config"]["severity"].lower(),
            *(node["config"][key] for key in ("limit", "fail_calc", "warn_if", "error_if", "meta")),
            " ".join((node["config"]["where"] or "").split()),
        )
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "test" and node["config"]["enabled"]
    }

    ours = {
        test.id: (
            test.name,
            test.alias,
            test.fqn,
            set(test.tags),
            test.severity,
            test.config.limit,
            test.config.fail_calc,
            test.config.warn_if,
            test.config.error_if,
            test.config.meta,
            test.config.where,
        )
        for test in understood().tests
    }

    assert len(theirs) > 30
    assert ours == theirs


def test_unit_tests_have_dbts_ids_and_tags(manifest: Mapping[str, Any]) -> None:
    theirs = {name: (tuple(test["fqn"]), set(test["config"]["tags"])) for name, test in manifest["unit_tests"].items()}

    ours = {test.id: (test.fqn, set(test.tags)) for test in understood().unit_tests}

    assert ours == theirs


@pytest.fixture
def built(dbt: Dbt, dbt_url: str, project: Project, database_url: SecretStr) -> Project:
    """The project, built by dbt in one database and by minidata in another, over the same tables."""
    folder = project.root / "checked"
    shutil.copytree(CHECKED, folder)
    with (project.root / "minidata.toml").open("a") as settings:
        settings.write('[analyze]\nfolder = "checked"\n')
    project = Project.find()
    with connect(endpoint(project).url) as owner:
        run_script(owner, (project.root / "sql" / "init.sql").read_text(), name="init.sql")
    for url in (dbt_url, database_url.get_secret_value()):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute((HERE / "checked.sql").read_bytes())
            connection.execute("grant usage on schema outside_raw to minidata_analyst")
            connection.execute("grant select on all tables in schema outside_raw to minidata_analyst")
    seeded = dbt.run(CHECKED, dbt_url, "build", "--exclude", "resource_type:test", "resource_type:unit_test")
    assert seeded.code == 0, seeded.output
    return project


def test_tests_end_as_with_dbt(dbt: Dbt, dbt_url: str, built: Project) -> None:
    dbt.run(CHECKED, dbt_url, "test")
    results = json.loads((dbt.home / "target" / "run_results.json").read_text())["results"]
    theirs = {
        result["unique_id"]: ({"error": "broken"}.get(result["status"], result["status"]), result["failures"] or 0)
        for result in results
    }
    names = {test.id: test.name for test in understood().tests}
    names |= {test.id: test.name for test in understood().unit_tests}

    # A unit test that fails would keep its model from being built.
    facts = analyze(built, AnalyzeWishes(exclude=["test_type:unit"])), run_tests(built, Wishes(kind="unit"))

    assert [model.message for model in facts[0].models if model.message] == []
    ours = {}
    for outcome in (*facts[0].tests, *facts[1].tests):
        (name,) = (one for one, called in names.items() if called == outcome.name)
        ours[name] = (outcome.status, outcome.failures)
    assert len(theirs) > 40
    # Of a unit test dbt counts no rows.
    assert {name: ours[name] if name.startswith("test.") else ours[name][0] for name in ours} == {
        name: one if name.startswith("test.") else one[0] for name, one in theirs.items()
    }
