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

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from psycopg import sql

from minidata.adapters.database.catalog import Present, PresentColumn
from minidata.adapters.database.connection import Query
from minidata.adapters.database.definitions import (
    add_check,
    add_comment,
    check_name,
    collation_of,
    columns_of_table,
    create_index,
    create_statements,
    definition,
    indexes_of,
    long_name,
    rows_not_allowed,
    values_of,
)
from minidata.adapters.database.targets import Target
from minidata.core.columns import OBJECT, RECORD, Column
from minidata.core.tables import Table

_BIGINT_DIGITS = 19
_ROOM = 50
_FIXED = re.compile(r"numeric\((\d+),(-?\d+)\)\Z")


@dataclass(frozen=True)
class Difference:
    """
    One difference of *table* from its Row: *what*, in words, and the *statements* that take it away.

    *safe* ones are applied by a Load, the others are refused: their statements, if any, are for the person who did it,
    and without any a rebuild helps. *note* says what safe statements leave behind. *unless* is a query: where it finds
    a row, the difference is not safe.
    """

    table: Table
    what: str
    statements: tuple[Query, ...] = ()
    safe: bool = False
    note: str = ""
    unless: Query | None = None


@dataclass(frozen=True)
class Known:
    """
    What is known of a Stream.

    Whether its *schema* is there, whether the ledger has objects of it, whose *rows* there are, and whether these came
    by the Row as it is *now*. *strays* are names of tables with rows of which the ledger knows nothing.
    """

    schema: bool
    rows: bool
    now: bool
    strays: Collection[str] = ()


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
        elif not {OBJECT, RECORD} & found.columns.keys():
            yield from _of_another_kind(target, table, "a table that minidata has not made")
        else:
            yield from _of_columns(target, table, found, known)
            yield from _of_key(table, found)
            yield from _of_checks(target, table, found)
            yield from _attached(target, table, found)
            if table.name in known.strays:
                yield Difference(table, "it has rows of which the ledger knows nothing")


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


def _of_columns(target: Target, table: Table, found: Present, known: Known) -> Iterator[Difference]:
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
    wanted = long_name(column.type)
    if found.computed:
        yield Difference(table, f"{column.name} is {found.computed} column")
    if found.type != wanted:
        what = f"{column.name} is {found.type}, the Row says {wanted}"
        safe = column.name not in table.key and _holds_all(found.type, wanted)
        yield _altered(target, table, column, what, f"type {column.type}", safe=safe, known=known)
    elif found.collation != collation_of(target, table, column):
        collation = collation_of(target, table, column) or "the database's own"
        yield Difference(table, f"{column.name} has the collation {found.collation or 'default'}, not {collation}")
    if found.nullable != column.nullable:
        what = f"{column.name} is {'' if found.nullable else 'not '}nullable, the Row differs"
        change = f"{'drop' if column.nullable else 'set'} not null"
        yield _altered(target, table, column, what, change, safe=column.nullable, known=known)
    if column.comment and found.comment != column.comment:
        yield Difference(
            table, f"{column.name} is described otherwise", (add_comment(target, table, column),), safe=True
        )


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


def _holds_all(old: str, new: str) -> bool:
    """Whether each value of *old* is in *new* the same, to the last digit, as if it had been loaded there."""
    if new == "numeric":
        return old == "bigint"
    digits, places = _whole_digits_and_places(old)
    more, finer = _whole_digits_and_places(new)
    return 0 < digits <= more and places <= finer and new.startswith("numeric")


def _whole_digits_and_places(kind: str) -> tuple[int, int]:
    if kind == "bigint":
        return _BIGINT_DIGITS, 0
    fixed = _FIXED.match(kind)
    if fixed is None:
        return 0, 0
    digits, places = int(fixed[1]), int(fixed[2])
    return digits - places, places


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
        unless = rows_not_allowed(target, table, column) if column.allowed else None
        yield Difference(table, what, (*drop, *add), safe=True, unless=unless)
    for name in left:
        # Of a column that is gone; that has been said already.
        yield Difference(table, f"check {name} is of no column of the Row", (_drop_check(target, table, name),))


def _can_hold(found: Present, column: Column) -> bool:
    """Whether what the check of *column* allows can be in the column that is there."""
    there = found.columns.get(column.name)
    return there is not None and (not column.allowed or there.type == long_name(column.type))


def _drop_check(target: Target, table: Table, name: str) -> sql.Composed:
    return sql.SQL("alter table {} drop constraint {}").format(target.name(table), sql.Identifier(name))


def _attached(target: Target, table: Table, found: Present) -> Iterator[Difference]:
    """Yield what is on the table that may refuse, change or hide rows and is not ours."""
    wanted = indexes_of(target, table)
    refusing = [how for index, how in found.indexes.items() if index.unique and index not in wanted]
    for one in (*found.attached, *refusing):
        yield Difference(table, f"somebody has put {one.what} on it", (sql.SQL(one.removal),))
    for index in wanted:
        if index not in found.indexes:
            what = f"it has no index on ({', '.join(index.columns)})"
            yield Difference(table, what, (create_index(target, table, index),), safe=True)
