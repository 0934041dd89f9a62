"""
Tables made from Rows: their DDL, and the changes that are safe to make to one that is there.

A new nullable column and another set of allowed values are applied; everything else is refused with the difference.
"""

import json
from collections.abc import Iterator

from psycopg import sql
from psycopg.errors import CheckViolation

from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger import serialize_making
from minidata.core.columns import OBJECT, RECORD, Column
from minidata.core.errors import EngineError, RefusedError
from minidata.core.source import Stream

_COLUMNS = """
select a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull
from pg_attribute a where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped
"""
_CHECKS = """
select conname, obj_description(oid, 'pg_constraint') from pg_constraint
where conrelid = to_regclass(%s) and contype = 'c'
"""
# What Postgres calls the types that we write shorter.
_LONG_NAMES = {
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "time": "time without time zone",
}


def ensure_table(database: Database, schema: str, stream: Stream) -> tuple[str, ...]:
    """
    Make the Stream's table, or bring it up to its Row; return what was changed, as the statements that did it.

    All or nothing. Raises RefusedError when the table differs in a way that could lose something.
    """
    changes: list[sql.Composed] = []
    with database.transaction():
        serialize_making(database)
        present = _present(database, schema, stream.name)
        steps = _changes(schema, stream, present) if present else _creation(schema, stream)
        for step in (*steps, *_checks(database, schema, stream)):
            _apply(database, schema, stream, step)
            changes.append(step)
    return tuple(change.as_string() for change in changes)


def create_statement(schema: str, stream: Stream) -> sql.Composed:
    """Return the CREATE TABLE of the Stream: its Row's columns, the trace, and the key."""
    key = stream.keys if stream.merges else (OBJECT, RECORD)
    return sql.SQL("create table {} (\n  {},\n  primary key ({})\n)").format(
        sql.Identifier(schema, stream.name),
        sql.SQL(",\n  ").join(
            [
                *(_definition(column, stream) for column in stream.columns),
                sql.SQL("{} integer not null").format(sql.Identifier(RECORD)),
                sql.SQL("{} bigint not null").format(sql.Identifier(OBJECT)),
            ]
        ),
        sql.SQL(", ").join(map(sql.Identifier, key)),
    )


def _creation(schema: str, stream: Stream) -> Iterator[sql.Composed]:
    yield sql.SQL("create schema if not exists {}").format(sql.Identifier(schema))
    yield create_statement(schema, stream)
    for column in stream.columns:
        if column.comment:
            yield sql.SQL("comment on column {} is {}").format(
                sql.Identifier(schema, stream.name, column.name), sql.Literal(column.comment)
            )


def _definition(column: Column, stream: Stream) -> sql.Composed:
    # A key's order is that of its bytes: it must not change when the operating system's collation does.
    collation = ' collate pg_catalog."C"' if column.type == "text" and column.name in stream.keys else ""
    return sql.SQL("{} {}{}").format(
        sql.Identifier(column.name),
        sql.SQL(column.type + collation),
        sql.SQL("" if column.nullable else " not null"),
    )


def _present(database: Database, schema: str, table: str) -> dict[str, tuple[str, bool]]:
    """Return the table's columns: name → (type, nullable); empty when there is no table."""
    name = sql.Identifier(schema, table).as_string()
    return {column: (kind, nullable) for column, kind, nullable in database.rows(_COLUMNS, [name])}


def _changes(schema: str, stream: Stream, present: dict[str, tuple[str, bool]]) -> Iterator[sql.Composed]:
    table = sql.Identifier(schema, stream.name)
    differences: list[str] = []
    for column in stream.columns:
        wanted = _long_name(column.type)
        if column.name not in present:
            if not column.nullable:
                differences.append(f"{column.name} is new and not Optional")
            yield sql.SQL("alter table {} add column {}").format(table, _definition(column, stream))
        elif present[column.name][0] != wanted:
            differences.append(f"{column.name} is {present[column.name][0]}, the Row says {wanted}")
        elif present[column.name][1] != column.nullable:
            differences.append(f"{column.name} is {'' if present[column.name][1] else 'not '}nullable, the Row differs")
    names = {column.name for column in stream.columns} | {OBJECT, RECORD}
    differences += [f"{name} is not in the Row" for name in present if name not in names and not present[name][1]]
    if differences:
        raise RefusedError(
            f"table {schema}.{stream.name} is not as its Row says: {'; '.join(differences)}",
            hint=f"`minidata load --rebuild {schema}.{stream.name}` makes it again from the object store",
        )


def _checks(database: Database, schema: str, stream: Stream) -> Iterator[sql.Composed]:
    """Yield what makes the checks of allowed values those of the Row; a check keeps its values as its comment."""
    table = sql.Identifier(schema, stream.name)
    there = dict(database.rows(_CHECKS, [table.as_string()]))
    for column in stream.columns:
        name, values = f"{column.name}_allowed"[-63:], json.dumps(column.allowed)
        if there.get(name) == values or (not column.allowed and name not in there):
            continue
        constraint = sql.Identifier(name)
        if name in there:
            yield sql.SQL("alter table {} drop constraint {}").format(table, constraint)
        if column.allowed:
            yield sql.SQL("alter table {} add constraint {} check ({} = any (array[{}]))").format(
                table,
                constraint,
                sql.Identifier(column.name),
                sql.SQL(", ").join(map(sql.Literal, column.allowed)),
            )
            yield sql.SQL("comment on constraint {} on {} is {}").format(constraint, table, sql.Literal(values))


def _apply(database: Database, schema: str, stream: Stream, step: sql.Composed) -> None:
    try:
        database.run(step)
    except EngineError as exc:
        if isinstance(exc.__cause__, CheckViolation):
            raise RefusedError(
                f"rows of {schema}.{stream.name} have values that the Row no longer allows",
                hint=f"`minidata load --rebuild {schema}.{stream.name}` makes it again from the object store",
            ) from exc
        raise


def _long_name(kind: str) -> str:
    return _LONG_NAMES.get(kind, kind)
