"""export dbt: what dbt needs to run the project's folder by itself."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from minidata.adapters.dbt.mirroring import model_files, project_text, property_files
from minidata.adapters.files import writing
from minidata.adapters.models import models_folder
from minidata.adapters.project import Project
from minidata.core.dbt.files import PASSWORD, profile, project_file
from minidata.core.dbt.reading import declared_in, model_folders, needs_row_count, profile_named
from minidata.core.dbt.sources import sources_file
from minidata.core.dialect.helpers import ROW_COUNT
from minidata.core.dialect.project_file import NAME
from minidata.core.errors import ConfigError, RefusedError
from minidata.core.source import Source
from minidata.steps.export import Exported, ExportedFile

_SOURCES = "minidata_sources.yml"
_PROFILES = "profiles.yml"
_ROW_COUNT = "macros/minidata_row_count.sql"
_FOLDERS = {"model": "models", "seed": "seeds", "test": "tests", "macro": "macros", "analysis": "analyses"}
_ENVIRONMENT = f"PGHOST, PGPORT, PGDATABASE, PGUSER and {PASSWORD}"


def export_dbt(
    project: Project, sources: Mapping[str, Source], *, output: Path | None = None, force: bool = False
) -> Exported:
    """
    Make the files: a project file where there is none, sources that are not declared yet, and a profile.

    And a macro for the test ``row_count``, which dbt does not have, where the project has that test.

    They are written into the folder *output*, that of the models or another one; with none they are not written. Raises
    RefusedError for one that is there already and says something else, unless *force* is said; ConfigError, StoreError.
    """
    base = models_folder(project.root, project.settings.analyze.folder)
    to = base if output is None else output.absolute()
    files = tuple(_files(project, sources, base, to))
    notes = (f"the profile takes {_ENVIRONMENT} from the environment", *_declared(sources, base))
    if output is None:
        # One after the other: each says what it is.
        return Exported("dbt", tuple(replace(file, text=f"{_title(file.name)}\n{file.text}") for file in files), notes)
    paths = {to / file.name: file for file in files}
    _check_nothing_is_lost(paths, force=force)
    for path, file in paths.items():
        with writing(path) as opened:
            opened.write(file.text.encode())
    return Exported("dbt", tuple(replace(file, path=str(path)) for path, file in paths.items()), notes)


def _files(project: Project, sources: Mapping[str, Source], base: Path, to: Path) -> Iterator[ExportedFile]:
    text, own = project_text(base), base / NAME
    elsewhere = to.resolve() != base.resolve()
    if elsewhere and own.is_file():
        raise ConfigError(f"{own} is there already, and is for that folder alone", hint=f"export into it: -o {base}")
    if not own.is_file():
        settings = project.settings
        paths = _paths(base, to) if elsewhere else {}
        yield ExportedFile(NAME, project_file(settings.project.name, settings.vars, paths))
    folders = model_folders(text)
    tested = _spoken_of(sources, list(model_files(base, folders)))
    told = [source for name, source in sources.items() if name in tested or name in project.sources]
    missing = sources_file(told, declared_in(property_files(base, folders)), tested=tested)
    if missing:
        yield ExportedFile(f"{'models' if elsewhere else folders[0]}/{_SOURCES}", missing)
    said = property_files(base, [*folders, _FOLDERS["seed"]])
    if needs_row_count(said, model_files(base, [_FOLDERS["macro"]])):
        yield ExportedFile(_ROW_COUNT, ROW_COUNT.text.lstrip())
    yield ExportedFile(_PROFILES, profile(project.settings.analyze.target, name=profile_named(text)))


def _title(name: str) -> str:
    return f"{{# {name} #}}" if name.endswith(".sql") else f"# {name}"


def _spoken_of(sources: Iterable[str], models: Sequence[str]) -> set[str]:
    """Return the names of those *sources* that a model speaks of: others' tables need not be there to be tested."""
    return {name for name in sources if any(re.search(rf"\b{re.escape(name)}\b", text) for text in models)}


def _paths(base: Path, to: Path) -> dict[str, list[str]]:
    """Return where the project's folders are, seen from the folder *to*."""
    paths = {kind: [os.path.relpath(base / folder, to)] for kind, folder in _FOLDERS.items()}
    return {**paths, "model": ["models", *paths["model"]], "macro": ["macros", *paths["macro"]]}


def _declared(sources: Mapping[str, Source], base: Path) -> Iterator[str]:
    declared = declared_in(property_files(base, model_folders(project_text(base))))
    there = sorted(".".join(table) for table in declared if table[0] in sources)
    if there:
        yield f"declared already, and left out: {', '.join(there)}"


def _check_nothing_is_lost(paths: Mapping[Path, ExportedFile], *, force: bool) -> None:
    for path, file in paths.items():
        if not force and path.is_file() and path.read_bytes() != file.text.encode():
            raise RefusedError(f"{path} is there already, and says something else", hint="--force replaces it")
