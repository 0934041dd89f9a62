"""
What the ledger knows of a Stream, forgotten: before its rows are made again, and never while they are there.

Only this may delete objects: of who else does, `minidata.forgotten` keeps a note, and `check_whole` refuses to load.
"""

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.targets import Target
from minidata.core.errors import RefusedError


def check_whole(database: Database, target: Target) -> None:
    """
    Raise RefusedError when somebody has deleted from the ledger objects of which the table has rows.

    They would be loaded again, and stand there twice.
    """
    there = database.one(
        "select 1 from minidata.forgotten where source = %s and stream = %s and rebuild = %s", target.marks
    )
    if not there:
        return
    table = target.name(target.root)
    if database.one(sql.SQL("select exists (select from {})").format(table)) == (True,):
        raise RefusedError(
            f"table {target.label} has rows of objects that were deleted from the ledger",
            hint=f"`minidata load --rebuild {target.label}` makes it again from the object store",
        )
    with database.transaction():
        forget(database, target)


def forget(database: Database, target: Target) -> None:
    """Forget all that was loaded into the tables of *target*, in a transaction of the caller's."""
    forget_from(database, target, "", 0)
    database.run("delete from minidata.forgotten where source = %s and stream = %s and rebuild = %s", target.marks)


def forget_from(database: Database, target: Target, run: str, page: int) -> None:
    """Forget the objects of *target* from page *page* of *run* on, in a transaction of the caller's."""
    those = [*target.marks, run, page]
    database.run("select set_config('minidata.forgets', 'on', true)")
    database.run(
        "delete from minidata.quarantine where object in "
        "(select id from minidata.object where source = %s and stream = %s and rebuild = %s "
        "and (run, page) >= (%s, %s))",
        those,
    )
    database.run(
        "delete from minidata.object where source = %s and stream = %s and rebuild = %s and (run, page) >= (%s, %s)",
        those,
    )
    database.run(
        "delete from minidata.run where source = %s and stream = %s and rebuild = %s and run >= %s", those[:-1]
    )
    database.run("select set_config('minidata.forgets', 'off', true)")
