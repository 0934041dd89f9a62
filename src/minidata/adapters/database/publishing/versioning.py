"""
The versions of an incremental model's rows, all in one table.

A row is *born* at a number and *dies* at one, when it was replaced; what nobody has replaced dies never. A version
shows the rows that were born and had not died at its number.
"""

from collections.abc import Sequence

from psycopg import sql

from minidata.adapters.database.authored import Authored
from minidata.adapters.database.connection import Database
from minidata.adapters.database.publishing.building import make
from minidata.adapters.database.publishing.candidates import Built, note
from minidata.adapters.database.publishing.indexing import BORN, DIED
from minidata.core.errors import LockedError
from minidata.core.queries.sqltext import BUILT

# What a row has that nobody has replaced.
NEVER = 2**63 - 1
_COUNTER = "create sequence if not exists minidata.increment"


def prepare_versions(database: Database) -> None:
    """Make the counter of versions where it is missing."""
    database.run(_COUNTER)


def next_number(database: Database) -> int:
    """Return a number that no version has had."""
    row = database.one("select nextval('minidata.increment')")
    if row is None:
        raise RuntimeError("nextval returned nothing")
    return int(row[0])


def add_version(database: Database, base: sql.Identifier, query: Authored, number: int) -> None:
    """Give the rows of the new table their version, and make it quick to find those that are of another."""
    make(
        database,
        query,
        sql.SQL(
            "alter table {} add column {} bigint not null default {}, add column {} bigint not null default {}"
        ).format(base, sql.Identifier(BORN), sql.Literal(number), sql.Identifier(DIED), sql.Literal(NEVER)),
    )
    born = sql.SQL("create index on {} using brin ({})").format(base, sql.Identifier(BORN))
    died = sql.SQL("create index on {0} ({1}) where {1} < {2}").format(base, sql.Identifier(DIED), sql.Literal(NEVER))
    database.run(born)
    database.run(died)


def undo(database: Database, base: sql.Identifier, live: int) -> None:
    """Take back what increments did that are not live: they were not published, or were rolled back."""
    names = {"base": base, "born": sql.Identifier(BORN), "died": sql.Identifier(DIED), "live": sql.Literal(live)}
    names["never"] = sql.Literal(NEVER)
    database.run(sql.SQL("delete from {base} where {born} > {live}").format(**names))
    again = "update {base} set {died} = {never} where {died} > {live} and {died} < {never}"
    database.run(sql.SQL(again).format(**names))


def show(database: Database, name: str, built: Built, columns: Sequence[str]) -> None:
    """Make the view *name* of one version, with these *columns*."""
    view = sql.Identifier(BUILT, name)
    shown = sql.SQL(", ").join(map(sql.Identifier, columns))
    database.run(
        sql.SQL(
            "create view {view} as select {shown} from {base} where {born} <= {number} and {died} > {number}"
        ).format(
            view=view,
            shown=shown,
            base=sql.Identifier(BUILT, built.base),
            born=sql.Identifier(BORN),
            died=sql.Identifier(DIED),
            number=sql.Literal(built.number),
        )
    )
    database.run(note(view, built))


def collect(database: Database, base: str, oldest: int) -> None:
    """Delete the rows of the table *base* that no version from *oldest* on shows; not if somebody is in the way."""
    try:
        with database.transaction():
            database.run("select set_config('lock_timeout', '150ms', true)")
            forget_dead(database, base, oldest)
    except LockedError:
        return


def forget_dead(database: Database, base: str, number: int) -> None:
    """Delete the rows of the table *base* that had died at *number*."""
    delete = sql.SQL("delete from {} where {} <= {}")
    database.run(delete.format(sql.Identifier(BUILT, base), sql.Identifier(DIED), sql.Literal(number)))
