"""
A folder that is a dbt project by links to it, with files of ours among them: the project itself stays as it is.

Made anew each time, so that nothing in it is ever of before.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from minidata.core.errors import ConfigError

# What dbt writes, and what cannot be part of a project.
_LEFT_OUT = frozenset({"target", "logs", "dbt_internal_packages"})


def mirror(base: Path, to: Path, files: Mapping[str, str]) -> None:
    """
    Make *to* a project that is the one in *base*, by links, and has *files* too: texts by their paths within it.

    Raises ConfigError when the file system refuses.
    """
    try:
        shutil.rmtree(to, ignore_errors=True)
        _mirror(base, to, [tuple(path.split("/")) for path in files])
        for path, text in files.items():
            _open_links((to / path).parent, to)
            (to / path).write_text(text, encoding="utf-8")
    except OSError as exc:
        raise ConfigError(f"{to} cannot be written: {exc.strerror or exc}") from exc


def project_text(base: Path) -> str:
    """Return the project file in *base*, "" when there is none; of what is no UTF-8, dbt itself says so."""
    path = base / "dbt_project.yml"
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace") if path.is_file() else ""
    except OSError as exc:
        raise ConfigError(f"{path} cannot be read: {exc.strerror or exc}") from exc


def property_files(base: Path, folders: Iterable[str]) -> Iterator[str]:
    """Yield the texts of all files of properties in *folders* of the project at *base*; none that cannot be read."""
    return _texts(base, folders, "*.y*ml")


def model_files(base: Path, folders: Iterable[str]) -> Iterator[str]:
    """Yield the texts of all models in *folders* of the project at *base*; none that cannot be read."""
    return _texts(base, folders, "*.sql")


def _texts(base: Path, folders: Iterable[str], pattern: str) -> Iterator[str]:
    for folder in folders:
        for path in sorted((base / folder).rglob(pattern)):
            try:
                yield path.read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError):
                # dbt itself says what is wrong with it.
                continue


def _mirror(base: Path, to: Path, ways: Sequence[tuple[str, ...]]) -> None:
    """Link what is in *base*, but make the folders on *ways*, which lead to files of ours."""
    to.mkdir(parents=True)
    inside: dict[str, list[tuple[str, ...]]] = {}
    for way in ways:
        inside.setdefault(way[0], []).append(way[1:])
    for path in base.iterdir() if base.is_dir() else ():
        if path.name not in inside and path.name not in _LEFT_OUT and not (path.name[0] == "." and path.is_dir()):
            (to / path.name).symlink_to(path, target_is_directory=path.is_dir())
    for name, further in inside.items():
        beyond = [way for way in further if way]
        if beyond:
            _mirror(base / name, to / name, beyond)


def _open_links(folder: Path, top: Path) -> None:
    """
    Make folders of the links to folders in *folder*, and in those, down to the files.

    dbt looks into a folder that it is told of, be it a link or not, but into no link that it finds in there.
    """
    if folder == top:
        return
    for link in folder.iterdir():
        target = link.readlink() if link.is_symlink() else None
        if target is not None and target.is_dir() and not target.is_symlink():
            link.unlink()
            _mirror(target, link, [])
            _open_links(link, top)
