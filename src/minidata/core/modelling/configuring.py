"""
What a Model is configured to be: the words of ``config(…)``, of properties and of the project file, understood.

Words and values are dbt's. A value that is not understood is an error, and so is a word that is nearly one of them; any
other is the author's own, for templates and people.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from minidata.core.dialect.words import ELSEWHERE, check_no_slip, choice, flag, mapping, words
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place

Materialized = Literal["table", "view", "incremental", "ephemeral", "seed"]
Strategy = Literal["append", "delete+insert", "merge"]
OnSchemaChange = Literal["ignore", "fail", "append_new_columns", "sync_all_columns"]

# What is noted and changes nothing here: other databases' words, and what only dbt's own tools heed.
_NOTED = frozenset(
    {
        "access", "auto_refresh", "bind", "cluster_by", "concurrent_batches", "copy_grants", "database", "dist", "docs",
        "event_time", "file_format", "group", "labels", "on_configuration_change", "packages", "partition_by",
        "persist_docs", "query_tag",
        "severity", "snowflake_warehouse", "sort", "sort_type", "sql_header", "static_analysis", "transient",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Index:
    """An index of a Model's table: its *columns* in their order, and *method*, such as btree."""

    columns: tuple[str, ...]
    unique: bool = False
    method: str = "btree"


@dataclass(frozen=True)
class Hook:
    """SQL that a Model brings along, a template still; *place* is where it was written."""

    text: str
    place: Place


@dataclass(frozen=True)
class Config:
    """
    What a Model is configured to be, with dbt's words and defaults.

    *schema* and *alias* are what was asked for, None for nothing; *full_refresh* None leaves it to the command line.
    *said* is all of it as it was written, for templates that ask.
    """

    materialized: Materialized = "view"
    enabled: bool = True
    schema: str | None = None
    alias: str | None = None
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    pre_hook: tuple[Hook, ...] = ()
    post_hook: tuple[Hook, ...] = ()
    indexes: tuple[Index, ...] = ()
    grants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unlogged: bool = False
    contract: bool = False
    unique_key: tuple[str, ...] = ()
    incremental_strategy: Strategy | None = None
    on_schema_change: OnSchemaChange = "ignore"
    merge_update_columns: tuple[str, ...] = ()
    merge_exclude_columns: tuple[str, ...] = ()
    incremental_predicates: tuple[str, ...] = ()
    full_refresh: bool | None = None
    column_types: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ","
    quote_columns: bool = True
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def strategy(self) -> Strategy:
        """How an increment joins what is there, dbt-postgres's default where nothing is said."""
        return self.incremental_strategy or ("delete+insert" if self.unique_key else "append")


def read_config(said: Mapping[str, Any], place: Place, default: Materialized = "view") -> Config:
    """
    Understand what a Model says of itself in all places, the strongest word for each key.

    Raises UnknownName for a word that is none, ConfigError for a value that cannot be, naming *place*.
    """
    values: dict[str, Any] = {"materialized": default}
    for word, value in said.items():
        key = _OTHERWISE.get(word, word)
        if key in _READERS:
            if value is not None:
                values[key] = _READERS[key](key, value, place)
        elif key in _UNSUPPORTED:
            if value not in (None, False, [], {}, {"enforced": False}):
                raise ConfigError(f"{place}: {_UNSUPPORTED[key]} not supported", hint=ELSEWHERE)
        elif key not in _NOTED:
            check_no_slip("config", key, [*_READERS, *_NOTED], place)
    return Config(**values, said=dict(said))


_UNSUPPORTED = {
    "batch_size": "microbatches are",
    "begin": "microbatches are",
    "lookback": "microbatches are",
}


def _text(key: str, value: Any, place: Place) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{place}: {key} must be text and is {value!r}")
    return value


def _materialized(key: str, value: Any, place: Place) -> Any:
    # A materialized view is refreshed by who builds the models, and by nobody else: so a table is what it is.
    read = choice(*get_args(Materialized), hint=f"or {ELSEWHERE}")
    return read(key, "table" if value == "materialized_view" else value, place)


def _hooks(key: str, value: Any, place: Place) -> tuple[Hook, ...]:
    hooks = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return tuple(hook for one in hooks for hook in _hook(key, one, place))


def _hook(key: str, value: Any, place: Place) -> tuple[Hook, ...]:
    if isinstance(value, Hook):
        return (value,)
    said = value
    if isinstance(said, Mapping):
        if said.get("transaction") is False:
            raise ConfigError(f"{place}: a {key} outside of the transaction is not supported", hint=ELSEWHERE)
        said = said.get("sql")
    if not isinstance(said, str):
        raise ConfigError(f"{place}: {key} must be SQL, or a list of it")
    return (Hook(said, place),) if said.strip() else ()


def _indexes(key: str, value: Any, place: Place) -> tuple[Index, ...]:
    if not isinstance(value, list | tuple):
        raise ConfigError(f"{place}: {key} must be a list")
    return tuple(_index(one, place) for one in value)


def _index(value: Any, place: Place) -> Index:
    if not isinstance(value, Mapping) or not value.get("columns"):
        raise ConfigError(
            f"{place}: an index is said with its columns", hint="such as {'columns': ['id'], 'unique': true}"
        )
    for key in value:
        if key not in {"columns", "unique", "type"}:
            raise UnknownName("word of an index", key, ["columns", "unique", "type"], where=str(place))
    method = _text("type", value.get("type") or "btree", place)
    return Index(words("columns", value["columns"], place), flag("unique", value.get("unique", False), place), method)


def _grants(key: str, value: Any, place: Place) -> Mapping[str, tuple[str, ...]]:
    return {
        privilege.lstrip("+"): words(f"{key}.{privilege}", roles, place)
        for privilege, roles in mapping(key, value, place).items()
    }


def _enforced(key: str, value: Any, place: Place) -> bool:
    if isinstance(value, Mapping):
        return flag(f"{key}.enforced", value.get("enforced", False), place)
    return flag(key, value, place)


def _types(key: str, value: Any, place: Place) -> Mapping[str, str]:
    return {str(column): _text(f"{key}.{column}", type_, place) for column, type_ in mapping(key, value, place).items()}


# What dbt calls otherwise, too.
_OTHERWISE = {"predicates": "incremental_predicates"}
_READERS: Mapping[str, Callable[[str, Any, Place], Any]] = {
    "alias": _text,
    "column_types": _types,
    "contract": _enforced,
    "delimiter": _text,
    "enabled": flag,
    "full_refresh": flag,
    "grants": _grants,
    "incremental_strategy": choice(*get_args(Strategy), hint=f"or {ELSEWHERE}"),
    "incremental_predicates": words,
    "indexes": _indexes,
    "materialized": _materialized,
    "merge_exclude_columns": words,
    "merge_update_columns": words,
    "meta": mapping,
    "on_schema_change": choice(*get_args(OnSchemaChange), hint=f"or {ELSEWHERE}"),
    "post_hook": _hooks,
    "pre_hook": _hooks,
    "quote_columns": flag,
    "schema": _text,
    "tags": words,
    "unique_key": words,
    "unlogged": flag,
}

# All the words that mean something to dbt, where it could also be the name of a folder.
WORDS = frozenset({*_READERS, *_OTHERWISE, *_UNSUPPORTED, *_NOTED})
