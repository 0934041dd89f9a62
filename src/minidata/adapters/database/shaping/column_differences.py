"""The columns of a table against the fields of its Row."""

from collections.abc import Iterator
from dataclasses import replace

from psycopg import sql

from minidata.adapters.database.shaping.catalog import Present, PresentColumn
from minidata.adapters.database.shaping.definitions import (
    add_check,
    add_comment,
    collation_of,
    columns_of_table,
    definition,
    long_name,
    readers,
)
from minidata.adapters.database.shaping.differing import Difference, Known, Obstacle
from minidata.adapters.database.targets import Target
from minidata.core.columns import Column
from minidata.core.tables import Table
from minidata.core.widening import holds_all


def of_columns(target: Target, table: Table, found: Present, known: Known) -> Iterator[Difference]:
    """Yield how the columns of *table* that are *found* differ from its fields."""
    wanted = {column.name: column for column in columns_of_table(table)}
    for column in wanted.values():
        if column.name not in found.columns:
            yield _new(target, table, column, known)
        else:
            yield from _changed(target, table, column, found.columns[column.name], known)
    for name in found.columns:
        if name not in wanted:
            yield Difference(table, f"{name} is not in the Row")


def _new(target: Target, table: Table, column: Column, known: Known) -> Difference:
    if column not in table.columns:
        return Difference(table, f"it has no column {column.name}")
    if not column.nullable and known.rows:
        return Difference(table, f"{column.name} is new and not Optional")
    if known.now:
        return Difference(table, f"{column.name} is not there any more, and the Row has not changed")
    add = sql.SQL("alter table {} add column {}").format(target.name(table), definition(target, table, column))
    check = add_check(target, table, column) if column.allowed else ()
    comment = (add_comment(target, table, column),) if column.comment else ()
    note = "null in the rows that are there" if known.rows else ""
    return Difference(table, f"{column.name} is new", (add, *check, *comment), safe=True, note=note)


def _changed(target: Target, table: Table, column: Column, found: PresentColumn, known: Known) -> Iterator[Difference]:
    if found.computed:
        yield Difference(table, f"{column.name} is {found.computed} column")
    yield from _retyped(target, table, column, found, known)
    if found.nullable != column.nullable:
        what = (
            f"{column.name} is {'' if found.nullable else 'not '}nullable, the Row says it is{' not' * found.nullable}"
        )
        change = f"{'drop' if column.nullable else 'set'} not null"
        yield _altered(target, table, column, what, change, safe=column.nullable, known=known)
    if column.comment and found.comment != column.comment:
        yield Difference(
            table, f"{column.name} is described otherwise", (add_comment(target, table, column),), safe=True
        )


def _retyped(target: Target, table: Table, column: Column, found: PresentColumn, known: Known) -> Iterator[Difference]:
    """Yield that a column has another type than its field, or sorts its texts otherwise."""
    wanted = long_name(column.type)
    if found.type != wanted:
        what = f"{column.name} is {found.type}, the Row says {wanted}"
        safe = column.name not in table.key and holds_all(found.type, wanted)
        altered = _altered(target, table, column, what, f"type {column.type}", safe=safe, known=known)
        # Postgres does not change the type of what a view shows. A rebuild makes the view again.
        yield replace(altered, obstacle=Obstacle("a view reads it", readers(target, table, column)))
    elif found.collation != collation_of(target, table, column):
        collation = collation_of(target, table, column) or "the database's own"
        yield Difference(table, f"{column.name} has the collation {found.collation or 'default'}, not {collation}")


def _altered(  # noqa: PLR0913 - one difference, all that is known of it
    target: Target, table: Table, column: Column, what: str, change: str, *, safe: bool, known: Known
) -> Difference:
    alter = sql.SQL("alter table {} alter column {} {}").format(
        target.name(table), sql.Identifier(column.name), sql.SQL(change)
    )
    if not safe:
        return Difference(table, what)
    if known.now:
        return Difference(table, f"{what} and has not changed", (alter,))
    return Difference(table, what, (alter,), safe=True)
