"""JSON (RFC 8259): one array, or a document per line."""

import json
from collections.abc import Iterable, Iterator, Sequence

from minidata.core.answers import AnswerColumn, Row
from minidata.core.errors import ConfigError

_NO_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})


def json_array(columns: Sequence[AnswerColumn], rows: Iterable[Row]) -> Iterator[str]:
    """
    Yield one array of objects, a row each. Numbers keep every digit; NaN and Infinity, unknown to JSON, are text.

    Raises ConfigError for two columns of one name: an object could keep but one of them.
    """
    before = "[\n"
    for line in _objects(columns, rows):
        yield before + line
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def json_lines(columns: Sequence[AnswerColumn], rows: Iterable[Row]) -> Iterator[str]:
    """Yield one object a line (https://jsonlines.org); raises what json_array raises."""
    for line in _objects(columns, rows):
        yield line + "\n"


def _objects(columns: Sequence[AnswerColumn], rows: Iterable[Row]) -> Iterator[str]:
    names = [column.name for column in columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(
            f"two columns are called {twice!r}, which JSON cannot tell apart", hint="rename one with `as`"
        )
    kinds = [column.kind for column in columns]
    keys = [_text(name) + ": " for name in names]
    for row in rows:
        values = map(_value, kinds, row)
        yield "{" + ", ".join(key + value for key, value in zip(keys, values, strict=True)) + "}"


def _value(kind: str, value: str | None) -> str:
    if value is None:
        return "null"
    if kind == "number" and value not in _NO_NUMBERS:
        return value
    if kind == "boolean":
        return "true" if value == "t" else "false"
    # A document is JSON already; line breaks stand between its parts, never in a text, and would break a line of ours.
    return value.replace("\r", " ").replace("\n", " ") if kind == "json" else _text(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
