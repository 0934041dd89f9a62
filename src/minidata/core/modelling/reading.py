"""
From a project's files to Models that are understood, and tests.

A Model's name is its file's; folders are for people, and for configs. Templates are rendered first, for they say what
each model is called and configured to be; only then is it known what the names in a query mean.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from minidata.core.dialect.jinja import docs_of
from minidata.core.dialect.names import Library
from minidata.core.dialect.project_file import ProjectFile, read_project_file
from minidata.core.dialect.rendering import About, Renderer, SqlFile
from minidata.core.dialect.variables import Outside
from minidata.core.dialect.words import ELSEWHERE
from minidata.core.errors import ConfigError
from minidata.core.modelling.configuring import Hook
from minidata.core.modelling.drafting import Drafting
from minidata.core.modelling.models import Models
from minidata.core.modelling.snapshots import snapshot_files
from minidata.core.modelling.understanding import Understanding
from minidata.core.names import MAX_BYTES
from minidata.core.places import Place
from minidata.core.properties.properties import Properties, read_properties
from minidata.core.queries.relations import Known
from minidata.core.testing.making import Testing
from minidata.core.testing.unittests import UnitTesting

_NAME = re.compile(r"\w[\w.$-]*\Z", re.ASCII)


@dataclass(frozen=True)
class ModelFiles:
    """
    The files that say what is built and tested, each kind in the order of its paths.

    *root* is their folder, seen from the project, with a slash at its end when it is not the project itself; *project*
    the project file. *packages* has the macros of what is installed, *fixtures* rows for unit tests, *refused* the
    places of what is not built here: models in Python.
    """

    models: Sequence[SqlFile] = ()
    properties: Sequence[SqlFile] = ()
    tests: Sequence[SqlFile] = ()
    macros: Sequence[SqlFile] = ()
    seeds: Sequence[SqlFile] = ()
    docs: Sequence[SqlFile] = ()
    packages: Mapping[str, Sequence[SqlFile]] = field(default_factory=dict)
    fixtures: Sequence[SqlFile] = ()
    refused: Sequence[Place] = ()
    snapshots: Sequence[SqlFile] = ()
    root: str = ""
    project: SqlFile | None = None


def read_models(files: ModelFiles, outside: Outside) -> Models:
    """Render and understand all *files*. Raises ConfigError and UnknownName, naming file and line."""
    return _Reading.of(files, outside).models()


@dataclass(frozen=True)
class _Reading:
    files: ModelFiles
    project: ProjectFile
    properties: Sequence[Properties]
    renderer: Renderer
    sql: Mapping[str, SqlFile]
    seeds: Mapping[str, SqlFile]
    snapshots: Mapping[str, SqlFile]

    @classmethod
    def of(cls, files: ModelFiles, outside: Outside) -> "_Reading":
        """Read what is said about models, before any of them is rendered."""
        if files.refused:
            raise ConfigError(f"{files.refused[0]}: a model in Python is not supported", hint=ELSEWHERE)
        library, project, outside = _library(files, outside)
        docs = dict(found for file in files.docs for found in docs_of(file.text))
        renderer = Renderer(Known({}), library, outside, docs=docs)
        sql, seeds = _named("models", _written(files, outside)), _named("seeds", files.seeds)
        tell = outside.tell if files.project else None
        properties = [read_properties(file, renderer.value, sql.keys(), tell) for file in files.properties]
        of_snapshots = [note for one in properties for note in one.snapshots]
        snapshots = _named("snapshots", snapshot_files(files.snapshots, of_snapshots))
        for one, other in combinations((sql, seeds, snapshots), 2):
            for name in one.keys() & other.keys():
                raise ConfigError(f"{one[name].path} and {other[name].path} are of one name", hint="rename one of them")
        tables = [table for one in properties for source in one.sources for table in source.tables]
        renderer = replace(
            renderer,
            # With dbt a table may be named without its schema, and is looked for where Postgres looks.
            known=Known.of(
                [*sql, *seeds, *snapshots], str(outside.target.get("database", "")), "public" if files.project else ""
            ),
            declared={(table.source, table.name): (table.schema, table.identifier) for table in tables},
            versions={versions.name: versions for one in properties for versions in one.versions},
        )
        return cls(files, project, properties, renderer, sql, seeds, snapshots)

    def models(self) -> Models:
        """Render every model, then understand them all."""
        drafting = Drafting(self.project, self.renderer, self.files.root)
        drafts = drafting.drafts("models", self.sql, [note for one in self.properties for note in one.models])
        drafts |= drafting.drafts("seeds", self.seeds, [note for one in self.properties for note in one.seeds])
        drafts |= drafting.drafts("snapshots", self.snapshots, [n for one in self.properties for n in one.snapshots])
        enabled = {name: draft for name, draft in drafts.items() if draft.config.enabled}
        shown = drafting.shown(enabled)
        understanding = Understanding(replace(self.renderer, known=replace(self.renderer.known, shown=shown)))
        models = {name: understanding.model(name, draft) for name, draft in sorted(enabled.items())}
        about_run = About(more={"schemas": sorted({schema for schema, _ in shown.values()}), "results": []})
        tables = tuple(table for one in self.properties for source in one.sources for table in source.tables)
        testing = Testing(
            self.project,
            understanding.renderer,
            self.files.root,
            disabled=drafts.keys() - enabled,
            # Where dbt builds, it does not look at freshness, and a project of its own is published as dbt would.
            only_warn=self.files.project is not None,
            notes={note.name: note for one in self.properties for note in one.singular},
        )
        units = UnitTesting(
            self.project,
            understanding.renderer,
            self.files.root,
            fixtures=self.files.fixtures,
            seeds=self.seeds,
            disabled=drafts.keys() - enabled,
        )
        return Models(
            models,
            testing.tests([rule for one in self.properties for rule in one.rules], self.files.tests, tables),
            known=understanding.renderer.known,
            tables=tables,
            start=understanding.statements(self._hooks(self.project.on_run_start), about_run),
            end=understanding.statements(self._hooks(self.project.on_run_end), about_run),
            unit_tests=units.tests([test for one in self.properties for test in one.unit_tests]),
            project=self.project.name,
            renderer=understanding.renderer,
        )

    def _hooks(self, texts: Iterable[str]) -> list[Hook]:
        return [Hook(text, self.project.place) for text in texts]


def _library(files: ModelFiles, outside: Outside) -> tuple[Library, ProjectFile, Outside]:
    """Return the macros, what the project file says, and what templates are given beside."""
    project = ProjectFile()
    if files.project:
        plain = Renderer(Known({}), Library.of("", {}), outside)
        project = read_project_file(files.project, plain.value)
    written = {**project.variables, **outside.written}
    outside = replace(outside, written=written, project=project.name)
    macros: dict[str, Sequence[SqlFile]] = {**files.packages, project.name: files.macros}
    return Library.of(project.name, macros, project.order), project, outside


def _written(files: ModelFiles, outside: Outside) -> Iterator[SqlFile]:
    """Yield the models that somebody has written: to dbt an empty file is none, and harms nobody."""
    for file in files.models:
        if file.text.strip() or files.project is None:
            yield file
        else:
            outside.tell(f"{file.path} is empty, and no model")


def _named(kind: str, files: Iterable[SqlFile]) -> dict[str, SqlFile]:
    named: dict[str, SqlFile] = {}
    folded: dict[str, str] = {}
    for file in files:
        other = folded.setdefault(file.name.lower(), file.path)
        if other != file.path:
            raise ConfigError(f"{file.path} and {other} are {kind} of one name", hint="give one of them another name")
        if not _NAME.match(file.name) or len(file.name) > MAX_BYTES:
            raise ConfigError(
                f"{file.path}: {file.name!r} will not do as a name of {kind}",
                hint=f"use letters, digits, _, - and dots, at most {MAX_BYTES} of them",
            )
        named[file.name] = file
    return named
