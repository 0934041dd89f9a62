"""The user's Source files, written: a new one, or in place of one that is there when that is wanted."""

import inspect
from pathlib import Path

from minidata.adapters.project.files import write_atomically
from minidata.core.errors import ConfigError, RefusedError


def source_path(root: Path, name: str) -> Path:
    """Return where the project at *root* has the Source *name*, when it has it in a file of its own."""
    return root / "sources" / f"{name}.py"


def write_source(root: Path, name: str, text: str, *, replace: bool) -> Path:
    """
    Put *text* into the file of the Source *name*; return where.

    Raises RefusedError when there is such a file and it is not to be replaced, ConfigError when it cannot be written.
    """
    path = source_path(root, name)
    try:
        if replace:
            write_atomically(path, text.encode(), private=False)
        else:
            path.parent.mkdir(exist_ok=True)
            with path.open("xb") as file:
                file.write(text.encode())
    except FileExistsError:
        raise taken(path) from None
    except OSError as exc:
        raise ConfigError(f"cannot write {path}: {exc.strerror}") from exc
    return path


def file_of(row: type) -> Path | None:
    """Return the file that defines the class *row*; None when there is none, as for one made by a program."""
    try:
        found = inspect.getsourcefile(row)
    except TypeError:
        return None
    return Path(found) if found else None


def source_in(path: Path) -> str:
    """Return the text of the Python file at *path*, line ends as they are; raise ConfigError when it has none."""
    try:
        return path.read_bytes().decode()
    except OSError as exc:
        raise ConfigError(f"cannot read {path}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path} is not UTF-8 at byte {exc.start}") from None


def taken(path: Path) -> RefusedError:
    """Return the refusal to write where there is something."""
    return RefusedError(f"{path} is there already", hint="take another --name, or replace it with --force")
