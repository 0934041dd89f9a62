"""
The door to the project folder: its settings, secrets, Sources, and the machine-local state in ``.minidata/``.

Settings come from, strongest first: a command-line flag, ``MINIDATA_*`` in the environment, ``.env``,
``minidata.toml``, the default. ``MINIDATA_STORE_URL`` is ``url`` in the section ``[store]``, and so on. Those that are
secrets may also be in files and vaults, as all secrets: see places.py.
"""

import json
import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dotenv import dotenv_values
from pydantic import SecretStr

from minidata.adapters.project.files import opened, try_lock, write_atomically
from minidata.adapters.project.layers import (
    Layer,
    joined,
    of_variables,
    origin_of,
    secret_settings,
    validated,
    variables_of,
    without_secrets,
)
from minidata.adapters.project.places import DOTENV, ENVIRONMENT, Places, kept_passwords
from minidata.core.errors import ConfigError, LockedError
from minidata.core.secrecy.passwords import passwords_in
from minidata.core.secrecy.secrets import Found, Redactor, Vault
from minidata.core.settings import Settings

if TYPE_CHECKING:
    from minidata.core.source import Source

MARKER = "minidata.toml"
DBT_MARKER = "dbt_project.yml"


def _no_vaults(_: Settings) -> tuple[Vault, ...]:
    return ()


