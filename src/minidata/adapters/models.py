"""The door to the project's SQL: the files of ``sql/`` that say what is built and tested, as values."""

from collections.abc import Iterator
from pathlib import Path

from minidata.core.dialect.rendering import SqlFile
from minidata.core.errors import ConfigError
from minidata.core.modelling.models import ModelFiles


def read_model_files(root: Path) -> ModelFiles:
    """Read the project at *root*; a folder that is not there has no files. Raises ConfigError for an unreadable one."""
    return ModelFiles(
        models=tuple(_files(root, "sql/models", ".sql")),
        properties=tuple(_files(root, "sql/models", ".yml", ".yaml")),
        tests=tuple(_files(root, "sql/tests", ".sql")),
        macros=tuple(_files(root, "sql/macros", ".sql")),
    )


def _files(root: Path, folder: str, *endings: str) -> Iterator[SqlFile]:
    # Sorted by their paths as text, so that the order is the same on every system. What begins with a dot is an
    # editor's.
    found = {path.relative_to(root).as_posix(): path for path in (root / folder).rglob("*")}
    for name, path in sorted(found.items()):
        if path.suffix in endings and not path.name.startswith(".") and path.is_file():
            yield SqlFile(name, _text(path, name))


def _text(path: Path, name: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{name} is not UTF-8: byte {exc.start} cannot be read") from None
    except OSError as exc:
        raise ConfigError(f"{name} cannot be read: {exc.strerror}") from exc
