"""
How a test is run: the words of its config, understood.

Words and defaults are dbt's, and so is their order: what the project file says of folders, then the test's macro or
file, then what is written beside what it tests.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from minidata.core.dialect.words import check_no_slip, choice, flag, mapping, words
from minidata.core.errors import ConfigError
from minidata.core.places import Place
from minidata.core.properties.rules import SETTINGS
from minidata.core.queries.sqltext import check_piece

Severity = Literal["error", "warn"]
# What is noted and changes nothing here.
_NOTED = frozenset({"database", "docs", "group", "materialized", "package_name", "schema", "sql_header"})
_SQL = frozenset({"error_if", "fail_calc", "warn_if", "where"})


@dataclass(frozen=True)
class DataTestConfig:
    """
    How a test is run, with dbt's words and defaults.

    *fail_calc* is what is compared with *warn_if* and *error_if*, over at most *limit* of the failing rows. *said* is
    all of it as it was written.
    """

    severity: Severity = "error"
    enabled: bool = True
    where: str = ""
    limit: int | None = None
    fail_calc: str = "count(*)"
    warn_if: str = "!= 0"
    error_if: str = "!= 0"
    store_failures: bool = True
    alias: str = ""
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)


def read_test_config(said: Mapping[str, Any], place: Place) -> DataTestConfig:
    """
    Understand what is *said* of a test in all places, the strongest word for each key.

    Raises UnknownName for a word that is nearly one, ConfigError for a value that cannot be, naming *place*.
    """
    values: dict[str, Any] = {}
    for key, value in said.items():
        if key in _READERS and value is not None:
            values[key] = _READERS[key](key, value, place)
        elif key not in _READERS and key not in _NOTED:
            check_no_slip("config of a test", key, SETTINGS, place)
    kept_as = values.pop("store_failures_as", None)
    if kept_as is not None:
        values["store_failures"] = kept_as != "ephemeral"
    for key in _SQL & values.keys():
        check_piece(values[key], place)
    return DataTestConfig(**values, said=dict(said))


def _severity(_: str, value: Any, place: Place) -> Severity:
    found = value.lower() if isinstance(value, str) else value
    if found not in {"error", "warn"}:
        raise ConfigError(f"{place}: severity is {value!r}", hint="say error or warn")
    return "warn" if found == "warn" else "error"


def _text(key: str, value: Any, place: Place) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ConfigError(f"{place}: {key} must be SQL and is {value!r}")
    return str(value).strip()


def _comparison(key: str, value: Any, place: Place) -> str:
    text = _text(key, value, place)
    if not text or text[0].isdigit():
        raise ConfigError(f"{place}: {key} is {value!r}", hint="it begins with what compares, such as '> 10'")
    return text


def _limit(key: str, value: Any, place: Place) -> int:
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigError(f"{place}: {key} is {value!r}", hint="it is a number of rows")
    return value


_READERS: Mapping[str, Callable[[str, Any, Place], Any]] = {
    "alias": _text,
    "enabled": flag,
    "error_if": _comparison,
    "fail_calc": _text,
    "limit": _limit,
    "meta": mapping,
    "severity": _severity,
    "store_failures": flag,
    "store_failures_as": choice("ephemeral", "table", "view"),
    "tags": words,
    "warn_if": _comparison,
    "where": _text,
}

# All the words that mean something to dbt, where it could also be the name of a folder.
WORDS = frozenset({*_READERS, *_NOTED})
