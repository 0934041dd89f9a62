"""
The twins of a Stream's tables, which a rebuild fills beside them.

A twin says in its comment what it is and what it is made by: the Row and whatever of the Stream decides over its rows.
One that is made by something else now is no use any more, and is begun anew.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger.forgetting import forget
from minidata.adapters.database.shaping.tables import ensure_tables
from minidata.adapters.database.targets import Target
from minidata.core.errors import LockedError

_MARKED = """
select n.nspname, c.relname, obj_description(c.oid, 'pg_class')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and starts_with(obj_description(c.oid, 'pg_class'), %s) order by 1, 2
"""
_PREFIX = "minidata is rebuilding "
_TRY = "select pg_try_advisory_lock(hashtextextended(%s, 0))"
_RELEASE = "select pg_advisory_unlock(hashtextextended(%s, 0))"


@contextmanager
def rebuilding(database: Database, target: Target) -> Iterator[None]:
    """Be the only one who rebuilds the tables of *target*; raise LockedError when somebody else does."""
    name = _prefix(target)
    if database.one(_TRY, [name]) != (True,):
        raise LockedError(f"{target.label} is being rebuilt already", hint="wait for that to end")
    try:
        yield
    finally:
        if not database.connection.closed:
            database.run(_RELEASE, [name])


def begin(database: Database, target: Target) -> bool:
    """
    Make the twins of *target* where they are missing; return whether an earlier rebuild of the same kind goes on.

    Raises what ensure_tables() raises.
    """
    twin = replace(target, rebuild=True)
    mark = f"{_prefix(target)}{_kind(target)}"
    there = database.rows(_MARKED, [_prefix(target)])
    wanted = {twin.name(table).as_string() for table in twin.tables}
    found = {sql.Identifier(schema, name).as_string() for schema, name, said in there if said == mark}
    if there and found == wanted and len(there) == len(wanted):
        return True
    with database.transaction():
        drop(database, target)
        ensure_tables(database, twin)
        for table in twin.tables:
            database.run(sql.SQL("comment on table {} is {}").format(twin.name(table), sql.Literal(mark)))
    return False


def drop(database: Database, target: Target) -> None:
    """Drop whatever twins there are of the tables of *target*, and forget what was loaded into them."""
    for schema, name, _ in database.rows(_MARKED, [_prefix(target)]):
        database.run(sql.SQL("drop table {}").format(sql.Identifier(schema, name)))
    forget(database, replace(target, rebuild=True))


def unfinished(database: Database) -> tuple[str, ...]:
    """Return the Streams of which there are twins, as ``source.stream``: their rebuild was begun and not finished."""
    marks = (said.removeprefix(_PREFIX).partition(":")[0] for _, _, said in database.rows(_MARKED, [_PREFIX]))
    return tuple(dict.fromkeys(marks))


def _prefix(target: Target) -> str:
    return f"{_PREFIX}{target.label}: "


def _kind(target: Target) -> str:
    """Return what changes when other rows would be loaded: the Row's fingerprint, and what the Stream says of them."""
    stream = target.stream
    says = (stream.keys, stream.writes, stream.records, stream.format, stream.deleted, stream.max_quarantined)
    return f"{target.fingerprint}-{hashlib.sha256(repr(says).encode()).hexdigest()[:16]}"
