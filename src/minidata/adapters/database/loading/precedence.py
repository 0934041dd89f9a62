"""
Who comes first: of records the one of the newest place, of loaders the one that has the table's lock.

A record's place is (run, page, record). The ledger knows the first two by the id in ``_object``.
"""

from collections.abc import Collection, Iterable

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.targets import Target
from minidata.core.marks import OBJECT, RECORD

# "rows": keeps them apart from other advisory locks on hashes.
_SEED = 0x726F7773
_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, %s))"
_LOCK_SHARED = "select pg_advisory_xact_lock_shared(hashtextextended(%s, %s))"
_PLACE = "(select (o.run, o.page, {alias}.{record}) from minidata.object o where o.id = {alias}.{object})"

# Of each object that loses, which of its records do.
Losers = dict[int, set[int]]


def lock(database: Database, target: Target, *, shared: bool = False) -> None:
    """
    Take the lock on the rows of *target* to the end of the transaction, or *shared* with others who do the same.

    Two writers of one table could wait for each other's rows; with the lock one waits for the other before it has any.
    Raises LockedError.
    """
    database.run(_LOCK_SHARED if shared else _LOCK, [target.name(target.root).as_string(), _SEED])


def newer(one: str, other: str) -> sql.Composed:
    """Return the condition that the record of the row *one*, an alias, comes after that of *other*."""
    return sql.SQL("({} > {})").format(_place(one), _place(other))


def _place(alias: str) -> sql.Composed:
    return sql.SQL(_PLACE).format(
        alias=sql.Identifier(alias), record=sql.Identifier(RECORD), object=sql.Identifier(OBJECT)
    )


def same(names: Iterable[str], one: str, other: str, *, prefix: str = "") -> sql.Composed:
    """Return the condition that the columns *names* of two aliases agree; those of *one* begin with *prefix*."""
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(one, prefix + name), sql.Identifier(other, name)) for name in names
    )


def objects_from(target: Target, run: str, page: int) -> sql.Composed:
    """Return the query for the ids of the objects of *target* from page *page* of *run* on."""
    return sql.SQL(
        "select o.id from minidata.object o where (o.source, o.stream, o.rebuild) = ({}, {}, {})"
        " and (o.run, o.page) >= ({}, {})"
    ).format(target.source, target.stream.name, target.rebuild, run, page)


def drop_overtaken(database: Database, target: Target, staged: sql.Identifier) -> Losers:
    """Delete from the stage the records of which the table has a newer row; return which those are."""
    # A subquery for each, since a join with a few thousand records must not read the whole table.
    statement = sql.SQL("delete from {} s where (select {} from {} t where {}) returning s.{}, s.{}")
    return losers(
        database,
        statement.format(
            staged,
            newer("t", "s"),
            target.name(target.root),
            same(target.stream.keys, "t", "s"),
            *map(sql.Identifier, (OBJECT, RECORD)),
        ),
    )


def losers(database: Database, statement: sql.Composed, params: Collection[object] = ()) -> Losers:
    """Run *statement*, which returns objects and records; return them by object."""
    found: Losers = {}
    for object_id, record in database.rows(statement, list(params) or None):
        found.setdefault(object_id, set()).add(record)
    return found