@dataclass(frozen=True)
class Project:
    """
    A project folder and what it says. Read once, at the beginning of a command.

    *flags* are settings given on the command line, by section; *environ* is the process's environment. *open_vaults*
    gives the keepers of secrets that the settings name; none, unless it is said.
    """

    root: Path
    flags: Layer = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    redact: Redactor = field(default_factory=Redactor, repr=False)
    open_vaults: Callable[[Settings], Iterable[Vault]] = field(default=_no_vaults, repr=False)

    @classmethod
    def find(cls, given: Path | None = None, *, flags: Layer | None = None, **parts: Any) -> "Project":
        """
        Return the project at *given*, at ``MINIDATA_PROJECT``, or at the nearest parent folder that is one.

        A folder of dbt's is one as it is, with every setting's default, where no parent has a file of ours. *parts*
        are fields of the project. What is likely a secret around it is masked from the beginning, used or not. Raises
        ConfigError when there is none.
        """
        told = given or (Path(os.environ["MINIDATA_PROJECT"]) if os.environ.get("MINIDATA_PROJECT") else None)
        root = told.resolve() if told else _nearest(Path.cwd())
        if root is None or not any((root / name).is_file() for name in (MARKER, DBT_MARKER)):
            where = f"in {root}" if root else f"in {Path.cwd()} or above it"
            raise ConfigError(f"no {MARKER} {where}", hint="make a project with `minidata init DIR`")
        project = cls(root, flags or {}, **parts)
        for secret in (*project._places.likely(), *kept_passwords(root)):
            project.redact.add(secret)
        return project

    @cached_property
    def layers(self) -> Mapping[str, Layer]:
        """What each place says, strongest first; vaults last, asked only where somebody else runs Postgres."""
        return self._near_layers | self._vaulted if self._near.engine.kind == "url" else self._near_layers

    @cached_property
    def settings(self) -> Settings:
        """Every setting; raises ConfigError for a value or a key that will not do."""
        settings = self._near if self.layers is self._near_layers else validated(self.layers)
        engine = settings.engine
        for url in filter(None, (engine.url, engine.loader_url, engine.analyst_url, engine.reader_url)):
            for password in passwords_in(url.get_secret_value()):
                self.redact.add(password)
        return settings

    def origin(self, section: str, key: str) -> str:
        """Return the place that says this setting: flag, environment, file, …, or default."""
        return origin_of(self.layers, section, key)

    def secret(self, name: str) -> SecretStr:
        """
        Return the secret called *name*, from the strongest place that has it; from now on it is masked.

        Raises ConfigError when no place has it, and when one has it in a way that will not do.
        """
        found = self.find_secret(name)
        if found is None:
            raise ConfigError(
                f"the secret {name} is not set",
                hint=f"run `minidata secrets set {name}`, or put it into the environment or {self.root / '.env'}",
            )
        return SecretStr(found.value)

    def find_secret(self, name: str) -> Found | None:
        """Return the secret called *name* and where it is, None when no place has it; raises what secret() raises."""
        found = self._places.find(name)
        if found is None:
            # One by one: the first that has it is the last that is asked.
            asked = ((vault, vault.get(name)) for vault in self.vaults)
            found = next((Found(value, vault.place) for vault, value in asked if value), None)
        if found is not None:
            self.redact.add(found.value)
        return found

    def learn(self, names: Iterable[str]) -> None:
        """Mask the secrets called *names* from now on, those that are near at hand; no vault is asked."""
        for name in names:
            with suppress(ConfigError):
                if found := self._places.find(name):
                    self.redact.add(found.value)

    @cached_property
    def vaults(self) -> tuple[Vault, ...]:
        """The keepers of secrets that the settings name, asked in this order after all places near at hand."""
        return tuple(self.open_vaults(self._near))

    @property
    def sources(self) -> Mapping[str, "Source"]:
        """The Sources of ``sources/*.py`` and of installed packages (entry points ``minidata.sources``)."""
        found, failures = self.sources_and_failures
        if failures:
            raise failures[0]
        return found

    @cached_property
    def sources_and_failures(self) -> tuple[Mapping[str, "Source"], tuple[ConfigError, ...]]:
        """Those Sources that can be had, and why others cannot."""
        # What Sources are made of takes a while to import, and many commands want none of them.
        from minidata.adapters.project.importing import imported, sources_in  # noqa: PLC0415

        found: dict[str, Source] = {}
        failures: list[ConfigError] = []
        for entry in entry_points(group="minidata.sources"):
            found |= sources_in(entry.load(), f"entry point {entry.name}")
        for path in sorted((self.root / "sources").glob("*.py")):
            try:
                found |= _others(sources_in(imported(path), str(path)), found, path)
            except ConfigError as exc:
                failures.append(exc)
        return found, tuple(failures)

    @property
    def state(self) -> Path:
        """The folder of machine-local state, made when missing, for the user's eyes only."""
        folder = self.root / ".minidata"
        try:
            if not folder.exists():
                folder.mkdir(mode=0o700, exist_ok=True)
                # Nobody else's rules leave it out of what is kept under version control.
                (folder / ".gitignore").write_text("*\n", encoding="ascii")
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
    def _places(self) -> Places:
        return Places(self.root, self.environ, self._dotenv)

    @cached_property
    def _near_layers(self) -> dict[str, Layer]:
        plain = {ENVIRONMENT: self.environ, DOTENV: self._dotenv}
        layers = {"flag": self.flags}
        for place, secrets in self._places.layers(secret_settings()):
            layers[place] = joined(of_variables(without_secrets(plain.get(place, {}))), of_variables(secrets))
        return layers | {MARKER: self._toml}

    @cached_property
    def _near(self) -> Settings:
        return validated(self._near_layers)

    @cached_property
    def _vaulted(self) -> dict[str, Layer]:
        near = {name for layer in self._near_layers.values() for name in variables_of(layer)}
        missing = [name for name in secret_settings() if name not in near]
        asked = {vault.place: {name: vault.get(name) or "" for name in missing} for vault in self.vaults}
        return {place: of_variables(values) for place, values in asked.items()}

    @cached_property
    def _toml(self) -> Layer:
        path = self.root / MARKER
        if not path.exists() and (self.root / DBT_MARKER).is_file():
            return {}
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
        try:
            values = dotenv_values(path, encoding="utf-8-sig") if path.is_file() else {}
        except OSError as exc:
            raise ConfigError(f"cannot read {path}: {exc.strerror}") from None
        except UnicodeDecodeError:
            raise ConfigError(f"{path} is no UTF-8 text") from None
        return {name: value for name, value in values.items() if value is not None}


def _others(sources: Mapping[str, "Source"], known: Mapping[str, "Source"], path: Path) -> Mapping[str, "Source"]:
    """Return *sources*, those of the file *path*; raise ConfigError when one of them is *known* by its name."""
    for name in sources:
        if name in known:
            raise ConfigError(f"{path}: there is another source called {name!r}")
    return sources


def _nearest(start: Path) -> Path | None:
    folders = (start, *start.parents)
    return next((folder for name in (MARKER, DBT_MARKER) for folder in folders if (folder / name).is_file()), None)
