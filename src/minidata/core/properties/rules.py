"""Tests as they are written down beside models, seeds and sources: which macro, about what, with what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from minidata.core.errors import ConfigError
from minidata.core.places import Place
from minidata.core.yamltext import Entry

Severity = Literal["error", "warn"]

# Words that say how a test is run, not what it asks; dbt's older way puts them beside the arguments.
SETTINGS = (
    "alias", "database", "enabled", "error_if", "fail_calc", "limit", "meta", "schema", "severity", "store_failures",
    "store_failures_as", "tags", "warn_if", "where",
)  # fmt: skip
_KEYS = ("data_tests", "tests")


@dataclass(frozen=True)
class Rule:
    """
    A test as it is written down. *kind* is the macro's name, *of* the relation as a template names it, *about* as
    people do; *column* is empty for a test of the whole relation.

    *config* says how it is run, *arguments* what the macro is given beside its model and column.
    """

    kind: str
    name: str
    of: str
    about: str
    column: str
    arguments: Mapping[str, Any]
    config: Mapping[str, Any]
    place: Place
    description: str = ""


@dataclass(frozen=True)
class Subject:
    """What rules are about: *call* is how a template names it, *name* how people do, *label* how a test's name does."""

    call: str
    name: str
    label: str
    config: Mapping[str, Any] = field(default_factory=dict)


def severity_of(config: Mapping[str, Any], place: Place) -> Severity:
    """Return the severity that a test's *config* says, error when it says none."""
    value = config.get("severity") or "error"
    found = value.lower() if isinstance(value, str) else value
    if found not in get_args(Severity):
        raise ConfigError(f"{place}: severity is {value!r}", hint="say error or warn")
    return "warn" if found == "warn" else "error"


def rules_of(relation: Entry, subject: Subject) -> Iterator[Rule]:
    """Yield the rules of a relation and of its columns. Raises ConfigError, naming the line."""
    yield from _rules(relation, "", subject)
    for column in relation.entries("columns"):
        yield from _rules(column, column.text("name"), subject)


def _rules(of: Entry, column: str, subject: Subject) -> Iterator[Rule]:
    for key in _KEYS:
        for written in of.items_of(key):
            kind, said = _split(written, of.places[key])
            yield _rule(kind, said, column, subject)


def _rule(kind: str, said: Entry, column: str, subject: Subject) -> Rule:
    kind = said.get("test_name") or kind
    config = {**subject.config, **{key: said[key] for key in SETTINGS if key in said}, **said.entry("config")}
    others = {"name", "config", "arguments", "description", "test_name", "column_name", *SETTINGS}
    arguments = {**{key: value for key, value in said.items() if key not in others}, **said.entry("arguments")}
    column = str(said.get("column_name") or arguments.pop("column_name", "") or column)
    label = kind.rpartition(".")[2]
    return Rule(
        kind=kind,
        name=said.text("name", "_".join(part for part in (label, subject.label, column) if part)),
        of=subject.call,
        about=subject.name,
        column=column,
        arguments=arguments,
        config=config,
        place=said.place,
        description=said.text("description", ""),
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
