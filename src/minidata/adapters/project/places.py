"""
Where a secret may be near at hand, strongest first: the environment, a file, a Docker secret, ``.env``.

``NAME_FILE`` in the environment, or in ``.env``, names a file that holds the value of NAME. Docker mounts its secrets
as files ``/run/secrets/NAME``.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from minidata.core.errors import ConfigError
from minidata.core.secrecy.secrets import Found

# Another folder than Docker's.
FOLDER_VARIABLE = "MINIDATA_SECRETS_DIR"
_DOCKER = "/run/secrets"
_SUFFIX = "_FILE"
# Variables that nobody has said to be secrets, but who would show them?
_SECRETIVE = re.compile(r"token|secret|passw|credential|(?:^|_|api|access)key(?:_id)?$", re.IGNORECASE)
_SHORTEST_GUESS = 8

ENVIRONMENT, FILE, DOCKER, DOTENV = "environment", "file", "docker secret", ".env"


@dataclass(frozen=True)
class Places:
    """The places near at hand. Paths in variables are seen from *root*, the project's folder."""

    root: Path
    environ: Mapping[str, str]
    dotenv: Mapping[str, str]

    def find(self, name: str) -> Found | None:
        """
        Return the secret *name* from the strongest place that has it; an empty variable says nothing.

        Raises ConfigError for a file that cannot be read or is empty, and for NAME beside NAME_FILE in one place.
        """
        return next((found for _, look in self._looks() if (found := look(name))), None)

    def layers(self, names: Iterable[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yield each place with those of *names* that it has, strongest first. Raises what find() raises."""
        names = tuple(names)
        for place, look in self._looks():
            yield place, {name: found.value for name in names if (found := look(name))}

    def likely(self) -> Iterator[str]:
        """Yield the values of variables whose names sound like a secret's; short ones, and paths, are none."""
        for name, value in (*self.environ.items(), *self.dotenv.items()):
            if _SECRETIVE.search(name) and len(value) >= _SHORTEST_GUESS and not value.startswith(("/", ".")):
                yield value

    def _looks(self) -> Iterator[tuple[str, Callable[[str], Found | None]]]:
        yield ENVIRONMENT, self._in_environment
        yield FILE, self._in_file
        yield DOCKER, self._in_docker
        yield DOTENV, self._in_dotenv

    def _in_environment(self, name: str) -> Found | None:
        _check_one(self.environ, name, "the environment")
        return _found(self.environ.get(name, ""), ENVIRONMENT)

    def _in_file(self, name: str) -> Found | None:
        path = self.environ.get(name + _SUFFIX)
        return self._named(name, path) if path else None

    def _in_docker(self, name: str) -> Found | None:
        path = Path(self.environ.get(FOLDER_VARIABLE) or _DOCKER) / name
        value = _content(path, name, missing_ok=True)
        return None if value is None else Found(value, DOCKER)

    def _in_dotenv(self, name: str) -> Found | None:
        _check_one(self.dotenv, name, ".env")
        path = self.dotenv.get(name + _SUFFIX)
        return self._named(name, path) if path else _found(self.dotenv.get(name, ""), DOTENV)

    def _named(self, name: str, path: str) -> Found | None:
        value = _content(self.root / path, name)
        return None if value is None else Found(value, f"{FILE} {path}")


def kept_passwords(root: Path) -> Iterator[str]:
    """Yield the passwords that the project at *root* has made for its own Postgres; none where they cannot be read."""
    for path in (root / ".minidata").glob("*password*.json"):
        try:
            kept = json.loads(path.read_bytes())
        except (OSError, ValueError):
            # Whoever needs them will say so.
            continue
        if isinstance(kept, dict):
            yield from (value for value in kept.values() if isinstance(value, str))


def _check_one(variables: Mapping[str, str], name: str, place: str) -> None:
    if variables.get(name) and variables.get(name + _SUFFIX):
        raise ConfigError(f"{name} and {name}{_SUFFIX} are both set in {place}", hint="unset one of them")


def _found(value: str, place: str) -> Found | None:
    bare = value.rstrip("\r\n")
    return Found(bare, place, trimmed=bare != value) if bare.strip() else None


def _content(path: Path, name: str, *, missing_ok: bool = False) -> str | None:
    """Return what the file at *path* holds, less the newline at its end."""
    try:
        value = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (FileNotFoundError, NotADirectoryError) as exc:
        if missing_ok:
            return None
        raise ConfigError(f"cannot read {path}, which {name}{_SUFFIX} names: {exc.strerror}") from None
    except OSError as exc:
        raise ConfigError(f"cannot read {path}, which is to hold {name}: {exc.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}, which is to hold {name}, is no UTF-8 text") from None
    if not value.strip():
        raise ConfigError(f"{path}, which is to hold {name}, is empty")
    return value
