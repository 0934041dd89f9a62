"""
Tables made from Rows: made where they are missing, and changed where their Row was and that is safe.

What differs is found before anything is written. Whatever a Load applies and refuses is what `schema diff` prints: both
ask `differences_of`.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from psycopg import sql

from minidata.adapters.database.access.ownership import lacking
from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger.forgetting import forget
from minidata.adapters.database.ledger.making import serialize_making
from minidata.adapters.database.refusals import Denied
from minidata.adapters.database.shaping.catalog import Present, present, tables_saying
from minidata.adapters.database.shaping.definitions import origin_of
from minidata.adapters.database.shaping.differences import differences
from minidata.adapters.database.shaping.differing import Difference, Known
from minidata.adapters.database.targets import Target
from minidata.core.errors import RefusedError
from minidata.core.marks import OBJECT
from minidata.core.tables import Table

# A ledger that an older minidata has made knows no rebuild.
_LEDGER = """
select count(*) from pg_attribute
where attrelid = to_regclass('minidata.object') and attname in ('stream', 'rebuild') and not attisdropped
"""
_NEWEST = "select row_fingerprint from minidata.object where source = %s and stream = %s"
_LAST = " order by id desc limit 1"


def ensure_tables(database: Database, target: Target) -> tuple[str, ...]:
    """
    Make the tables of *target*, or bring them up to their Row; return what was changed, as the statements that did it.

    All or nothing; nothing is dropped. Raises RefusedError when a table differs in a way that could lose something, or
    is not ours, and EngineError, with the grant, when the role may not make or change it.
    """
    try:
        # So that what is missing can be asked for afterwards.
        with database.transaction():
            if not differences_of(database, target):
                return ()
        # Another transaction: one that has looked for a table before it waits would not see it come.
        with database.transaction():
            return _ensured(database, target)
    except Denied as exc:
        lacks = lacking(database, target)
        if lacks is None:
            raise
        raise Denied(lacks.what, hint=f"an administrator says: {lacks.grant}") from exc


def _ensured(database: Database, target: Target) -> tuple[str, ...]:
    serialize_making(database)
    found = differences_of(database, target)
    _check_safe(target, found)
    if not any(_there(database, target).values()):
        # Whatever was loaded went into tables that somebody has dropped.
        forget(database, target)
    for one in found:
        for statement in one.statements:
            database.run(statement)
    return tuple(line for one in found for line in told(target, one))


@contextmanager
def looking(database: Database) -> Iterator[None]:
    """One transaction that sees one state of the tables and cannot change anything."""
    with database.transaction():
        database.run("set transaction isolation level repeatable read, read only")
        yield


def differences_of(database: Database, target: Target) -> tuple[Difference, ...]:
    """Return how the tables of *target* differ from the Row, in the order in which they are changed; change nothing."""
    there = _there(database, target)
    newest = _newest(database, target)
    schema = database.one("select from pg_namespace where nspname = %s", [target.source])
    strays = {table.name for table in target.tables if newest is None and _has_rows(database, target, there, table)}
    known = Known(
        schema=schema is not None,
        rows=newest is not None,
        now=newest == target.fingerprint,
        strays=strays,
        orphans=orphans(database, target),
    )
    return tuple(_weighed(database, one) for one in differences(target, there, known))


def _weighed(database: Database, one: Difference) -> Difference:
    """Return *one*, refused when something stands against it."""
    if not one.safe or one.obstacle is None or database.one(one.obstacle.query) is None:
        return one
    return replace(one, what=f"{one.what}, and {one.obstacle.what}", statements=(), safe=False)


def told(target: Target, difference: Difference) -> tuple[str, ...]:
    """Return the statements of *difference*; what they leave behind follows the first one, as a comment."""
    lines = [statement.as_string() for statement in difference.statements]
    if difference.note:
        lines[0] += f"  -- {difference.note}: `{rebuild_command(target)}` fills it"
    return tuple(lines)


def rebuild_command(target: Target) -> str:
    """Return the command that makes the tables of *target* anew."""
    return f"minidata load --rebuild {target.source}.{target.stream.name}"


def orphans(database: Database, target: Target) -> list[str]:
    """Return the names of the child tables that were made for *target* and are of no list of its Row now."""
    wanted = {table.name for table in target.tables}
    if target.rebuild:
        return []
    return [name for name in tables_saying(database, target.source, origin_of(target)) if name not in wanted]


def _there(database: Database, target: Target) -> dict[str, Present | None]:
    return {table.name: present(database, target.name(table)) for table in target.tables}


def _newest(database: Database, target: Target) -> str | None:
    """Return the fingerprint of the Row by which the newest object was loaded; None when none was."""
    (known,) = database.one(_LEDGER) or (0,)
    if not known:
        return None
    rebuild = " and rebuild = %s" if known > 1 else ""
    which = [target.source, target.stream.name, *([target.rebuild] if rebuild else [])]
    found = database.one(sql.SQL(_NEWEST + rebuild + _LAST), which)
    return found[0] if found else None


def _has_rows(database: Database, target: Target, there: Mapping[str, Present | None], table: Table) -> bool:
    """Whether a table of ours has rows, when the ledger has none still: another loader writes both together."""
    found = there[table.name]
    if found is None or OBJECT not in found.columns:
        return False
    rows = database.one(sql.SQL("select from {} limit 1").format(target.name(table)))
    return rows is not None and _newest(database, target) is None


def _check_safe(target: Target, found: Iterable[Difference]) -> None:
    refused = [one for one in found if not one.safe]
    if not refused:
        return
    table = refused[0].table
    what = "; ".join(one.what for one in refused if one.table is table)
    by_hand = "; ".join(statement.as_string() for one in refused for statement in one.statements)
    raise RefusedError(
        f"table {target.source}.{table.name} cannot be loaded into: {what}",
        hint=f"in the database: {by_hand}"
        if by_hand
        else f"`minidata check` tells what would not fit, `{rebuild_command(target)}` makes it anew",
    )
