"""Tests as they are written down beside models, seeds and sources: which macro, about what, with what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from minidata.core.errors import ConfigError
from minidata.core.places import Place
from minidata.core.queries.relations import quoted
from minidata.core.queries.reserved import RESERVED
from minidata.core.yamltext import Entry

# Words that say how a test is run, not what it asks; dbt's older way puts them beside the arguments.
SETTINGS = (
    "alias", "database", "enabled", "error_if", "fail_calc", "limit", "meta", "schema", "severity", "store_failures",
    "store_failures_as", "tags", "warn_if", "where",
)  # fmt: skip
_KEYS = ("data_tests", "tests")
# Said of a test, and no argument of its macro.
_BESIDE = frozenset({"name", "config", "arguments", "description", "test_name", "column_name", *SETTINGS})


@dataclass(frozen=True)
class Rule:
    """
    A test as it is written down. *kind* is the macro's name, *of* the relation as a template names it, *about* as
    people do; *column* is as it stands in SQL, empty for a test of the whole relation.

    *label* is what names of tests call the relation. *config* says how it is run, *arguments* what the macro is given
    beside its model and column. *given_name* is empty when it has none of its own; *tags* are those of its column.
    """

    kind: str
    of: str
    about: str
    label: str
    column: str
    arguments: Mapping[str, Any]
    config: Mapping[str, Any]
    place: Place
    given_name: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    of_source: bool = False


@dataclass(frozen=True)
class Subject:
    """
    What rules are about: *call* is how a template names it, *name* how people do, *label* how a test's name does.

    With *quote_columns* the names of its columns are quoted.
    """

    call: str
    name: str
    label: str
    of_source: bool = False
    quote_columns: bool = False


@dataclass(frozen=True)
class _Column:
    text: str = ""
    tags: tuple[str, ...] = ()


def rules_of(relation: Entry, subject: Subject) -> Iterator[Rule]:
    """Yield the rules of a relation and of its columns. Raises ConfigError, naming the line."""
    yield from _rules(relation, _Column(), subject)
    for column in relation.entries("columns"):
        yield from _rules(column, _column(column, subject), subject)


def _column(column: Entry, subject: Subject) -> _Column:
    name, quote = column.text("name"), column.get("quote")
    must = quote if quote is not None else subject.quote_columns
    # As it is written otherwise, which is dbt's way: it may be quoted already, or an expression.
    text = quoted(name) if must or name.lower() in RESERVED else name
    return _Column(text, (*_listed(column.get("tags")), *_listed(column.entry("config").get("tags"))))


def _rules(of: Entry, column: _Column, subject: Subject) -> Iterator[Rule]:
    for key in _KEYS:
        for written in of.items_of(key):
            kind, said = _split(written, of.places[key])
            yield _rule(kind, said, column, subject)


def _rule(kind: str, said: Entry, column: _Column, subject: Subject) -> Rule:
    config = said.entry("config")
    for key in SETTINGS:
        if said.get(key) is not None and config.get(key) is not None:
            raise ConfigError(f"{said.places[key]}: {key} is said twice, beside config and in it")
    arguments = {**{key: value for key, value in said.items() if key not in _BESIDE}, **said.entry("arguments")}
    for key in ("model", "arguments"):
        if key in arguments:
            raise ConfigError(f"{said.place}: {key} is no argument that a test is given")
    named = str(said.get("column_name") or arguments.pop("column_name", "") or "")
    return Rule(
        kind=kind,
        of=subject.call,
        about=subject.name,
        label=subject.label,
        column=column.text or named,
        arguments=arguments,
        config={**{key: said[key] for key in SETTINGS if said.get(key) is not None}, **config},
        place=said.place,
        given_name=said.text("name", ""),
        description=said.text("description", ""),
        tags=column.tags,
        of_source=subject.of_source,
    )


def _split(written: Any, place: Place) -> tuple[str, Entry]:
    """Return the kind of a test and what it says: ``unique``, or ``unique: {…}``, or ``{test_name: unique, …}``."""
    if isinstance(written, str):
        return written, Entry(place)
    if isinstance(written, Entry) and "test_name" in written:
        return written.text("test_name"), written
    if isinstance(written, Entry) and written:
        # What stands beside the kind, as a forgotten indent has it, is said of the test as well.
        kind = next(iter(written))
        said = Entry(written.place)
        said.update(written.entry(kind))
        said.places = dict(written.entry(kind).places)
        for key, value in written.items():
            if key != kind:
                said[key], said.places[key] = value, written.places[key]
        return kind, said
    raise ConfigError(f"{place}: a test is a name, or a name with what it needs", hint="such as unique, or unique: {…}")


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())
