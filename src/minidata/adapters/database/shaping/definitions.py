"""The tables of a Target as DDL: what a Load makes where there is nothing yet."""

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from psycopg import sql

from minidata.adapters.database.targets import Target
from minidata.core.columns import Column
from minidata.core.marks import OBJECT, RECORD, VALID_FROM, VALID_TO
from minidata.core.names import MAX_BYTES
from minidata.core.tables import Table

# A key's order is that of its bytes: it must not change when the operating system's collation does.
KEY_COLLATION = "C"
CLOSED_BY = "_closed_by"
_TRACE = (Column(RECORD, "integer", nullable=False), Column(OBJECT, "bigint", nullable=False))
_PERIODS = (
    Column(VALID_FROM, "timestamptz", nullable=False),
    Column(VALID_TO, "timestamptz", nullable=True),
    Column(CLOSED_BY, "bigint", nullable=True),
)
# As Postgres spells it.
_VALID_NOW = f"({VALID_TO} IS NULL)"
_READERS = """
select from pg_depend d join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where d.refclassid = 'pg_class'::regclass and d.refobjid = to_regclass({}) and a.attname = {}
  and d.classid = 'pg_rewrite'::regclass limit 1
"""
# What Postgres calls the types that we write shorter.
_LONG_NAMES = {
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "time": "time without time zone",
}


@dataclass(frozen=True, slots=True)
class Index:
    """An index besides that of the primary key: its columns, and the rows that it holds ("" for all)."""

    columns: tuple[str, ...]
    where: str
    unique: bool


def columns_of_table(table: Table) -> tuple[Column, ...]:
    """Return all columns of *table*: those of a line, the periods of a history, and the trace."""
    return (*table.columns, *(_PERIODS if table.periods else ()), *_TRACE)


def collation_of(target: Target, table: Table, column: Column) -> str:
    """Return the collation that *column* must have, "" for the database's own."""
    in_key = column.name in target.stream.keys if table is target.root else column in table.links
    return KEY_COLLATION if in_key and column.type == "text" else ""


def indexes_of(target: Target, table: Table) -> tuple[Index, ...]:
    """Return the indexes of *table* besides its primary key, which serves joins with the parent too."""
    return _of_history(target.stream.keys) if table.periods else ()


def history_indexes(found: Collection[Index]) -> tuple[Index, ...]:
    """Return those of the indexes *found* that a history has made, for whatever key."""
    keys = [index.columns for index in found if index.unique and index.where == _VALID_NOW]
    return tuple(index for key in keys for index in _of_history(key) if index in found)


def _of_history(keys: tuple[str, ...]) -> tuple[Index, ...]:
    return (Index(keys, _VALID_NOW, unique=True), Index((*keys, VALID_FROM), "", unique=False))


def create_statements(target: Target, table: Table) -> Iterator[sql.Composed]:
    """Yield what makes *table*, in a schema that is there."""
    lines = [definition(target, table, column) for column in columns_of_table(table)]
    key = sql.SQL(", ").join(map(sql.Identifier, table.key))
    yield sql.SQL("create table {} (\n  {},\n  primary key ({})\n)").format(
        target.name(table), sql.SQL(",\n  ").join(lines), key
    )
    for index in indexes_of(target, table):
        yield create_index(target, table, index)
    if table.path:
        yield add_origin(target, table)
    for column in table.columns:
        if column.allowed:
            yield from add_check(target, table, column)
        if column.comment:
            yield add_comment(target, table, column)


def definition(target: Target, table: Table, column: Column) -> sql.Composed:
    """Return *column* as CREATE TABLE and ADD COLUMN have it."""
    collation = collation_of(target, table, column)
    collate = f' collate pg_catalog."{collation}"' if collation else ""
    null = "" if column.nullable else " not null"
    return sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type + collate + null))


def create_index(target: Target, table: Table, index: Index) -> sql.Composed:
    """Return what makes *index*, under a name that Postgres finds for it."""
    return sql.SQL("create {}index on {} ({}){}").format(
        sql.SQL("unique " if index.unique else ""),
        target.name(table),
        sql.SQL(", ").join(map(sql.Identifier, index.columns)),
        sql.SQL(f" where {index.where}" if index.where else ""),
    )


def add_check(target: Target, table: Table, column: Column) -> Iterator[sql.Composed]:
    """Yield what allows *column* nothing but its values; the check keeps them as its comment, to be known again."""
    name = sql.Identifier(check_name(column.name))
    yield sql.SQL("alter table {} add constraint {} check ({})").format(target.name(table), name, _allowed(column))
    yield sql.SQL("comment on constraint {} on {} is {}").format(
        name, target.name(table), sql.Literal(values_of(column))
    )


def rows_not_allowed(target: Target, table: Table, column: Column) -> sql.Composed:
    """Return the query for a row that the check of *column* would refuse."""
    return sql.SQL("select from {} where not ({}) limit 1").format(target.name(table), _allowed(column))


def readers(target: Target, table: Table, column: Column) -> sql.Composed:
    """Return the query for a view, or a rule, that reads *column*."""
    return sql.SQL(_READERS).format(sql.Literal(target.name(table).as_string()), sql.Literal(column.name))


def _allowed(column: Column) -> sql.Composed:
    values = sql.SQL(", ").join(map(sql.Literal, column.allowed))
    return sql.SQL("{} = any (array[{}])").format(sql.Identifier(column.name), values)


def add_origin(target: Target, table: Table) -> sql.Composed:
    """Return what writes beside *table* which list it holds, "" for none: by that it is known when the list is gone."""
    origin = f"{origin_of(target)}{'.'.join(table.path)}" if table.path else None
    return sql.SQL("comment on table {} is {}").format(target.name(table), sql.Literal(origin))


def origin_of(target: Target) -> str:
    """Return how the comments of the child tables of *target* begin."""
    return f"Made by minidata from {target.label}: "


def add_comment(target: Target, table: Table, column: Column) -> sql.Composed:
    """Return what writes the field's description beside its column."""
    return sql.SQL("comment on column {}.{} is {}").format(
        target.name(table), sql.Identifier(column.name), sql.Literal(column.comment)
    )


def check_name(column: str) -> str:
    """Return what a column's check is called; Postgres would cut a long name itself, and we not find it again."""
    name = f"{column}_allowed"
    if len(name.encode()) <= MAX_BYTES:
        return name
    return f"allowed_{hashlib.sha256(column.encode()).hexdigest()[:16]}"


def values_of(column: Column) -> str:
    """Return the values that *column* allows, as its check's comment has them."""
    return json.dumps(column.allowed)


def long_name(kind: str) -> str:
    """Return what Postgres says for the type that we call *kind*."""
    return _LONG_NAMES.get(kind, kind)
