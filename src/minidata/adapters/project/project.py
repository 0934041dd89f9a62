"""
The door to the project folder: its settings, secrets, Sources, and the machine-local state in ``.minidata/``.

Settings come from, strongest first: a command-line flag, ``MINIDATA_*`` in the environment, ``.env``,
``minidata.toml``, the default. ``MINIDATA_STORE_URL`` is ``url`` in the section ``[store]``, and so on.
"""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError

from minidata.adapters.project.files import opened, try_lock, write_atomically
from minidata.adapters.project.importing import imported, sources_in
from minidata.adapters.project.layers import Layer, check_keys, of_variables
from minidata.core.errors import ConfigError, LockedError
from minidata.core.secrets import Redactor
from minidata.core.settings import Settings
from minidata.core.source import Source

MARKER = "minidata.toml"


@dataclass(frozen=True)
class Project:
    """
    A project folder and what it says. Read once, at the beginning of a command.

    *flags* are settings given on the command line, by section; *environ* is the process's environment.
    """

    root: Path
    flags: Layer = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    redact: Redactor = field(default_factory=Redactor, repr=False)

    @classmethod
    def find(cls, given: Path | None = None, *, flags: Layer | None = None) -> "Project":
        """
        Return the project at *given*, at ``MINIDATA_PROJECT``, or at the nearest parent folder that is one.

        Raises ConfigError when there is none.
        """
        told = given or (Path(os.environ["MINIDATA_PROJECT"]) if os.environ.get("MINIDATA_PROJECT") else None)
        root = told.resolve() if told else _nearest(Path.cwd())
        if root is None or not (root / MARKER).is_file():
            where = f"in {root}" if root else f"in {Path.cwd()} or above it"
            raise ConfigError(f"no {MARKER} {where}", hint="make a project with `minidata init DIR`")
        return cls(root, flags or {})

    @cached_property
    def layers(self) -> Mapping[str, Layer]:
        """What each place says, strongest first."""
        return {
            "flag": self.flags,
            "environment": of_variables(self.environ),
            ".env": of_variables(self._dotenv),
            MARKER: self._toml,
        }

    @cached_property
    def settings(self) -> Settings:
        """Every setting; raises ConfigError for a value or a key that will not do."""
        merged: Layer = {}
        for origin, layer in reversed(list(self.layers.items())):
            check_keys(layer, origin)
            for section, values in layer.items():
                merged[section] = {**merged.get(section, {}), **values}
        try:
            settings = Settings.model_validate(merged)
        except ValidationError as exc:
            raise self._wrong_value(exc) from None
        engine = settings.engine
        for url in filter(None, (engine.url, engine.loader_url, engine.analyst_url, engine.reader_url)):
            self._learn_password(url)
        return settings

    def origin(self, section: str, key: str) -> str:
        """Return where the setting came from: flag, environment, .env, minidata.toml or default."""
        for origin, layer in self.layers.items():
            if key in layer.get(section, {}):
                return origin
        return "default"

    def secret(self, name: str) -> SecretStr:
        """Return the secret called *name*, from the environment or .env; raise ConfigError when it is not set."""
        value = (self.environ.get(name) or self._dotenv.get(name) or "").strip()
        if not value:
            raise ConfigError(
                f"the secret {name} is not set",
                hint=f"put it into the environment, or into {self.root / '.env'}",
            )
        self.redact.add(value)
        return SecretStr(value)

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """The Sources of ``sources/*.py`` and of installed packages (entry points ``minidata.sources``)."""
        found: dict[str, Source] = {}
        for entry in entry_points(group="minidata.sources"):
            found |= sources_in(entry.load(), f"entry point {entry.name}")
        for path in sorted((self.root / "sources").glob("*.py")):
            for name, source in sources_in(imported(path), str(path)).items():
                if name in found:
                    raise ConfigError(f"{path}: there is another source called {name!r}")
                found[name] = source
        return found

    @property
    def state(self) -> Path:
        """The folder of machine-local state, made when missing, for the user's eyes only."""
        folder = self.root / ".minidata"
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as exc:
            raise ConfigError(f"cannot write {folder}: {exc.strerror}") from exc
        return folder

    def read_state(self, name: str) -> dict[str, Any]:
        """Return the state kept under *name*; empty when there is none. Raises ConfigError when it is damaged."""
        path = self.root / ".minidata" / f"{name}.json"
        try:
            kept: dict[str, Any] = json.loads(path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError as exc:
            raise ConfigError(f"{path} is damaged", hint="remove it and run `minidata up`") from exc
        return kept

    def write_state(self, name: str, value: Mapping[str, Any]) -> None:
        """Keep *value* under *name*, replacing what was there in one move."""
        path = self.state / f"{name}.json"
        try:
            write_atomically(path, json.dumps(value, indent=2).encode() + b"\n")
        except OSError as exc:
            raise ConfigError(f"cannot write {path}: {exc.strerror}") from exc

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold the project's lock *name*; raise LockedError when another process has it. Dies with the process."""
        path = self.state / f"{name}.lock"
        with opened(path) as file:
            if not try_lock(file.fileno()):
                file.seek(0)
                raise LockedError(
                    f"another minidata is at work here ({file.read().decode(errors='replace') or name})",
                    hint="wait for it to end",
                )
            file.truncate(0)
            file.write(f"{name}, process {os.getpid()}".encode())
            file.flush()
            yield

    @cached_property
    def _toml(self) -> Layer:
        path = self.root / MARKER
        try:
            layer: Layer = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
            raise ConfigError(f"{path}: {exc}") from None
        except OSError as exc:
            raise ConfigError(f"{path}: {exc.strerror}") from None
        return layer

    @cached_property
    def _dotenv(self) -> Mapping[str, str]:
        path = self.root / ".env"
        values = dotenv_values(path, encoding="utf-8-sig") if path.is_file() else {}
        return {name: value for name, value in values.items() if value is not None}

    def _wrong_value(self, exc: ValidationError) -> ConfigError:
        error = exc.errors(include_input=False, include_url=False)[0]
        section, key, *_ = (*map(str, error["loc"]), "", "")
        return ConfigError(f"setting {section}.{key} (from {self.origin(section, key)}): {error['msg']}")

    def _learn_password(self, url: SecretStr) -> None:
        _, _, rest = url.get_secret_value().partition("://")
        userinfo, at, _ = rest.rpartition("@")
        _, colon, password = userinfo.partition(":")
        if at and colon:
            self.redact.add(password)


def _nearest(start: Path) -> Path | None:
    return next((folder for folder in (start, *start.parents) if (folder / MARKER).is_file()), None)
