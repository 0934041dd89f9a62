"""Tests of data have dbt's names, configs and outcomes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dbts import Dbt
from minidata.adapters.models import read_model_files
from minidata.core.dialect.variables import Outside
from minidata.core.modelling.models import Models
from minidata.core.modelling.reading import read_models

pytestmark = pytest.mark.dbt

HERE = Path(__file__).parent
CHECKED = HERE / "checked"


@pytest.fixture
def manifest(dbt: Dbt, dbt_url: str) -> Mapping[str, Any]:
    """What dbt understands of the project."""
    built = dbt.run(CHECKED, dbt_url, "parse")
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
