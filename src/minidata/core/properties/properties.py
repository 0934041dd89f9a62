"""
What the ``*.yml`` files beside the models say: descriptions, configs, and rules that rows must keep, in dbt's shape.

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

A key that dbt does not have is an error: a rule that nobody holds would be worse than none; in a project of dbt's it is
told, for dbt goes on there. What only dbt's own tools heed (exposures, metrics, groups …) is passed over.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from minidata.core.dialect.jinja import SqlFile
from minidata.core.dialect.versions import Versions
from minidata.core.errors import ConfigError
from minidata.core.places import Place
from minidata.core.properties.rules import Rule, Subject, rules_of
from minidata.core.properties.sources import SourceNotes, read_source
from minidata.core.properties.versions import apart, versions_of
from minidata.core.yamltext import Entry, read_yaml

# What a text in a file says once its expressions have their values.
Evaluate = Callable[[str, Place], Any]

_TOP = (
    "version", "models", "seeds", "sources", "unit_tests", "snapshots", "exposures", "groups", "metrics", "macros",
    "analyses", "semantic_models", "saved_queries", "data_tests", "functions", "anchors",
)  # fmt: skip
_MODEL = (
    "name", "description", "config", "columns", "data_tests", "tests", "docs", "meta", "tags", "access", "group",
    "latest_version", "deprecation_date", "time_spine", "quote_columns", "constraints", "versions", "contract",
    "relation",
)  # fmt: skip
_COLUMN = (
    "name", "description", "data_tests", "tests", "data_type", "meta", "tags", "quote", "constraints", "config",
    "granularity", "policy_tags", "dimension", "entity",
)  # fmt: skip
_TEST = ("name", "description", "config", "docs", "meta")
# These hold templates that are rendered elsewhere, for what they belong to.
_LATER = frozenset(
    {
        "data_tests", "loaded_at_query", "macros", "post-hook", "post_hook", "pre-hook", "pre_hook", "tests",
        "unit_tests",
    }
)  # fmt: skip


@dataclass(frozen=True)
class ModelNotes:
    """
    What is said of a model or seed: its *description*, those of its *columns*, and its *config*.

    *promised* are the columns as they are written, *constraints* those of whole rows, for its contract; *relation* what
    a snapshot is of, as a template says it.
    """

    name: str
    place: Place
    description: str
    columns: Mapping[str, str]
    config: Mapping[str, Any]
    promised: Sequence[Entry] = ()
    constraints: Sequence[Entry] = ()
    relation: str = ""


@dataclass(frozen=True)
class Properties:
    """
    All that the files say; *unit_tests* as they are written, *snapshots* what is said of those,
    *singular* the notes about tests that are files of their own.

    A model with *versions* has notes for each of them.
    """

    models: tuple[ModelNotes, ...] = ()
    seeds: tuple[ModelNotes, ...] = ()
    sources: tuple[SourceNotes, ...] = ()
    rules: tuple[Rule, ...] = ()
    unit_tests: tuple[Entry, ...] = ()
    snapshots: tuple[ModelNotes, ...] = ()
    versions: tuple[Versions, ...] = ()
    singular: tuple[ModelNotes, ...] = ()


def read_properties(
    file: SqlFile,
    evaluate: Evaluate = lambda text, _: text,
    there: Collection[str] = (),
    tell: Callable[[str], None] | None = None,
) -> Properties:
    """
    Return what one file says, *there* being the names of the models' files.

    Raises ConfigError, naming the line, for anything that is not understood; with *tell* keys that dbt does not have
    are told there instead, as dbt warns of them.
    """
    top = read_yaml(file.text, file.path, tell)
    top.check_keys("a file of properties", _TOP)
    models, seeds = (_evaluated_all(top.entries(key), evaluate) for key in ("models", "seeds"))
    versions = [found for model in models if (found := versions_of(model, there))]
    models = [one for model in models for one in _apart(model, versions)]
    sources = _evaluated_all(top.entries("sources"), evaluate)
    read = [read_source(source) for source in sources]
    snapshots = _evaluated_all(top.entries("snapshots"), evaluate)
    rules = [rule for one in (*models, *seeds, *snapshots) for rule in _rules(one, versions)]
    rules += [rule for _, found in read for rule in found]
    return Properties(
        models=tuple(_notes(model) for model in models),
        seeds=tuple(_notes(seed) for seed in seeds),
        sources=tuple(notes for notes, _ in read),
        rules=tuple(rules),
        unit_tests=tuple(top.entries("unit_tests")),
        snapshots=tuple(_notes(snapshot) for snapshot in snapshots),
        versions=tuple(versions),
        singular=tuple(_notes_of_test(test) for test in _evaluated_all(top.entries("data_tests"), evaluate)),
    )


def _apart(model: Entry, versions: Iterable[Versions]) -> Iterator[Entry]:
    found = next((one for one in versions if one.name == model.get("name")), None) if model.get("versions") else None
    yield from apart(model, found) if found else [model]


def _notes(model: Entry) -> ModelNotes:
    model.check_keys("a model", _MODEL)
    config = dict(model.entry("config"))
    for key in ("tags", "meta", "docs", "contract", "access", "group"):
        if model.get(key) is not None and key not in config:
            config[key] = model[key]
    columns: dict[str, str] = {}
    for column in model.entries("columns"):
        column.check_keys("a column", _COLUMN)
        name = column.text("name")
        if name in columns:
            column.object_to(ConfigError(f"{column.place}: the column {name!r} is there twice"))
        columns[name] = column.text("description", "")
    words = {key.replace("-", "_"): value for key, value in config.items()}
    return ModelNotes(
        model.text("name"),
        model.place,
        model.text("description", ""),
        columns,
        words,
        model.entries("columns"),
        model.entries("constraints"),
        model.text("relation", ""),
    )


def _notes_of_test(test: Entry) -> ModelNotes:
    test.check_keys("a test", _TEST)
    return ModelNotes(test.text("name"), test.place, test.text("description", ""), {}, dict(test.entry("config")))


def _rules(model: Entry, versions: Iterable[Versions]) -> list[Rule]:
    name = model.text("name")
    called = {file: (one.name, version) for one in versions for version, file in one.files.items()}.get(name)
    # As dbt has it, by whose names tests are known.
    call = f"ref({called[0]!r}, version={called[1]!r})" if called else f"ref({name!r})"
    label = f"{called[0]}_v{called[1]}" if called else name
    quote = bool(model.get("quote_columns", model.entry("config").get("quote_columns")))
    return list(rules_of(model, Subject(call, name, label, quote_columns=quote)))


def _evaluated_all(entries: list[Entry], evaluate: Evaluate) -> list[Entry]:
    return [evaluated(entry, evaluate) for entry in entries]


def evaluated(value: Any, evaluate: Evaluate, place: Place | None = None) -> Any:
    """Return *value* with its texts evaluated, those left out that are rendered elsewhere."""
    if isinstance(value, Entry):
        made = Entry(value.place, value.tell)
        made.places = value.places
        for key, one in value.items():
            made[key] = one if key in _LATER else evaluated(one, evaluate, value.places.get(key, value.place))
        return made
    if isinstance(value, Mapping):
        return {key: one if key in _LATER else evaluated(one, evaluate, place) for key, one in value.items()}
    if isinstance(value, list):
        return [evaluated(one, evaluate, place) for one in value]
    if isinstance(value, str) and ("{{" in value or "{%" in value):
        return evaluate(value, place or Place(""))
    return value
