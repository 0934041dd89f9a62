"""
What a stage takes along into its container: the settings without the secrets in them, the folders and the secrets that
it needs, and nothing else of the project.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from minidata.adapters.object_store.opening import folder_at
from minidata.adapters.project import MARKER, Project, write_atomically
from minidata.core.errors import ConfigError, RefusedError
from minidata.core.running.services import EXPORTED, NEEDS, SECRETS, Folder, Limits, Mount, Service, Stage
from minidata.core.settings import Settings
from minidata.core.tomltext import toml
from minidata.steps.isolating.luggage import Luggage

_STATE = ".minidata"


@dataclass(frozen=True)
class Confined:
    """Makes a project's containers, of *image*; *folder* is the command's own, for what they are given."""

    project: Project
    folder: Path
    image: str

    def stage(self, stage: Stage, options: Sequence[str], luggage: Luggage) -> Service:
        """
        Return the container of *stage*, called with *options*, and put down what it is to see.

        Raises RefusedError when that would be more than it may see, ConfigError when a folder cannot be made.
        """
        mounts = (
            *self._given(stage, luggage.secrets, luggage.exported),
            *self._folders(stage, luggage.place),
            *(self._lock(name) for name in luggage.locks),
            *(Mount(str(path.resolve()), str(path)) for path in luggage.files),
        )
        made = self._service(stage, (stage, "--json", *options), mounts)
        return replace(
            made,
            environment=(*made.environment, *luggage.environment.items()),
            networks=luggage.networks,
            exporting=bool(luggage.exported),
        )

    def demo_api(self, options: Sequence[str], alias: str, secrets: Mapping[str, SecretStr]) -> Service:
        """Return the container of the bundled API, which is called *alias* outside."""
        made = self._service("demo-api", ("demo-api", *options), self._given("demo-api", secrets, {}))
        return replace(made, networks=("outside",), alias=alias)

    def _service(self, name: str, command: tuple[str, ...], mounts: tuple[Mount, ...]) -> Service:
        settings, root = self.project.settings.isolated, str(self.project.root)
        return Service(
            name=name,
            image=self.image,
            command=command,
            folder=root,
            user=f"{os.getuid()}:{os.getgid()}",
            limits=Limits(settings.memory, settings.cpus),
            mounts=mounts,
            scratch=("/tmp", f"{root}/{_STATE}"),  # noqa: S108 - the container's own
            environment=(("MINIDATA_PROJECT", root),),
        )

    def _given(
        self, name: str, secrets: Mapping[str, SecretStr], exported: Mapping[str, SecretStr]
    ) -> tuple[Mount, ...]:
        """Write down settings and secrets for *name*, the latter for nobody but its user."""
        folder = self.folder / name
        folder.mkdir(mode=0o700)
        file = folder / MARKER
        file.write_text(_without_secrets(self.project.settings), encoding="utf-8")
        _write_secrets(folder / "secrets", secrets)
        if exported:
            _write_secrets(folder / "secrets" / Path(EXPORTED).name, exported)
        return Mount(str(file), str(self.project.root / MARKER)), Mount(str(folder / "secrets"), SECRETS)

    def forget(self, name: str) -> None:
        """Remove what was written down for *name*."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder / name)

    def _folders(self, stage: Stage, place: Path | None) -> Iterator[Mount]:
        needs = NEEDS[stage]
        for folder in sorted(needs.reads | needs.writes):
            path = self._path(folder, place)
            if path is None:
                continue
            writable = folder in needs.writes
            if writable:
                _make(path, public=folder == "output")
            # What is not there is missed in the container as it would be here.
            if path.is_dir():
                yield Mount(str(self._checked(path)), str(path), writable=writable)

    def _path(self, folder: Folder, place: Path | None) -> Path | None:
        settings, root = self.project.settings, self.project.root
        if folder == "store":
            return folder_at(settings.store.url, root)
        if folder == "output":
            return place or root / settings.report.output
        return root / folder

    def _checked(self, path: Path) -> Path:
        """Return where *path* leads; raise RefusedError when .env and the state are to be seen there."""
        real = path.resolve()
        if self.project.root.is_relative_to(real) or real.is_relative_to(self.project.root / _STATE):
            raise RefusedError(
                f"a container may not see {path}: the project's secrets are in there", hint="name a folder of its own"
            )
        return real

    def _lock(self, name: str) -> Mount:
        path = self.project.state / f"{name}.lock"
        path.touch(mode=0o600)
        return Mount(str(path), str(path), writable=True)


def _without_secrets(settings: Settings) -> str:
    """Return *settings* as a minidata.toml in which the Postgres is one at a URL, whose secret is told elsewhere."""
    told: dict[str, dict[str, Any]] = settings.model_dump(exclude={"secrets"})
    told["engine"]["kind"] = "url"
    told["engine"] = {key: value for key, value in told["engine"].items() if not isinstance(value, SecretStr)}
    return toml(told)


def _write_secrets(folder: Path, secrets: Mapping[str, SecretStr]) -> None:
    folder.mkdir(mode=0o700)
    for name, value in secrets.items():
        write_atomically(folder / name, value.get_secret_value().encode())


def _make(path: Path, *, public: bool) -> None:
    """Make a folder for a stage to write in: reports are for everybody, a store is its owner's, where its parent is."""
    try:
        path.mkdir(mode=0o777 if public else 0o700, parents=public, exist_ok=True)
    except OSError as exc:
        raise ConfigError(f"cannot make {path}: {exc.strerror}") from exc
