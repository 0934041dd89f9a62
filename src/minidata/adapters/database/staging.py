"""
Lines on their way into tables: by COPY, straight or by way of a stage.

A stage is a temporary table that goes with the transaction, so that an aborted Load leaves nothing of it behind.
"""

from collections.abc import Iterable, Mapping

from psycopg import sql

from minidata.adapters.database.connection import Database, translated
from minidata.adapters.database.targets import Target
from minidata.core.encoding import Lines
from minidata.core.preparing import Prepared
from minidata.core.tables import Table

# What is copied into one table: the lines of each object, by its id in the ledger.
Sheets = Mapping[int, Lines]


def rows_of(claimed: Mapping[int, Prepared]) -> Sheets:
    """Return the lines for the Stream's own table."""
    return {object_id: page.rows for object_id, page in claimed.items()}


def gone_of(claimed: Mapping[int, Prepared]) -> Sheets:
    """Return the lines of the records that announce deletes."""
    return {object_id: page.gone for object_id, page in claimed.items()}


def children_of(target: Target, claimed: Mapping[int, Prepared]) -> Iterable[tuple[Table, Sheets]]:
    """Yield each child table with the lines for it, a parent before its children."""
    for index, table in enumerate(target.tables[1:]):
        yield (
            table,
            {object_id: page.children[index] for object_id, page in claimed.items() if index < len(page.children)},
        )


def copy(database: Database, into: sql.Identifier, columns: sql.Composed, sheets: Sheets) -> int:
    """Copy *sheets* into the table *into*; return the number of rows."""
    statement = sql.SQL("copy {} ({}) from stdin").format(into, columns)
    with translated(), database.connection.cursor() as cursor:
        with cursor.copy(statement) as stream:
            for object_id, lines in sheets.items():
                if lines.texts:
                    end = f"\t{object_id}\n"
                    stream.write((end.join(lines.texts) + end).encode())
        return cursor.rowcount


def stage(database: Database, target: Target, table: Table, name: str, sheets: Sheets) -> sql.Identifier:
    """Copy *sheets* into a temporary table like *table*, without its constraints; return the stage's full name."""
    columns = target.columns(table)
    database.run(
        sql.SQL("create temp table {} on commit drop as select {} from {} with no data").format(
            sql.Identifier(name), columns, target.name(table)
        )
    )
    staged = sql.Identifier("pg_temp", name)
    count = copy(database, staged, columns, sheets)
    check_accounted(target, count == sum(len(lines.texts) for lines in sheets.values()))
    return staged


def check_accounted(target: Target, holds: bool) -> None:  # noqa: FBT001 - it reads as a sentence
    """Raise RuntimeError, a bug of ours, unless every record has had its effect exactly once."""
    if not holds:
        name = f"{target.source}.{target.stream.name}"
        raise RuntimeError(f"the records of {name} do not add up; nothing was loaded")
