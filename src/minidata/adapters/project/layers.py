"""Settings as each place says them: a layer is section → key → value."""

import json
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import SecretStr, ValidationError

from minidata.core.errors import ConfigError, UnknownName
from minidata.core.settings import Section, Settings

PREFIX = "MINIDATA_"
# Variables of ours that are no settings.
NO_SETTINGS = (
    "MINIDATA_PROJECT",
    "MINIDATA_PROGRESS",
    "MINIDATA_SECRETS_DIR",
    "MINIDATA_FAILPOINT",
    "MINIDATA_TEST_",
    "MINIDATA_BENCH_",
)
# Sections whose keys a user invents: they cannot be told from a section and a key in one variable's name.
OPEN_SECTIONS = ("sources", "vars")

Layer = dict[str, dict[str, Any]]


def secret_settings() -> tuple[str, ...]:
    """Return the variables of all settings that are secrets, such as MINIDATA_ENGINE_URL."""
    return tuple(
        f"{PREFIX}{section}_{key}".upper()
        for section, held in Settings.model_fields.items()
        if isinstance(held.annotation, type) and issubclass(held.annotation, Section)
        for key, field in held.annotation.model_fields.items()
        if _is_secret(field.annotation)
    )


def _is_secret(kind: Any) -> bool:
    return kind is SecretStr or (get_origin(kind) in {Union, UnionType} and SecretStr in get_args(kind))


def without_secrets(variables: Mapping[str, str]) -> Mapping[str, str]:
    """Return *variables* without the settings that are secrets and the names of their files: those are looked for."""
    secret = {name + end for name in secret_settings() for end in ("", "_FILE")}
    return {name: value for name, value in variables.items() if name not in secret}


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


def variables_of(layer: Layer) -> Iterator[str]:
    """Yield the variable that each setting of *layer* could also be."""
    for section, values in layer.items():
        yield from (f"{PREFIX}{section}_{key}".upper() for key in values)


def joined(weaker: Layer, stronger: Layer) -> Layer:
    """Return what both layers say; where both say something, the *stronger* one's."""
    return {section: {**weaker.get(section, {}), **stronger.get(section, {})} for section in {**weaker, **stronger}}


def validated(layers: Mapping[str, Layer]) -> Settings:
    """Return what *layers*, strongest first, say together; raise ConfigError for a value or a key that will not do."""
    merged: Layer = {}
    for origin, layer in reversed(list(layers.items())):
        check_keys(layer, origin)
        merged = joined(merged, layer)
    try:
        return Settings.model_validate(merged)
    except ValidationError as exc:
        error = exc.errors(include_input=False, include_url=False)[0]
    section, key, *_ = (*map(str, error["loc"]), "", "")
    origin = origin_of(layers, section, key)
    raise ConfigError(f"setting {section}.{key} (from {origin}): {error['msg']}")


def origin_of(layers: Mapping[str, Layer], section: str, key: str) -> str:
    """Return the name of the strongest of *layers* that says this setting; default when none does."""
    return next((origin for origin, layer in layers.items() if key in layer.get(section, {})), "default")


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
