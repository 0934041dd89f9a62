"""dbt projects made up: models whose configs come from folders, properties and the files themselves."""

from pathlib import Path
from random import Random
from typing import Any

import yaml

FOLDERS = ("north", "south", "deep")


def write_project(folder: Path, seed: int, models: int) -> None:
    """Write a project of so many *models* into *folder*: always the same one for a *seed*."""
    random = Random(seed)  # noqa: S311 - nothing is kept secret by it
    places = {f"model_{number}": _folders(random) for number in range(models)}
    tree = {"made_up": _tree(random, depth=3), **_configs(random, plus=True)}
    project = {"name": "made_up", "version": "1.0", "config-version": 2, "profile": "made_up", "models": tree}
    _write(folder / "dbt_project.yml", yaml.safe_dump(project, sort_keys=False))
    for name, parts in places.items():
        path = folder.joinpath("models", *parts)
        _write(path / f"{name}.sql", _inline(random, name) + "select 1 as one\n")
        if random.random() < 0.5:
            said = {"name": name, "config": _said(random), "description": "about it"}
            _write(path / f"{name}.yml", yaml.safe_dump({"version": 2, "models": [said]}, sort_keys=False))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _folders(random: Random) -> tuple[str, ...]:
    return tuple(random.choice(FOLDERS) for _ in range(random.randint(0, 3)))


def _tree(random: Random, depth: int) -> dict[str, Any]:
    """Return configs of a folder and of what is in it: other folders, and models by their names."""
    found = _configs(random, plus=random.random() < 0.7)
    if depth:
        found |= {name: _tree(random, depth - 1) for name in FOLDERS if random.random() < 0.6}
    found |= {f"model_{random.randint(0, 99)}": _configs(random, plus=True) for _ in range(random.randint(0, 2))}
    return found


def _configs(random: Random, *, plus: bool) -> dict[str, Any]:
    """Return configs as the project file has them."""
    # A mapping without a plus would be a folder.
    return {f"+{key}" if plus or key in _MAPPINGS else key: value for key, value in _said(random).items()}


def _said(random: Random) -> dict[str, Any]:
    dash = random.random() < 0.5
    return {
        key.replace("_hook", "-hook") if dash else key: random.choice(values)
        for key, values in _VALUES.items()
        if random.random() < 0.25
    }


_MAPPINGS = frozenset({"meta", "grants"})
_VALUES: dict[str, tuple[Any, ...]] = {
    "materialized": ("view", "table", "ephemeral", "incremental"),
    "tags": ("alone", ["one", "two"], ["two", "three"], []),
    "meta": ({"owner": "ann", "tier": 1}, {"owner": "bob"}, {"tier": {"of": "gold"}}, {}),
    "schema": ("marts", "finance", "{{ target.name }}_here", None),
    "enabled": (True, True, True, True, False, "{{ target.name == 'dev' }}"),
    "pre_hook": ("select 1", ["select 2", "select 3"], {"sql": "select 8"}),
    "post_hook": ("select 4", ["select 5"], [{"sql": "select 6", "transaction": True}, "select 7"]),
    "unique_key": ("id", ["id", "day"]),
    "full_refresh": (True, False),
    "grants": ({"select": ["ann"]}, {"select": "bob", "insert": ["ann"]}, {"+select": ["cy"]}),
    "on_schema_change": ("fail", "append_new_columns"),
    "incremental_strategy": ("append", "merge"),
}


def _inline(random: Random, name: str) -> str:
    said = {key: random.choice(values) for key, values in _VALUES.items() if random.random() < 0.2}
    said = {key: value for key, value in said.items() if not (isinstance(value, str) and "{{" in value)}
    if random.random() < 0.2:
        said["alias"] = f"alias_of_{name}"
    if not said:
        return ""
    return "{{ config(" + ", ".join(f"{key}={value!r}" for key, value in said.items()) + ") }}\n"
