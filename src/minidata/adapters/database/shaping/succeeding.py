"""
A table and its successor: the twin takes its name, and is given what the old one had of other people's.

That is its owner, grants, comments and indexes. What a statement of theirs finds missing in the new table is named.
"""

from dataclasses import dataclass, replace

from psycopg import OperationalError, sql

from minidata.adapters.database.connection import Database, Query
from minidata.adapters.database.refusals import Denied
from minidata.adapters.database.shaping.catalog import present
from minidata.adapters.database.shaping.definitions import add_origin, columns_of_table, history_indexes
from minidata.adapters.database.shaping.dependants import indexes
from minidata.adapters.database.shaping.kept import comments, grants, revokes
from minidata.adapters.database.shaping.tables import orphans
from minidata.adapters.database.targets import Target, twin
from minidata.core.errors import EngineError, RefusedError
from minidata.core.names import MAX_BYTES
from minidata.core.tables import Table

WHO_MAY = "let the owner of the database do it, or whoever owns the tables and the views that read them"
_THERE = """
select c.oid::bigint, pg_get_userbyid(c.relowner)::text, c.relkind in ('r', 'p') and exists (
  select from pg_attribute a where a.attrelid = c.oid and a.attname = '_object' and not a.attisdropped)
from pg_class c where c.oid = to_regclass(%s)
"""
_CONSTRAINTS_NAMED = """
select conname from pg_constraint where conrelid = %s::regclass and position(%s in conname) > 0
"""
_INDEXES_NAMED = """
select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = %s::regclass and position(%s in c.relname) > 0
"""


@dataclass(frozen=True)
class Old:
    """A table that is there, by its *name* in the schema of its Source."""

    name: str
    oid: int
    owner: str


@dataclass(frozen=True)
class Had:
    """What a table had besides its columns and rows."""

    owner: str
    indexes: tuple[sql.SQL, ...]
    others: tuple[Query, ...]


def old_tables(database: Database, target: Target) -> list[Old]:
    """
    Return the tables of *target* that are there, and those of lists that the Row has not any more.

    Raises RefusedError for what bears such a name and is no table of ours.
    """
    found = []
    for name in (*(table.name for table in target.tables), *orphans(database, target)):
        row = database.one(_THERE, [sql.Identifier(target.source, name).as_string()])
        if row is None:
            continue
        oid, owner, ours = row
        if not ours:
            raise RefusedError(
                f"{target.source}.{name} is not a table that minidata has made", hint="give it another name"
            )
        found.append(Old(name, oid, owner))
    return found


def had(database: Database, target: Target, table: Table, owner: str) -> Had:
    """Return what *table*, which is there, has."""
    name = target.name(table)
    columns = columns_of_table(table)
    described = {column.name for column in columns if column.comment}
    stay = {column.name for column in columns}
    return Had(
        owner=owner,
        indexes=tuple(indexes(database, name)),
        others=(
            *grants(database, name, {"", *stay}),
            *comments(database, "table", name, {"", *(stay - described)}),
        ),
    )


def shed_history(database: Database, target: Target, table: Table) -> None:
    """Take off *table* the indexes that it has as a history: its successor has its own, or is none."""
    found = present(database, target.name(table))
    if found:
        for index in history_indexes(found.indexes):
            run(database, sql.SQL(found.indexes[index].removal))


def take_place(database: Database, target: Target, table: Table) -> None:
    """Give the twin the name of its table, and what was named after the twin names after the table."""
    old, new = replace(target, rebuild=True).name(table), target.name(table)
    run(database, sql.SQL("alter table {} rename to {}").format(old, sql.Identifier(table.name)))
    run(database, add_origin(target, table))
    which = [new.as_string(), twin(table.name)]
    for (name,) in database.rows(_CONSTRAINTS_NAMED, which):
        renamed = sql.Identifier(_succeeding(name, table))
        run(database, sql.SQL("alter table {} rename constraint {} to {}").format(new, sql.Identifier(name), renamed))
    for (name,) in database.rows(_INDEXES_NAMED, which):
        renamed = sql.Identifier(_succeeding(name, table))
        index = sql.Identifier(target.source, name)
        run(database, sql.SQL("alter index {} rename to {}").format(index, renamed))


def _succeeding(name: str, table: Table) -> str:
    """Return *name* with that of *table* for its twin's, cut as Postgres cuts the names that it finds."""
    before, _, after = name.partition(twin(table.name))
    return f"{before}{table.name[: MAX_BYTES - len(before) - len(after)]}{after}"


def give(database: Database, target: Target, table: Table, had: Had) -> None:
    """Give the new table what the old one had."""
    name, label = target.name(table), f"{target.source}.{table.name}"
    there = {_what(index) for index in indexes(database, name)}
    for index in had.indexes:
        if _what(index) not in there:
            called = index.as_string().partition(" ON ")[0].rpartition("INDEX ")[2]
            again(database, f"the index {called} of {label}", index)
    run(database, sql.SQL("alter table {} owner to {}").format(name, sql.Identifier(had.owner)))
    for statement in (*revokes(database, name), *had.others):
        run(database, statement)


def _what(index: sql.SQL) -> tuple[str, str]:
    """Return what is indexed, and how, whatever index and table are called."""
    kind, _, what = index.as_string().partition(" USING ")
    return kind.partition("INDEX")[0], what


def again(database: Database, what: str, statement: Query) -> None:
    """Run a statement of somebody else's; raise RefusedError when it does not fit the new table."""
    try:
        run(database, statement)
    except EngineError as exc:
        if isinstance(exc, Denied) or isinstance(exc.__cause__, OperationalError):
            raise
        raise RefusedError(
            f"{what} does not fit the new table: {exc}", hint="drop it, rebuild, then make it anew; nothing was swapped"
        ) from exc


def run(database: Database, statement: Query) -> None:
    """Run a statement of the swap; raise Denied, saying whose it is to do that, when the login may not."""
    try:
        database.run(statement)
    except Denied as exc:
        raise Denied(f"the login may not swap tables: {exc}", hint=WHO_MAY) from exc
