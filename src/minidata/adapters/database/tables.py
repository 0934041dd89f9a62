"""
Tables made from Rows: made where they are missing, and changed where their Row was and that is safe.

What differs is found before anything is written. Whatever a Load applies and refuses is what `schema diff` prints: both
ask `differences_of`.
"""

from collections.abc import Iterable, Mapping

from psycopg import sql
from psycopg.errors import CheckViolation, InsufficientPrivilege

from minidata.adapters.database import ledger
from minidata.adapters.database.catalog import Present, present
from minidata.adapters.database.connection import Database, Query
from minidata.adapters.database.differences import Difference, Known, differences
from minidata.adapters.database.ownership import lacking
from minidata.adapters.database.targets import Target
from minidata.core.columns import OBJECT
from minidata.core.errors import EngineError, RefusedError
from minidata.core.rows import fingerprint
from minidata.core.source import Stream
from minidata.core.tables import Table

_NEWEST = "select row_fingerprint from minidata.object where source = %s and stream = %s order by id desc limit 1"


def ensure_table(database: Database, schema: str, stream: Stream) -> tuple[str, ...]:
    """Do what `ensure_tables` does for the tables of *stream* in *schema*."""
    return ensure_tables(database, Target(schema, stream, fingerprint(stream.row)))


def ensure_tables(database: Database, target: Target) -> tuple[str, ...]:
    """
    Make the tables of *target*, or bring them up to their Row; return what was changed, as the statements that did it.

    All or nothing; nothing is dropped. Raises RefusedError when a table differs in a way that could lose something, or
    is not ours, and EngineError, with the grant, when the role may not make or change it.
    """
    if not differences_of(database, target):
        return ()
    with database.transaction():
        ledger.serialize_making(database)
        found = differences_of(database, target)
        _check_safe(target, found)
        if not any(_there(database, target).values()):
            # Whatever was loaded went into tables that somebody has dropped.
            ledger.forget(database, target.source, target.stream.name)
        made = _make_schema(database, target)
        for one in found:
            _apply(database, target, one)
    return (*made, *(line for one in found for line in told(target, one)))


def differences_of(database: Database, target: Target) -> tuple[Difference, ...]:
    """
    Return how the tables of *target* differ from the Row, in the order in which they are to be changed.

    Changes nothing. Raises RefusedError when there are rows of which the ledger knows nothing.
    """
    there = _there(database, target)
    newest = _newest(database, target)
    if newest is None:
        _check_unfilled(database, target, there)
    known = Known(rows=newest is not None, now=newest == target.fingerprint)
    return tuple(differences(target, there, known))


def told(target: Target, difference: Difference) -> tuple[str, ...]:
    """Return the statements of *difference*; what they leave behind follows the last one, as a comment."""
    lines = [statement.as_string() for statement in difference.statements]
    if difference.note:
        lines[-1] += f"  -- {difference.note}: `{rebuild_command(target)}` fills it from the object store"
    return tuple(lines)


def rebuild_command(target: Target) -> str:
    """Return the command that makes the tables of *target* anew."""
    return f"minidata load --rebuild {target.source}.{target.stream.name}"


def _there(database: Database, target: Target) -> dict[str, Present | None]:
    return {table.name: present(database, target.name(table)) for table in target.tables}


def _newest(database: Database, target: Target) -> str | None:
    """Return the fingerprint of the Row by which the newest object was loaded; None when none was."""
    if database.one("select to_regclass('minidata.object')") == (None,):
        return None
    found = database.one(_NEWEST, [target.source, target.stream.name])
    return found[0] if found else None


def _check_unfilled(database: Database, target: Target, there: Mapping[str, Present | None]) -> None:
    """Refuse tables of ours with rows, when the ledger has none: what they come from is not known any more."""
    for table in target.tables:
        found = there[table.name]
        if found and OBJECT in found.columns and _has_rows_unknown(database, target, table):
            raise RefusedError(
                f"table {target.source}.{table.name} has rows of which the ledger knows nothing",
                hint=_remade(target),
            )


def _has_rows_unknown(database: Database, target: Target, table: Table) -> bool:
    # One statement, so one snapshot: another loader writes both together.
    query = sql.SQL(
        "select exists (select from {}) and not exists (select from minidata.object where source = %s and stream = %s)"
    ).format(target.name(table))
    return database.one(query, [target.source, target.stream.name]) == (True,)


def _check_safe(target: Target, found: Iterable[Difference]) -> None:
    refused = [one for one in found if not one.safe]
    if not refused:
        return
    table = refused[0].table
    what = "; ".join(one.what for one in refused if one.table is table)
    by_hand = [statement.as_string() for one in refused for statement in one.statements]
    mended = f"in the database: {'; '.join(by_hand)}"
    raise RefusedError(
        f"table {target.source}.{table.name} is not as its Row says: {what}",
        hint=mended if by_hand else _remade(target),
    )


def _remade(target: Target) -> str:
    return f"`{rebuild_command(target)}` makes it again from the object store"


def _make_schema(database: Database, target: Target) -> tuple[str, ...]:
    if database.one("select from pg_namespace where nspname = %s", [target.source]) is not None:
        return ()
    statement = sql.SQL("create schema {}").format(sql.Identifier(target.source))
    _run(database, target, statement)
    return (statement.as_string(),)


def _apply(database: Database, target: Target, one: Difference) -> None:
    for statement in one.statements:
        try:
            _run(database, target, statement)
        except EngineError as exc:
            if not isinstance(exc.__cause__, CheckViolation):
                raise
            raise RefusedError(
                f"table {target.source}.{one.table.name} has values that the Row no longer allows: {one.what}",
                hint=_remade(target),
            ) from exc


def _run(database: Database, target: Target, statement: Query) -> None:
    try:
        # So that what is missing can be asked for afterwards.
        with database.transaction():
            database.run(statement)
    except EngineError as exc:
        lacks = lacking(database, target) if isinstance(exc.__cause__, InsufficientPrivilege) else None
        if lacks is None:
            raise
        raise EngineError(lacks.what, hint=f"an administrator mends that: {lacks.grant}") from exc
