"""
Lines on their way into tables: by COPY, straight or by way of a stage.

A stage is a temporary table that goes with the transaction, so that an aborted Load leaves nothing of it behind.
"""

from collections.abc import Iterator, Mapping

from psycopg import sql

from minidata.adapters.database.connection import Database, translated
from minidata.adapters.database.targets import Target
from minidata.core.failpoints import Failpoint, reached
from minidata.core.loading.encoding import NO_LINES, Lines
from minidata.core.loading.preparing import Prepared
from minidata.core.tables import Table

# Pages by the ids of their objects in the ledger.
Claimed = Mapping[int, Prepared]
# What is copied into one table: the lines of each object.
Sheets = Mapping[int, Lines]


def in_order_of_pages(claimed: Claimed) -> Claimed:
    """Return the same pages in the order of their numbers."""
    return dict(sorted(claimed.items(), key=lambda item: item[1].page.number))


def rows_of(claimed: Claimed) -> Sheets:
    """Return the lines for the Stream's own table."""
    return {object_id: page.rows for object_id, page in claimed.items()}


def gone_of(claimed: Claimed) -> Sheets:
    """Return the lines of the records that announce deletes."""
    return {object_id: page.gone for object_id, page in claimed.items()}


def children_of(target: Target, claimed: Claimed) -> Iterator[tuple[Table, Sheets]]:
    """Yield each child table with the lines for it, a parent before its children."""
    for index, table in enumerate(target.tables[1:]):
        # A page of which nothing fits has no children at all.
        yield table, {number: page.children[index] if page.children else NO_LINES for number, page in claimed.items()}


def count_of(sheets: Sheets) -> int:
    """Return how many lines there are."""
    return sum(len(lines.texts) for lines in sheets.values())


def copy_all(database: Database, target: Target, claimed: Claimed) -> None:
    """Copy all lines straight into their tables."""
    copy(database, target, target.root, rows_of(claimed))
    copy_children(database, target, claimed)


def copy_children(database: Database, target: Target, claimed: Claimed) -> None:
    """Copy the lines of child tables straight into them."""
    for table, sheets in children_of(target, claimed):
        copy(database, target, table, sheets)


def copy(database: Database, target: Target, table: Table, sheets: Sheets, into: sql.Identifier | None = None) -> None:
    """Copy *sheets* into *table*, or *into* a stage like it."""
    if not count_of(sheets):
        return
    statement = sql.SQL("copy {} ({}) from stdin").format(into or target.name(table), target.columns(table))
    with translated(), database.connection.cursor() as cursor:
        with cursor.copy(statement) as stream:
            for object_id, lines in sheets.items():
                if lines.texts:
                    end = f"\t{object_id}\n"
                    stream.write((end.join(lines.texts) + end).encode())
                    reached(Failpoint.MID_COPY)
        reached(Failpoint.AFTER_COPY)
        check_accounted(target, cursor.rowcount == count_of(sheets))


def stage(database: Database, target: Target, table: Table, name: str, sheets: Sheets) -> sql.Identifier:
    """Copy *sheets* into a temporary table like *table*, without its constraints; return the stage's full name."""
    staged = sql.Identifier("pg_temp", name)
    if target.stream.writes == "replace":
        # There are several batches in one transaction.
        database.run(sql.SQL("drop table if exists {}").format(staged))
    database.run(
        sql.SQL("create temp table {} on commit drop as select {} from {} with no data").format(
            sql.Identifier(name), target.columns(table), target.name(table)
        )
    )
    copy(database, target, table, sheets, into=staged)
    return staged


def check_accounted(target: Target, holds: bool) -> None:  # noqa: FBT001 - it reads as a sentence
    """Raise RuntimeError, a bug of ours, unless every record has had its effect exactly once."""
    if not holds:
        raise RuntimeError(f"the records of {target.label} do not add up; nothing was loaded")
