"""init: a new project in a folder, made of the files that minidata ships."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from minidata.adapters.project import DBT_MARKER, MARKER, write_atomically
from minidata.adapters.template import INIT_SCRIPT, template_files
from minidata.core.errors import ConfigError, RefusedError

_NAME_LINE = re.compile(rb'^name = ".*"', re.MULTILINE)


@dataclass(frozen=True)
class Initialised:
    """A new project: its *folder*, its *name*, the files *written*, and those that were there and were *kept*."""

    folder: Path
    name: str
    written: tuple[str, ...]
    kept: tuple[str, ...]


def init(folder: Path) -> Initialised:
    """
    Make a project in *folder*, which is made when missing. Files that are there are kept as they are.

    A folder of dbt's has models already: it gets the settings and the script of roles and schemas alone.

    Raises RefusedError when *folder* is a project already, ConfigError when it cannot be written.
    """
    folder = folder.resolve()
    if (folder / MARKER).exists():
        raise RefusedError(f"{folder} is a project already", hint=f"it has a {MARKER}; nothing was changed")
    name = project_name(folder)
    written, kept = [], []
    try:
        # The marker last: a folder without it is no project, so an interrupted init can be done again.
        for path, body in sorted(_files(folder), key=lambda file: file[0] == MARKER):
            if (folder / path).exists():
                kept.append(path)
                continue
            named = _NAME_LINE.sub(f'name = "{name}"'.encode(), body, count=1) if path == MARKER else body
            write_atomically(folder / path, named, private=False)
            written.append(path)
    except OSError as exc:
        raise ConfigError(f"cannot write into {folder}: {exc.strerror}") from exc
    return Initialised(folder, name, tuple(written), tuple(kept))


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    is_of_dbt = (folder / DBT_MARKER).is_file()
    for path, body in template_files():
        if not is_of_dbt or path in {MARKER, INIT_SCRIPT}:
            yield path, body


def project_name(folder: Path) -> str:
    """Return the name for a project in *folder*: the folder's, as far as its letters will do."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")[:40].rstrip("-")
    return name if name[:1].isalpha() else f"p-{name}".rstrip("-")
