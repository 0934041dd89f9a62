"""
Models: one SQL file, one relation. Here a project's files become Models that are understood, and its tests.

A Model's name is its file's; folders are for people.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from minidata.core.dialect.rendering import Renderer, SqlFile
from minidata.core.dialect.variables import Outside
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.names import checked_name
from minidata.core.places import Place, Rendered
from minidata.core.properties.properties import ModelNotes, read_properties
from minidata.core.queries.relations import Source
from minidata.core.queries.sqltext import Query, read_query
from minidata.core.testing.datatests import DataTest, data_tests

Materialized = Literal["table", "view"]


@dataclass(frozen=True)
class ModelFiles:
    """The files of ``sql/`` that say what is built and tested, each kind in the order of its paths."""

    models: Sequence[SqlFile] = ()
    properties: Sequence[SqlFile] = ()
    tests: Sequence[SqlFile] = ()
    macros: Sequence[SqlFile] = ()


@dataclass(frozen=True)
class Model:
    """
    One Model, rendered and understood.

    *refs* and *sources* are what it reads, whether it says so with ref and source or simply names them. *columns* has
    the descriptions of those columns that have one.
    """

    name: str
    place: Place
    query: Query
    refs: frozenset[str]
    sources: frozenset[Source]
    materialized: Materialized = "view"
    tags: tuple[str, ...] = ()
    description: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


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
        materialized=_materialized(config, place),
        tags=_tags(config, place),
        description=notes.description if notes else "",
        columns={column: said for column, said in (notes.columns if notes else {}).items() if said},
    )


def _materialized(config: Mapping[str, Any], place: Place) -> Materialized:
    for key in config:
        if key not in {"materialized", "tags"}:
            raise UnknownName("config of a model", key, ["materialized", "tags"], where=place.path)
    value = config.get("materialized", "view")
    if value not in get_args(Materialized):
        raise ConfigError(f"{place.path}: materialized is {value!r}", hint="say table or view; there is no other yet")
    return "table" if value == "table" else "view"


def _tags(config: Mapping[str, Any], place: Place) -> tuple[str, ...]:
    value = config.get("tags", ())
    tags = [value] if isinstance(value, str) else value
    if not isinstance(tags, list | tuple) or not all(isinstance(tag, str) for tag in tags):
        raise ConfigError(f"{place.path}: tags must be a list of words")
    return tuple(tags)
