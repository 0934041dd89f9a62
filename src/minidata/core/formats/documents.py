"""JSON (RFC 8259): one array, or a document per line."""

import json
from collections.abc import Iterable, Iterator, Sequence

from minidata.core.answers import AnswerColumn, Row

_NO_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})


def json_array(columns: Sequence[AnswerColumn], rows: Iterable[Row]) -> Iterator[str]:
    """Yield one array of objects, a row each. Numbers keep every digit; NaN and Infinity, unknown to JSON, are text."""
    before = "[\n"
    for line in _objects(columns, rows):
        yield before + line
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def json_lines(columns: Sequence[AnswerColumn], rows: Iterable[Row]) -> Iterator[str]:
    """Yield one object a line (https://jsonlines.org)."""
    for line in _objects(columns, rows):
        yield line + "\n"


def _objects(columns: Sequence[AnswerColumn], rows: Iterable[Row]) -> Iterator[str]:
    kinds = [column.kind for column in columns]
    keys = [_text(column.name) + ": " for column in columns]
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
    # A document is JSON already; only its line breaks could break a line.
    return " ".join(value.splitlines()) if kind == "json" else _text(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
