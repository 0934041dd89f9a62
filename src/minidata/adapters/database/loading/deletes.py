"""
Keys of which the API has announced that they are no more.

Of each the place of the announcement is kept, so that an older record that is loaded later does not bring the row back,
and a newer one does.
"""

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.loading.precedence import Losers, drop_overtaken, losers, newer, same
from minidata.adapters.database.loading.staging import Sheets, count_of, stage
from minidata.adapters.database.targets import Target
from minidata.core.marks import OBJECT, RECORD
from minidata.core.tables import PARENT, Table

_TRACE = (sql.Identifier(OBJECT), sql.Identifier(RECORD))


def any_known(database: Database, target: Target) -> bool:
    """Return whether any delete is known of *target*."""
    query = sql.SQL("select exists (select from minidata.deleted d where {})").format(_of(target))
    return database.one(query) == (True,)


def drop_deleted(database: Database, target: Target, staged: sql.Identifier) -> Losers:
    """Delete from the stage the records whose key was deleted by a newer one; return which those are."""
    statement = sql.SQL("delete from {} s where (select {} from minidata.deleted d where {}) returning s.{}, s.{}")
    return losers(database, statement.format(staged, newer("d", "s"), _same_key(target, "s"), *_TRACE))


def forget_deleted(database: Database, target: Target, staged: sql.Identifier) -> None:
    """Forget the deletes of the keys on the stage: they have rows again."""
    _delete(database, sql.Identifier("minidata", "deleted"), "d", staged, _same_key(target, "s"))


def announce(database: Database, target: Target, gone: Sheets) -> int:
    """
    Delete the rows whose key is *gone*, with their children, and keep what has been announced.

    Return how many announcements had an effect or were overtaken by something newer, which is all of them.
    """
    if not count_of(gone):
        return 0
    staged = stage(database, target, target.root, "minidata_gone", gone)
    overtaken = [drop_deleted(database, target, staged), drop_overtaken(database, target, staged)]
    for table in (*target.tables[:0:-1], target.root):
        delete_rows(database, target, table, staged)
    kept = database.run(
        sql.SQL(
            "insert into minidata.deleted (source, stream, rebuild, key, {trace}) select {which}, {key}, {trace}"
            " from {staged} s on conflict (source, stream, rebuild, key) do update"
            " set {record} = excluded.{record}, {object} = excluded.{object}"
        ).format(
            trace=sql.SQL(", ").join(_TRACE),
            which=sql.SQL(", ").join(map(sql.Literal, (target.source, target.stream.name, target.rebuild))),
            key=key_digest(target, "s"),
            staged=staged,
            record=sql.Identifier(RECORD),
            object=sql.Identifier(OBJECT),
        )
    )
    return kept + sum(len(places) for one in overtaken for places in one.values())


def delete_rows(database: Database, target: Target, table: Table, staged: sql.Identifier) -> None:
    """Delete from *table*, the Stream's own or one of its children's, what belongs to the keys on the stage."""
    prefix = "" if table is target.root else PARENT
    _delete(database, target.name(table), "t", staged, same(target.stream.keys, "t", "s", prefix=prefix))


def _delete(
    database: Database, table: sql.Identifier, alias: str, staged: sql.Identifier, belongs: sql.Composed
) -> None:
    """Delete from *table*, by its *alias*, what *belongs* to a record ``s`` on the stage."""
    # Found by the index, record by record: a join might read the whole table.
    database.run(
        sql.SQL(
            "delete from {table} where ctid = any (array(select found.ctid from {staged} s cross join lateral"
            " (select {alias}.ctid from {table} {alias} where {belongs} offset 0) found))"
        ).format(table=table, alias=sql.Identifier(alias), staged=staged, belongs=belongs)
    )


def key_digest(target: Target, alias: str) -> sql.Composed:
    """Return the expression for the digest of a row's key: the same for values that are equal."""
    types = {column.name: column.type for column in target.root.columns}
    values = sql.SQL(", ").join(_plain(sql.Identifier(alias, key), types[key]) for key in target.stream.keys)
    return sql.SQL("sha256(convert_to(jsonb_build_array({})::text, 'UTF8'))").format(values)


def _plain(value: sql.Identifier, kind: str) -> sql.Composed:
    """Return *value* so that equal ones are written alike: 1.50 is 1.5, and -0 is 0."""
    forms = {"numeric": "trim_scale({})", "double precision": "({} + 0)"}
    return sql.SQL(forms.get(kind.partition("(")[0], "{}")).format(value)


def _same_key(target: Target, alias: str) -> sql.Composed:
    return sql.SQL("{} and d.key = {}").format(_of(target), key_digest(target, alias))


def _of(target: Target) -> sql.Composed:
    return sql.SQL("(d.source, d.stream, d.rebuild) = ({}, {}, {})").format(
        target.source, target.stream.name, target.rebuild
    )
