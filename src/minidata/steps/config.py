"""config: every setting, its value, and where it came from."""

from dataclasses import dataclass

from pydantic import BaseModel

from minidata.adapters.project import Project


@dataclass(frozen=True)
class Setting:
    """One setting: its *value* as text, secrets masked, and its *origin*."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True)
class Config:
    """All settings of the project in *folder*."""

    folder: str
    settings: tuple[Setting, ...]


def config(project: Project) -> Config:
    """Return every setting of *project*; raises ConfigError when one will not do."""
    found: list[Setting] = []
    for section in type(project.settings).model_fields:
        held = getattr(project.settings, section)
        values = held if isinstance(held, dict) else {key: getattr(held, key) for key in type(held).model_fields}
        for key, value in values.items():
            shown = value.model_dump_json(exclude_none=True) if isinstance(value, BaseModel) else str(value)
            found.append(Setting(f"{section}.{key}", project.redact(shown), project.origin(section, key)))
    return Config(str(project.root), tuple(found))
