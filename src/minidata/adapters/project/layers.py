"""Settings as each place says them: a layer is section → key → value."""

import json
from collections.abc import Mapping
from typing import Any

from minidata.core.errors import ConfigError, UnknownName
from minidata.core.settings import Section, Settings

PREFIX = "MINIDATA_"
# Variables of ours that are no settings.
NO_SETTINGS = ("MINIDATA_PROJECT", "MINIDATA_FAILPOINT", "MINIDATA_TEST_", "MINIDATA_BENCH_")
# Sections whose keys a user invents: they cannot be told from a section and a key in one variable's name.
OPEN_SECTIONS = ("sources", "vars")

Layer = dict[str, dict[str, Any]]


def of_variables(variables: Mapping[str, str]) -> Layer:
    """Return what ``MINIDATA_*`` of *variables* say; an empty variable says nothing."""
    layer: Layer = {}
    for name, value in variables.items():
        if not name.startswith(PREFIX) or name.startswith(NO_SETTINGS) or not value:
            continue
        section, _, key = name.removeprefix(PREFIX).lower().partition("_")
        if section in OPEN_SECTIONS and not key:
            layer[section] = _json_table(name, value)
        else:
            layer.setdefault(section, {})[key] = value
    return layer


def _json_table(name: str, value: str) -> dict[str, Any]:
    try:
        table = json.loads(value)
    except ValueError:
        table = None
    if not isinstance(table, dict):
        raise ConfigError(f"{name} must be a JSON object")
    return table


def check_keys(layer: Layer, origin: str) -> None:
    """Raise UnknownName, with the nearest, for a section or a key that is none; *origin* is for the message."""
    for section, values in layer.items():
        if section not in Settings.model_fields:
            raise UnknownName(f"section of settings (from {origin})", section, Settings.model_fields)
        if not isinstance(values, dict):
            raise ConfigError(f"{section} (from {origin}) must be a section, [{section}]")
        kind = Settings.model_fields[section].annotation
        if section in OPEN_SECTIONS or not (isinstance(kind, type) and issubclass(kind, Section)):
            continue
        for key in values:
            if key not in kind.model_fields:
                raise UnknownName(f"setting in [{section}] (from {origin})", key, kind.model_fields)
