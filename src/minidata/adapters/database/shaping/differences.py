"""
A table against its Row: what differs, and which of it is safe to change where the table stands.

**Safe** is what gives the table that loading from the start would give, as far as its columns can tell:

- a new column that may be null. Rows that are there have null in it, and the difference says so;
- a column that may be null from now on;
- whole numbers, or numbers with a fixed scale, that get more room: ``numeric(9,2)`` → ``numeric(11,4)``, ``bigint`` →
  ``numeric``. Not ``numeric(9,2)`` → ``numeric``, where 1.1 would have stayed 1.1 and is 1.10;
- another set of allowed values, where all rows have one of them; another description.

All else is refused. So is anything that the Row cannot have caused, since it has not changed: that was done by hand.
"""

from collections.abc import Iterator, Mapping

from psycopg import sql

from minidata.adapters.database.shaping.catalog import Present
from minidata.adapters.database.shaping.column_differences import of_columns
from minidata.adapters.database.shaping.definitions import (
    add_check,
    check_name,
    create_index,
    create_statements,
    history_indexes,
    indexes_of,
    long_name,
    rows_not_allowed,
    values_of,
)
from minidata.adapters.database.shaping.differing import Difference, Known, Obstacle
from minidata.adapters.database.targets import Target
from minidata.core.columns import Column
from minidata.core.marks import OBJECT, VALID_TO
from minidata.core.tables import Table

_ROOM = 50


def differences(target: Target, there: Mapping[str, Present | None], known: Known) -> Iterator[Difference]:
    """Yield how the tables *there*, by their names in *target*, differ from those of the Row."""
    for table in target.tables:
        found = there[table.name]
        if found is None:
            yield _missing(target, table, there, known)
        elif found.kind in {"an unlogged table", "a partitioned table"}:
            yield Difference(table, f"it is {found.kind}")
        elif found.kind != "a table":
            yield from _of_another_kind(target, table, found.kind)
        elif OBJECT not in found.columns:
            yield from _of_another_kind(target, table, "a table that minidata has not made")
        else:
            yield from of_columns(target, table, found, known)
            yield from _of_key(table, found)
            yield from _of_checks(target, table, found)
            yield from _of_indexes(target, table, found)
            yield from _attached(target, table, found)
            if table.name in known.strays:
                yield Difference(table, "it has rows of which the ledger knows nothing")
    for name in known.orphans:
        yield Difference(target.root, f"{name} was made from it, and is of no field of the Row")


def _missing(target: Target, table: Table, there: Mapping[str, Present | None], known: Known) -> Difference:
    if known.rows and any(there.values()):
        return Difference(table, "it is not there, and what is loaded already would be missing in it")
    schema = sql.SQL("create schema {}").format(sql.Identifier(target.source))
    before = () if known.schema or table is not target.root else (schema,)
    return Difference(table, "it is not there", (*before, *create_statements(target, table)), safe=True)


def _of_another_kind(target: Target, table: Table, kind: str) -> Iterator[Difference]:
    """Yield that what bears the name is no table of ours, and how it gets out of the way."""
    word = kind.split(" ", 1)[1] if "view" in kind or "foreign" in kind else "table"
    rename = sql.SQL("alter {} {} rename to {}").format(
        sql.SQL(word), target.name(table), sql.Identifier(f"{table.name[:_ROOM]}_set_aside")
    )
    yield Difference(table, f"it is {kind}", (rename,))


def _of_key(table: Table, found: Present) -> Iterator[Difference]:
    if set(found.key) != set(table.key):
        there = f"({', '.join(found.key)})" if found.key else "none"
        yield Difference(table, f"its key is {there}, the Stream's is ({', '.join(table.key)})")


def _of_checks(target: Target, table: Table, found: Present) -> Iterator[Difference]:
    """Yield what makes the checks of allowed values those of the Row."""
    left = dict(found.checks)
    for column in table.columns:
        name = check_name(column.name)
        there = left.pop(name, None)
        if there == (values_of(column) if column.allowed else None) or not _can_hold(found, column):
            continue
        drop = (_drop_check(target, table, name),) if there is not None else ()
        add = tuple(add_check(target, table, column)) if column.allowed else ()
        says = values_of(column) if column.allowed else "any value"
        what = f"{column.name} allows {there or 'any value'}, the Row says {says}"
        others = Obstacle("there are rows with others", rows_not_allowed(target, table, column))
        yield Difference(table, what, (*drop, *add), safe=True, obstacle=others if column.allowed else None)
    # With a column its check is gone, too.
    gone = {check_name(name) for name in found.columns.keys() - {column.name for column in table.columns}}
    yield from (Difference(table, f"check {name} is of no column of the Row") for name in left if name not in gone)


def _can_hold(found: Present, column: Column) -> bool:
    """Whether what the check of *column* allows can be in the column that is there."""
    there = found.columns.get(column.name)
    return there is not None and (not column.allowed or there.type == long_name(column.type))


def _drop_check(target: Target, table: Table, name: str) -> sql.Composed:
    return sql.SQL("alter table {} drop constraint {}").format(target.name(table), sql.Identifier(name))


def _attached(target: Target, table: Table, found: Present) -> Iterator[Difference]:
    """Yield what is on the table that may refuse, change or hide rows and is not ours."""
    ours = (*indexes_of(target, table), *history_indexes(found.indexes))
    refusing = [how for index, how in found.indexes.items() if index.unique and index not in ours]
    for one in (*found.attached, *refusing):
        yield Difference(table, f"somebody has put {one.what} on it", (sql.SQL(one.removal),))


def _of_indexes(target: Target, table: Table, found: Present) -> Iterator[Difference]:
    """Yield the indexes of a history that are missing, and that it is the history of another key."""
    wanted = indexes_of(target, table)
    others = [index for index in history_indexes(found.indexes) if index.unique and index not in wanted]
    if wanted and others:
        there = " and ".join(f"({', '.join(index.columns)})" for index in others)
        yield Difference(table, f"it is the history of {there}, the Stream's key is ({', '.join(target.stream.keys)})")
    elif VALID_TO in found.columns:
        for index in wanted:
            if index not in found.indexes:
                what = f"it has no index on ({', '.join(index.columns)})"
                yield Difference(table, what, (create_index(target, table, index),), safe=True)
