"""What a model is configured to be, by folders, properties and its own words, is what dbt makes of them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dbts import Dbt
from made_up_projects import write_project
from minidata.adapters.models import read_model_files
from minidata.core.dialect.variables import Outside
from minidata.core.modelling.models import Model
from minidata.core.modelling.reading import read_models

pytestmark = pytest.mark.dbt


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_configs_of_a_random_project_are_those_that_dbt_finds(
    dbt: Dbt, dbt_url: str, tmp_path: Path, seed: int
) -> None:
    folder = tmp_path / "made_up"
    write_project(folder, seed, models=80)
    parsed = dbt.run(folder, dbt_url, "parse")
    assert parsed.code == 0, parsed.output

    nodes = json.loads((dbt.home / "target" / "manifest.json").read_text())["nodes"]
    theirs = {node["name"]: _theirs(node) for node in nodes.values()}
    target = {"name": "dev", "schema": "analytics", "type": "postgres"}
    outside = Outside(variables={}, environ={}, target=target, started_at=datetime.now(UTC))
    ours = {name: _ours(model) for name, model in read_models(read_model_files(folder), outside).by_name.items()}

    assert ours.keys() == theirs.keys()
    for name, found in theirs.items():
        assert ours[name] == found, name


def _theirs(node: Mapping[str, Any]) -> dict[str, Any]:
    config = node["config"]
    return {
        "materialized": config["materialized"],
        "tags": set(config["tags"]),
        "meta": config["meta"],
        "shown": (node["schema"], node["alias"]),
        "before": [hook["sql"] for hook in config["pre-hook"]],
        "after": [hook["sql"] for hook in config["post-hook"]],
        "unique_key": tuple(_listed(config["unique_key"])),
        "full_refresh": config["full_refresh"],
        "grants": {privilege: tuple(roles) for privilege, roles in config["grants"].items()},
        "on_schema_change": config["on_schema_change"],
        "incremental_strategy": config["incremental_strategy"],
    }


def _ours(model: Model) -> dict[str, Any]:
    config = model.config
    return {
        "materialized": config.materialized,
        "tags": set(config.tags),
        "meta": config.meta,
        "shown": model.shown,
        "before": [hook.text for hook in config.pre_hook],
        "after": [hook.text for hook in config.post_hook],
        "unique_key": config.unique_key,
        "full_refresh": config.full_refresh,
        "grants": config.grants,
        "on_schema_change": config.on_schema_change,
        "incremental_strategy": config.incremental_strategy,
    }


def _listed(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else value
