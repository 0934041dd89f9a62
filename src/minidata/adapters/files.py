"""The door to the files that people get: each appears whole, or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from minidata.core.errors import ConfigError, StoreError


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """
    Give a file to write; at the end it is at *path* in one move. On any error what was at *path* stays.

    Raises StoreError when the folder or the disk refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as exc:
        raise StoreError(f"cannot write {path}: {exc.strerror}") from exc
    temporary = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as exc:
        temporary.unlink(missing_ok=True)
        raise StoreError(f"cannot write {path}: {exc.strerror}") from exc
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sql_files(folder: Path) -> dict[str, str]:
    """Return the ``*.sql`` files right in *folder* by name, without the ending; ConfigError for one unreadable."""
    found = {}
    for path in sorted(folder.glob("*.sql")):
        try:
            found[path.stem] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(f"cannot read {path}: {exc}") from exc
    return found
