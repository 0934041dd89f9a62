"""
Tables made from Rows: their DDL, and the changes that are safe to make to one that is there.

A new nullable column and another set of allowed values are applied; everything else is refused with the difference.
What to do then is always the same: drop the table. One that is missing is made and filled again from the object store.
"""

import hashlib
import json
from collections.abc import Iterator

from psycopg import sql
from psycopg.errors import CheckViolation

from minidata.adapters.database import ledger
from minidata.adapters.database.connection import Database
from minidata.core.columns import OBJECT, RECORD, Column
from minidata.core.errors import EngineError, RefusedError
from minidata.core.names import MAX_BYTES
from minidata.core.source import Stream

_COLUMNS = """
select a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull
from pg_attribute a where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped
"""
_KEY = """
select array(select a.attname::text from pg_attribute a where a.attrelid = i.indrelid and a.attnum = any (i.indkey))
from pg_index i where i.indrelid = to_regclass(%s) and i.indisprimary
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
        ledger.serialize_making(database)
        present = _present(database, schema, stream.name)
        if present:
            _check_like_row(database, schema, stream, present)
            _check_known(database, schema, stream)
        else:
            # Whatever was loaded went into a table that somebody has dropped.
            ledger.forget(database, schema, stream.name)
        steps = _additions(schema, stream, present) if present else _creation(schema, stream)
        for step in (*steps, *_checks(database, schema, stream)):
            _apply(database, schema, stream, step)
            changes.append(step)
    return tuple(change.as_string() for change in changes)


def create_statement(schema: str, stream: Stream) -> sql.Composed:
    """Return the CREATE TABLE of the Stream: its Row's columns, the trace, and the key."""
    return sql.SQL("create table {} (\n  {},\n  primary key ({})\n)").format(
        sql.Identifier(schema, stream.name),
        sql.SQL(",\n  ").join(
            [
                *(_definition(column, stream) for column in stream.columns),
                sql.SQL("{} integer not null").format(sql.Identifier(RECORD)),
                sql.SQL("{} bigint not null").format(sql.Identifier(OBJECT)),
            ]
        ),
        sql.SQL(", ").join(map(sql.Identifier, _key(stream))),
    )


def _key(stream: Stream) -> tuple[str, ...]:
    return stream.keys if stream.merges else (OBJECT, RECORD)


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
    null = "" if column.nullable else " not null"
    return sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type + collation + null))


def _present(database: Database, schema: str, table: str) -> dict[str, tuple[str, bool]]:
    """Return the table's columns: name → (type, nullable); empty when there is no table."""
    name = sql.Identifier(schema, table).as_string()
    return {column: (kind, nullable) for column, kind, nullable in database.rows(_COLUMNS, [name])}


def _additions(schema: str, stream: Stream, present: dict[str, tuple[str, bool]]) -> Iterator[sql.Composed]:
    for column in stream.columns:
        if column.name not in present:
            yield sql.SQL("alter table {} add column {}").format(
                sql.Identifier(schema, stream.name), _definition(column, stream)
            )


def _check_like_row(database: Database, schema: str, stream: Stream, present: dict[str, tuple[str, bool]]) -> None:
    differences = [*_differences(stream, present), *_differences_of_key(database, schema, stream)]
    if differences:
        raise _refused(schema, stream, f"is not as its Row says: {'; '.join(differences)}")


def _differences(stream: Stream, present: dict[str, tuple[str, bool]]) -> Iterator[str]:
    for column in stream.columns:
        kind, nullable = present.get(column.name, ("", True))
        wanted = _long_name(column.type)
        if column.name not in present:
            if not column.nullable:
                yield f"{column.name} is new and not Optional"
        elif kind != wanted:
            yield f"{column.name} is {kind}, the Row says {wanted}"
        elif nullable != column.nullable:
            yield f"{column.name} is {'' if nullable else 'not '}nullable, the Row differs"
    names = {column.name for column in stream.columns}
    yield from (f"it has no column {name}" for name in (OBJECT, RECORD) if name not in present)
    yield from (
        f"{name} is not in the Row" for name in present if name not in {*names, OBJECT, RECORD} and not present[name][1]
    )


def _differences_of_key(database: Database, schema: str, stream: Stream) -> Iterator[str]:
    row = database.one(_KEY, [sql.Identifier(schema, stream.name).as_string()])
    there, wanted = row[0] if row else [], _key(stream)
    if set(there) != set(wanted):
        yield f"its key is ({', '.join(there)}), the Stream's is ({', '.join(wanted)})"


def _check_known(database: Database, schema: str, stream: Stream) -> None:
    """Refuse a table with rows but nothing in the ledger: what they come from is not known any more."""
    # One statement, so one snapshot: another loader writes both together.
    query = sql.SQL(
        "select exists (select from {}) and not exists (select from minidata.object where source = %s and stream = %s)"
    ).format(sql.Identifier(schema, stream.name))
    if database.one(query, [schema, stream.name]) == (True,):
        raise _refused(schema, stream, "has rows of which the ledger knows nothing")


def _refused(schema: str, stream: Stream, why: str) -> RefusedError:
    name = sql.Identifier(schema, stream.name).as_string()
    return RefusedError(
        f"table {schema}.{stream.name} {why}",
        hint=f"`drop table {name}` in the database, then `minidata load` makes it again from the object store",
    )


def _checks(database: Database, schema: str, stream: Stream) -> Iterator[sql.Composed]:
    """Yield what makes the checks of allowed values those of the Row; a check keeps its values as its comment."""
    table = sql.Identifier(schema, stream.name)
    there = dict(database.rows(_CHECKS, [table.as_string()]))
    for column in stream.columns:
        name, values = _check_name(column), json.dumps(column.allowed)
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
            raise _refused(schema, stream, "has values that the Row no longer allows") from exc
        raise


def _check_name(column: Column) -> str:
    """Return what the column's check is called; Postgres would cut a long name itself, and we not find it again."""
    name = f"{column.name}_allowed"
    if len(name.encode()) <= MAX_BYTES:
        return name
    return f"allowed_{hashlib.sha256(column.name.encode()).hexdigest()[:16]}"


def _long_name(kind: str) -> str:
    return _LONG_NAMES.get(kind, kind)
