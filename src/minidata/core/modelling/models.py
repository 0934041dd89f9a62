"""
Models: one SQL file, one relation. Here a project's files become Models that are understood, and its tests.

A Model's name is its file's; folders are for people.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from minidata.core.dialect.rendering import Renderer, SqlFile
from minidata.core.dialect.variables import Outside
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.modelling.configuring import Config, Materialized, read_config
from minidata.core.names import checked_name
from minidata.core.places import Place, Rendered
from minidata.core.properties.properties import ModelNotes, read_properties
from minidata.core.queries.relations import PUBLISHED, Source
from minidata.core.queries.sqltext import Query, read_query
from minidata.core.testing.datatests import DataTest, data_tests


@dataclass(frozen=True)
class ModelFiles:
    """The files of ``sql/`` that say what is built and tested, each kind in the order of its paths."""

    models: Sequence[SqlFile] = ()
    properties: Sequence[SqlFile] = ()
    tests: Sequence[SqlFile] = ()
    macros: Sequence[SqlFile] = ()


@dataclass(frozen=True)
class Statement:
    """SQL that a Model brings along, run before or after it is built; *query* names models as any other does."""

    query: Query
    place: Place


@dataclass(frozen=True)
class Model:
    """
    One Model, rendered and understood.

    *refs* and *sources* are what it reads, whether it says so with ref and source or simply names them. *columns* has
    the descriptions of those columns that have one. *fqn* is project, folders and name, which folders configure and
    selectors choose by. *increment* is the query for the rows that are new, which may read the model itself as it is
    live; *before* and *after* may name the model as well, and mean what is being built. A *seed* is a file of rows,
    whose query is empty.
    """

    name: str
    place: Place
    query: Query
    refs: frozenset[str]
    sources: frozenset[Source]
    config: Config = field(default_factory=Config)
    description: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    schema: str = PUBLISHED
    alias: str = ""
    fqn: tuple[str, ...] = ()
    increment: Query | None = None
    before: tuple[Statement, ...] = ()
    after: tuple[Statement, ...] = ()
    seed: SqlFile | None = None

    @property
    def materialized(self) -> Materialized:
        """How it is built."""
        return self.config.materialized

    @property
    def tags(self) -> tuple[str, ...]:
        """The words it goes by, for choosing."""
        return self.config.tags

    @property
    def shown(self) -> tuple[str, str]:
        """The schema and the name that readers know it by."""
        return self.schema, self.alias or self.name


@dataclass(frozen=True)
class Models:
    """A project's Models by name, and its tests."""

    by_name: Mapping[str, Model]
    tests: tuple[DataTest, ...]


def read_models(files: ModelFiles, outside: Outside) -> Models:
    """Render and understand all *files*. Raises ConfigError and UnknownName, naming file and line."""
    named = _named(files.models)
    properties = [read_properties(file) for file in files.properties]
    notes = _by_model((one for file in properties for one in file.models), named)
    renderer = Renderer(frozenset(named), files.macros, outside)
    models = {name: _model(name, file, renderer, notes.get(name)) for name, file in sorted(named.items())}
    rules = [rule for file in properties for rule in file.rules]
    return Models(models, data_tests(rules, files.tests, renderer))


def _named(files: Iterable[SqlFile]) -> dict[str, SqlFile]:
    named: dict[str, SqlFile] = {}
    folded: dict[str, str] = {}
    for file in files:
        other = folded.setdefault(file.name.lower(), file.path)
        if other != file.path:
            raise ConfigError(f"{file.path} and {other} are models of one name", hint="give one of them another name")
        try:
            named[checked_name("model", file.name)] = file
        except ConfigError as exc:
            raise ConfigError(f"{file.path}: {exc}", hint=exc.hint) from None
    return named


def _by_model(notes: Iterable[ModelNotes], named: Mapping[str, SqlFile]) -> dict[str, ModelNotes]:
    found: dict[str, ModelNotes] = {}
    for one in notes:
        if one.name not in named:
            raise UnknownName("model", one.name, named, where=str(one.place))
        if one.name in found:
            raise ConfigError(f"{one.place}: {one.name} is described twice, see {found[one.name].place}")
        found[one.name] = one
    return found


def _model(name: str, file: SqlFile, renderer: Renderer, notes: ModelNotes | None) -> Model:
    rendering = renderer.render(file, this=name)
    place = Rendered(file.path, written=file.text, text=rendering.sql)
    query = read_query(rendering.sql, place, renderer.models)
    # What the file itself says is stronger than what is said about it.
    config = {**(notes.config if notes else {}), **rendering.config}
    return Model(
        name=name,
        place=place,
        query=query,
        refs=query.refs | rendering.refs,
        sources=query.sources | rendering.sources,
        config=read_config(config, Place(file.path)),
        description=notes.description if notes else "",
        columns={column: said for column, said in (notes.columns if notes else {}).items() if said},
    )
