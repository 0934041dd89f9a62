"""The door to the project's SQL: the files that say what is built and tested, as values."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from minidata.core.dialect.ignoring import NAME as IGNORING
from minidata.core.dialect.ignoring import ignoring
from minidata.core.dialect.jinja import SqlFile
from minidata.core.dialect.project_file import NAME, ProjectFile, read_project_file
from minidata.core.errors import ConfigError
from minidata.core.modelling.reading import ModelFiles
from minidata.core.places import Place

_OWN = "sql"
# Folders of tests that are no queries of their own: macros, and rows for unit tests.
_GENERIC, _FIXTURES = "generic", "fixtures"
# dbt leaves them alone, too.
_EDITORS = (".", "#", "~")


def models_folder(root: Path, folder: str | None = None) -> Path:
    """
    Return the folder of the project at *root* that has the models: the one that settings name.

    Else ``sql``, or the project itself when it is dbt's.
    """
    if folder is not None:
        found = root / folder
        if not found.is_dir():
            raise ConfigError(f"there is no folder {found}", hint="set folder in [analyze] to the one that has models")
        return found
    return root if (root / NAME).is_file() and not (root / _OWN / NAME).is_file() else root / _OWN


def read_model_files(root: Path, folder: str | None = None) -> ModelFiles:
    """Read the project at *root*; a folder that is not there has no files. Raises ConfigError for an unreadable one."""
    return _Folder(root, models_folder(root, folder)).files()


class _Folder:
    """A folder in dbt's layout; paths are told as seen from *root*."""

    def __init__(self, root: Path, base: Path) -> None:
        self.root, self.base = root, base
        path = base / NAME
        self.file = SqlFile(self._told(path), self._text(path)) if path.is_file() else None
        self.project = read_project_file(self.file) if self.file else ProjectFile()
        ignored = base / IGNORING
        self._is_ignored = ignoring(self._text(ignored) if self.file and ignored.is_file() else "")

    def files(self) -> ModelFiles:
        """Return all that the folder says."""
        paths = self.project.paths
        everywhere = [path for kind in paths for path in paths[kind]]
        tests = list(self._files(paths["test"], ".sql"))
        return ModelFiles(
            models=tuple(self._files(paths["model"], ".sql")),
            properties=tuple(self._files(everywhere, ".yml", ".yaml")),
            tests=tuple(test for test in tests if not self._is_within(test, _GENERIC, _FIXTURES)),
            macros=(*self._files(paths["macro"], ".sql"), *(test for test in tests if self._is_within(test, _GENERIC))),
            seeds=tuple(self._files(paths["seed"], ".csv")),
            docs=tuple(self._files(everywhere, ".md")),
            fixtures=tuple(self._fixtures()),
            packages=dict(self._packages()),
            refused=tuple(self._refused()),
            snapshots=tuple(self._files(paths["snapshot"], ".sql")),
            root=self._told(self.base) + "/" if self.base != self.root else "",
            project=self.file,
        )

    def _fixtures(self) -> Iterator[SqlFile]:
        for file in self._files(self.project.paths["test"], ".csv", ".sql"):
            if self._is_within(file, _FIXTURES):
                yield file

    def _packages(self) -> Iterator[tuple[str, tuple[SqlFile, ...]]]:
        """Yield the names of the packages that are installed, and their macros."""
        for path in sorted((self.base / self.project.packages_path).glob(f"*/{NAME}")):
            package = _Folder(self.root, path.parent)
            yield package.project.name, package.macros()

    def macros(self) -> tuple[SqlFile, ...]:
        """Return the macros, and the generic tests, of the folder."""
        paths = self.project.paths
        return (
            *self._files(paths["macro"], ".sql"),
            *(test for test in self._files(paths["test"], ".sql") if self._is_within(test, _GENERIC)),
        )

    def _refused(self) -> Iterator[Place]:
        for path, name in self._found(self.project.paths["model"], (".py",)):
            if path.name != "__init__.py":
                yield Place(name, 1)

    def _is_within(self, file: SqlFile, *folders: str) -> bool:
        path = self._below(file.path)
        return any(path.startswith(f"{test}/{folder}/") for test in self.project.paths["test"] for folder in folders)

    def _files(self, folders: Iterable[str], *endings: str) -> Iterator[SqlFile]:
        for path, name in self._found(folders, endings):
            yield SqlFile(name, self._text(path))

    def _found(self, folders: Iterable[str], endings: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
        # Sorted by their paths as text, so that the order is the same on every system; a folder within another is
        # looked at once.
        found = {self._told(path): path for folder in folders for path in self._walked(self.base / folder)}
        for name, path in sorted(found.items()):
            if path.suffix.lower() not in endings or path.name.startswith(_EDITORS):
                continue
            if self._is_ignored(self._below(name)):
                continue
            # A link that leads nowhere is an error when it is read, and no model that is gone.
            if path.is_file() or path.is_symlink():
                yield path, name

    def _walked(self, folder: Path) -> Iterator[Path]:
        def refuse(exc: OSError) -> None:
            # There need be no such folder; one that nobody may look into has models that are not gone.
            if not isinstance(exc, FileNotFoundError | NotADirectoryError):
                raise ConfigError(f"{self._told(Path(exc.filename))} cannot be read: {exc.strerror}") from exc

        for where, _, names in os.walk(folder, onerror=refuse):
            yield from (Path(where, name) for name in names)

    def _below(self, name: str) -> str:
        """Return the path that is told as *name*, as seen from this folder."""
        return name.removeprefix(self._told(self.base) + "/")

    def _told(self, path: Path) -> str:
        return path.as_posix().removeprefix(f"{self.root.as_posix()}/")

    def _text(self, path: Path) -> str:
        name = self._told(path)
        try:
            return path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as exc:
            raise ConfigError(f"{name} is not UTF-8: byte {exc.start} cannot be read") from None
        except OSError as exc:
            raise ConfigError(f"{name} cannot be read: {exc.strerror}") from exc
