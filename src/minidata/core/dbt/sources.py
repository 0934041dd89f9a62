"""What dbt is told of Sources' tables, as a file of properties: made of the Rows, so that it is as they are."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import yaml

from minidata.core.columns import Column
from minidata.core.marks import OBJECT
from minidata.core.queries.relations import quoted
from minidata.core.queries.reserved import RESERVED
from minidata.core.source import Source
from minidata.core.tables import Table, tables_of

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
# What would begin an expression of a template: all texts of the file are ones.
_BEGINS = re.compile(r"\{(?=[{%#])")


def sources_file(sources: Iterable[Source], declared: Collection[tuple[str, str]], *, tested: Collection[str]) -> str:
    """
    Return a file that declares the tables of *sources* that are not *declared* yet; "" when all of them are.

    Of those that are *tested*, by their names, dbt tests what a Load holds anyway: keys, what may be null, and the
    values that a Literal names.
    """
    told = [entry for source in sources if (entry := _source(source, declared, tests=source.name in tested))]
    return (
        yaml.safe_dump({"version": 2, "sources": told}, sort_keys=False, allow_unicode=True, width=120) if told else ""
    )


def _source(source: Source, declared: Collection[tuple[str, str]], *, tests: bool) -> dict[str, Any] | None:
    tables = [
        _table(table, tests=tests)
        for stream in source.streams
        for table in tables_of(stream)
        if (source.name, table.name) not in declared
    ]
    return {"name": source.name, "schema": source.name, "tables": tables} if tables else None


def _table(table: Table, *, tests: bool) -> dict[str, Any]:
    key = () if table.periods or OBJECT in table.key else table.key
    rules = [{"unique": {"column_name": f"row({', '.join(map(quoted, key))})"}}] if len(key) > 1 else []
    said: dict[str, Any] = {"name": table.name}
    comment = (vars(table.row).get("__doc__") or "").strip()
    if comment:
        said["description"] = _literal(" ".join(comment.split()))
    if rules and tests:
        # dbt has no test of its own for a key of several columns.
        said["data_tests"] = rules
    said["columns"] = [_column(column, is_key=key == (column.name,), tests=tests) for column in table.columns]
    return said


def _column(column: Column, *, is_key: bool, tests: bool) -> dict[str, Any]:
    said: dict[str, Any] = {"name": column.name, "data_type": column.type}
    if column.comment:
        said["description"] = _literal(column.comment)
    if not _PLAIN.fullmatch(column.name) or column.name in RESERVED:
        said["quote"] = True
    rules = list(_rules(column, is_key=is_key)) if tests else []
    if rules:
        said["data_tests"] = rules
    return said


def _rules(column: Column, *, is_key: bool) -> Iterator[Any]:
    if is_key:
        yield "unique"
    if not column.nullable:
        yield "not_null"
    if column.allowed:
        values = [_literal(value) if isinstance(value, str) else value for value in column.allowed]
        unquoted = {} if all(isinstance(value, str) for value in values) else {"quote": False}
        yield {"accepted_values": {"values": values, **unquoted}}


def _literal(text: str) -> str:
    return _BEGINS.sub("{{ '{' }}", text)
