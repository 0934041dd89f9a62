"""The door to the project's Reports: the files of ``sql/reports``, as values."""

from pathlib import Path

from minidata.core.errors import ConfigError
from minidata.core.modelling.reports import ENDING, FOLDER, Report, read_report


def read_reports(root: Path) -> tuple[Report, ...]:
    """
    Read the Reports of the project at *root*, in the order of their names; none when the folder is not there.

    Raises ConfigError, naming file and line, for one that cannot be understood.
    """
    found = sorted((root / FOLDER).glob(f"*{ENDING}"), key=lambda path: path.name)
    # What begins with a dot is an editor's.
    return tuple(_read(root, path) for path in found if not path.name.startswith("."))


def model_names(root: Path) -> frozenset[str]:
    """Return the names of the project's models: of what a report may read once it is published."""
    return frozenset(path.stem for path in (root / "sql" / "models").rglob(f"*{ENDING}"))


def _read(root: Path, path: Path) -> Report:
    name = path.relative_to(root).as_posix()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{name} is not UTF-8, from byte {exc.start}", hint="save it as UTF-8") from None
    except OSError as exc:
        raise ConfigError(f"{name}: {exc.strerror}") from None
    return read_report(name, text)
