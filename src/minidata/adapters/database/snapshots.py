"""One state of the database, seen by several connections."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import sql

from minidata.adapters.database.connection import Database

_READING = "set transaction isolation level repeatable read, read only"


@contextmanager
def snapshot(database: Database) -> Iterator[str]:
    """One transaction that only reads; yield the name by which other connections see the same, while it lasts."""
    with database.transaction():
        database.run(_READING)
        (name,) = database.one("select pg_export_snapshot()") or ("",)
        yield name


@contextmanager
def within(database: Database, name: str) -> Iterator[None]:
    """One transaction that only reads, and sees what the snapshot of this *name* does."""
    with database.transaction():
        database.run(_READING)
        database.run(sql.SQL("set transaction snapshot {}").format(sql.Literal(name)))
        yield
