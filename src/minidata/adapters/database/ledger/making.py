"""The ledger's tables made, by one loader at a time; and which version of them is there."""

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger.schema import FROM_1, MAKING, REMEMBERING, VERSION
from minidata.core.errors import EngineError, RefusedError

# Serialises the making of tables between loaders; held to the end of the transaction.
_MAKING = 0x6C656467


def prepare_ledger(database: Database) -> None:
    """
    Make the ledger's tables where they are missing, and bring older ones up, all or nothing.

    Raises EngineError when `up` has never been here, RefusedError when a newer minidata has.
    """
    if version_of(database) == VERSION:
        return
    if not database.one("select 1 from pg_namespace where nspname = 'minidata'"):
        raise EngineError("the database has no schema minidata", hint="run `minidata up`: it prepares the database")
    with database.transaction():
        serialize_making(database)
        version = version_of(database)
        if version == VERSION:
            return
        if version > VERSION:
            raise RefusedError(
                f"the ledger is of a newer minidata: its version is {version}, this one knows {VERSION}",
                hint="use that minidata here",
            )
        if version == 1:
            database.run(FROM_1)
        database.run(MAKING)
        database.run(REMEMBERING)
        database.run("delete from minidata.ledger")
        database.run("insert into minidata.ledger (version) values (%s)", [VERSION])


def version_of(database: Database) -> int:
    """Return the version of the ledger that is there, 0 for none."""
    found = database.one("select to_regclass('minidata.ledger'), to_regclass('minidata.object')")
    versioned, made = found or (None, None)
    row = database.one("select max(version) from minidata.ledger") if versioned and made else None
    return int(row[0]) if row and row[0] is not None else int(made is not None and not versioned)


def serialize_making(database: Database) -> None:
    """Wait for other loaders that make tables, until the end of the transaction."""
    database.run("select pg_advisory_xact_lock(%s)", [_MAKING])


def in_use(version: int) -> sql.SQL:
    """Return the condition for what is no rebuild's; version 1 knows none."""
    return sql.SQL("not rebuild" if version > 1 else "true")
