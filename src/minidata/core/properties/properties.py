"""
What the ``*.yml`` files beside the models say: descriptions, and rules that rows must keep, in dbt's shape.

    version: 2
    models:
      - name: stg_orders
        description: One row for each order.
        columns:
          - name: order_id
            description: The shop's own number.
            data_tests: [unique, not_null]
    sources:
      - name: shop
        tables: [{name: orders, columns: [...]}]

A key that is not understood is an error: a rule that nobody holds would be worse than none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from minidata.core.dialect.rendering import SqlFile
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place
from minidata.core.yamltext import Entry, read_yaml

Severity = Literal["error", "warn"]
# What each kind of test asks for beside its column.
KINDS: Mapping[str, tuple[str, ...]] = {
    "accepted_values": ("values", "quote"),
    "not_null": (),
    "relationships": ("to", "field"),
    "unique": (),
}


@dataclass(frozen=True)
class ModelNotes:
    """What is said of a model: its *description*, those of its *columns*, and its *config*."""

    name: str
    place: Place
    description: str
    columns: Mapping[str, str]
    config: Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """
    A test of a *column*, as it is written down. *of* is the relation as a template names it, *about* as people do.

    *where* is SQL that says for which rows it holds.
    """

    kind: str
    name: str
    of: str
    about: str
    column: str
    arguments: Entry
    severity: Severity
    where: str
    place: Place


@dataclass(frozen=True)
class Properties:
    """All that the files say."""

    models: tuple[ModelNotes, ...]
    rules: tuple[Rule, ...]


def read_properties(file: SqlFile) -> Properties:
    """Return what one file says. Raises ConfigError, naming the line, for anything that is not understood."""
    top = read_yaml(file.text, file.path)
    top.check_keys("a file of properties", ("version", "models", "sources"))
    if top.get("version", 2) != 2:  # noqa: PLR2004 - dbt's only version
        raise ConfigError(f"{top.places['version']}: version must be 2")
    models = top.entries("models")
    rules = [rule for model in models for rule in _model_rules(model)]
    rules += [rule for source in top.entries("sources") for rule in _source_rules(source)]
    return Properties(tuple(_notes(model) for model in models), tuple(rules))


def severity_of(config: Mapping[str, Any], place: Place) -> Severity:
    """Return the severity that a test's *config* says, error when it says none."""
    value = config.get("severity", "error")
    found = value.lower() if isinstance(value, str) else value
    if found not in get_args(Severity):
        raise ConfigError(f"{place}: severity is {value!r}", hint="say error or warn")
    return "warn" if found == "warn" else "error"


def _notes(model: Entry) -> ModelNotes:
    model.check_keys("a model", ("name", "description", "config", "columns"))
    config = model.entry("config")
    config.check_keys("a model's config", ("materialized", "tags"))
    columns: dict[str, str] = {}
    for column in model.entries("columns"):
        name = column.text("name")
        if name in columns:
            raise ConfigError(f"{column.place}: the column {name!r} is there twice")
        columns[name] = column.text("description", "")
    return ModelNotes(model.text("name"), model.place, model.text("description", ""), columns, config)


@dataclass(frozen=True)
class _Subject:
    """What rules are about: *call* is how a template names it, *name* how people do, *label* how a test's name does."""

    call: str
    name: str
    label: str


def _model_rules(model: Entry) -> Iterator[Rule]:
    name = model.text("name")
    yield from _column_rules(model, _Subject(f"ref({name!r})", name, name))


def _source_rules(source: Entry) -> Iterator[Rule]:
    source.check_keys("a source", ("name", "description", "tables"))
    schema = source.text("name")
    for table in source.entries("tables"):
        table.check_keys("a source's table", ("name", "description", "columns"))
        name = table.text("name")
        subject = _Subject(f"source({schema!r}, {name!r})", f"{schema}.{name}", f"source_{schema}_{name}")
        yield from _column_rules(table, subject)


def _column_rules(relation: Entry, subject: _Subject) -> Iterator[Rule]:
    for column in relation.entries("columns"):
        column.check_keys("a column", ("name", "description", "data_tests", "tests"))
        column.text("description", "")
        for key in ("data_tests", "tests"):
            for written in column.items_of(key):
                kind, said = _split(written, column.places[key])
                yield _rule(kind, said, column.text("name"), subject)


def _rule(kind: str, said: Entry, column: str, subject: _Subject) -> Rule:
    if kind not in KINDS:
        raise UnknownName("test", kind, KINDS, where=str(said.place), hint="write any other as a query in sql/tests")
    said.check_keys(f"the test {kind}", ("name", "arguments", "config", "severity", "where", *KINDS[kind]))
    config, arguments = said.entry("config"), said.entry("arguments")
    config.check_keys("a test's config", ("severity", "where"))
    arguments.check_keys(f"the test {kind}", KINDS[kind])
    # dbt's older way puts these beside the arguments.
    settings = {**{key: said[key] for key in ("severity", "where") if key in said}, **config}
    return Rule(
        kind=kind,
        name=said.text("name", f"{kind}_{subject.label}_{column}"),
        of=subject.call,
        about=subject.name,
        column=column,
        arguments=arguments or said,
        severity=severity_of(settings, said.place),
        where=str(settings.get("where", "")).strip(),
        place=said.place,
    )


def _split(written: Any, place: Place) -> tuple[str, Entry]:
    """Return the kind of a test and what it says: ``unique``, or ``unique: {…}``."""
    if isinstance(written, str):
        return written, Entry(place)
    if isinstance(written, Entry) and len(written) == 1:
        (kind,) = written
        said = written.entry(kind)
        return kind, said or Entry(written.place)
    raise ConfigError(f"{place}: a test is a name, or a name with what it needs", hint="such as unique, or unique: {…}")
