"""
Rows that are written down, for what a model reads in a unit test and for what it is expected to give.

They are mappings (``dict``), a text of comma-separated values, or a query, beside the test or in a file of its own.
"""

import csv
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from minidata.core.dialect.jinja import SqlFile
from minidata.core.dialect.variables import literal
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place
from minidata.core.queries.relations import quoted
from minidata.core.yamltext import Entry

Types = Mapping[str, str]
_FORMATS = ("dict", "csv", "sql")
_VALUES = "select * from (values {lines}) as given ({columns})"
# A text is not cut to the length that a type has: what is too long shows.
_LENGTH = re.compile(r"(character varying|varchar)\(\d+\)\Z")


@dataclass(frozen=True)
class Rows:
    """Rows that are written down at *place*: mappings, or a query as *sql*, a template still."""

    place: Place
    rows: tuple[Mapping[str, Any], ...] = ()
    sql: str = ""


def read_rows(said: Entry, files: Mapping[str, SqlFile]) -> Rows | None:
    """
    Return the rows that *said* has, or a file of *files* for it; None when it has none.

    Raises ConfigError, naming the line, for rows that are not of their format, UnknownName for a file.
    """
    form = said.text("format", "dict")
    if form not in _FORMATS:
        raise UnknownName("format of rows", form, _FORMATS, where=str(said.places["format"]))
    if said.get("rows") is not None and said.get("fixture") is not None:
        raise ConfigError(f"{said.places['fixture']}: there are rows and a fixture", hint="take one of them")
    place, rows = said.places.get("rows", said.place), said.get("rows")
    if said.get("fixture") is not None:
        place, rows = _of_file(said, form, files)
    if rows is None:
        return None
    if form == "dict":
        return Rows(place, tuple(_mappings(rows, place)))
    if not isinstance(rows, str):
        raise ConfigError(f"{place}: rows of the format {form} are text", hint="write it behind rows: |")
    return Rows(place, sql=rows) if form == "sql" else Rows(place, read_csv(rows, place))


def _of_file(said: Entry, form: str, files: Mapping[str, SqlFile]) -> tuple[Place, str]:
    name, where = said.text("fixture"), said.places["fixture"]
    if form == "dict":
        raise ConfigError(f"{where}: a fixture is of the format csv or sql", hint="say format: csv")
    found = files.get(f"{name}.{form}")
    if found is None:
        known = [file.removesuffix(f".{form}") for file in files if file.endswith(f".{form}")]
        raise UnknownName(f"{form} fixture", name, known, where=str(where), hint="write it to tests/fixtures")
    return Place(found.path), found.text


def _mappings(rows: Any, place: Place) -> Sequence[Mapping[str, Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, Entry) for row in rows):
        raise ConfigError(f"{place}: rows must be a list of mappings", hint="such as - {id: 1, status: placed}")
    return rows


def read_csv(text: str, place: Place) -> tuple[Mapping[str, Any], ...]:
    """Return the rows of a CSV with a header; an empty cell is null, as dbt has it. Raises ConfigError."""
    reader = csv.reader(StringIO(text.lstrip("\n")), strict=True)
    try:
        lines = [line for line in reader if line]
    except csv.Error as exc:
        raise ConfigError(f"{place}: it is no CSV: {exc}") from None
    header = [name.strip() for name in lines[0]] if lines else []
    if len(set(header)) < len(header):
        raise ConfigError(f"{place}: a column is there twice: {', '.join(header)}")
    for line in lines[1:]:
        if len(line) > len(header):
            raise ConfigError(f"{place}: a row has {len(line)} cells and the header {len(header)}: {','.join(line)}")
    return tuple(
        {name: cell or None for name, cell in zip(header, [*line, *[""] * len(header)], strict=False)}
        for line in lines[1:]
    )


def values(rows: Rows, types: Types, of: str, *, between: str = ", ") -> str:
    """
    Return a query for *rows* of a relation with columns of these *types*; what a row leaves out is null.

    It is on one line unless *between* two rows is more than that. *of* is what the rows are of, for messages. Raises
    UnknownName for a column that is none, ConfigError for a value.
    """
    placed = [_placed(row, types, rows.place, of) for row in rows.rows]
    lines = ["(" + ", ".join(_cell(row.get(name), type_) for name, type_ in types.items()) + ")" for row in placed]
    if not lines:
        return empty(types)
    return _VALUES.format(lines=between.join(lines), columns=", ".join(map(quoted, types)))


def empty(types: Types) -> str:
    """Return a query, on one line, for no rows of a relation with columns of these *types*."""
    return "select " + ", ".join(f"{_cell(None, kind)} as {quoted(name)}" for name, kind in types.items()) + " limit 0"


def column_called(name: str, types: Types, place: Place, of: str) -> str:
    """Return the column that is meant by *name*, in whatever case it is written. Raises UnknownName."""
    if name in types:
        return name
    found = next((column for column in types if column.lower() == name.lower()), None)
    if found is None:
        raise UnknownName(f"column of {of}", name, types, where=str(place))
    return found


def _placed(row: Mapping[str, Any], types: Types, place: Place, of: str) -> Mapping[str, Any]:
    where = row.place if isinstance(row, Entry) else place
    return {column_called(name, types, where, of): value for name, value in row.items()}


def _cell(value: Any, type_: str) -> str:
    wanted = _LENGTH.sub(r"\1", type_) if isinstance(value, str) else type_
    return f"cast({_written(value, type_)} as {wanted})"


def _written(value: Any, type_: str) -> str:
    if type_ in {"json", "jsonb"} and not isinstance(value, str | None):
        return literal(json.dumps(value, ensure_ascii=False))
    if isinstance(value, list):
        return literal(_array(value) if type_.endswith("[]") else json.dumps(value, ensure_ascii=False))
    if isinstance(value, Mapping):
        return literal(json.dumps(value, ensure_ascii=False))
    if isinstance(value, float):
        # Such as .inf, which has no literal.
        return literal(repr(value)) if value in {float("inf"), float("-inf")} or value != value else repr(value)  # noqa: PLR0124 - only NaN is not itself
    return literal(value)


def _array(value: Any) -> str:
    """Return a list as Postgres reads an array."""
    if isinstance(value, list):
        return "{" + ",".join(map(_array, value)) + "}"
    if value is None:
        return "null"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
