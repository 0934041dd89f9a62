"""
The swap: a Stream's twins take the places of its tables, in one transaction.

Readers see the old tables or the new ones. Owner, grants, comments, indexes and views, at any depth, come along; what
cannot come along is named, and nothing is swapped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from psycopg import OperationalError, sql

from minidata.adapters.database import ledger
from minidata.adapters.database.connection import Database, Query
from minidata.adapters.database.definitions import columns_of_table
from minidata.adapters.database.dependants import View, indexes, irreplaceable, views_on
from minidata.adapters.database.kept import comments, grants, revokes
from minidata.adapters.database.refusals import Denied
from minidata.adapters.database.targets import Target, twin
from minidata.core.clock import Clock
from minidata.core.errors import EngineError, LockedError, RefusedError
from minidata.core.failpoints import Failpoint, reached
from minidata.core.tables import Table

# Well below Postgres's deadlock_timeout (1 s), as in a publish: a reader never loses a deadlock with us.
_PATIENCE = "100ms"
_PAUSE = 0.05
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
# What somebody has given up stays given up.
_DISCARDED = """
update minidata.quarantine n set discarded_at = q.discarded_at, discard_reason = q.discard_reason
from minidata.object mine, minidata.object other, minidata.quarantine q
where (mine.source, mine.stream) = (%s, %s) and mine.rebuild and n.object = mine.id
  and other.key = mine.key and not other.rebuild and q.object = other.id
  and q.record is not distinct from n.record and q.discarded_at is not null
"""
_MOVE = "update {} set rebuild = false where source = %s and stream = %s and rebuild"
# A row whose object is gone from the store would not come again.
_BEHIND = """
select count(*) from (select distinct t._object as id from {} t) used join minidata.object o using (id)
where not exists (select from minidata.object n where n.key = o.key and n.rebuild)
"""


@dataclass(frozen=True)
class _Had:
    """What a table had besides its columns and rows."""

    owner: str
    indexes: tuple[sql.SQL, ...]
    others: tuple[Query, ...]


@dataclass(frozen=True)
class _Old:
    """A table that is there: its *oid* and *owner*."""

    table: Table
    oid: int
    owner: str


def check_replaceable(database: Database, target: Target) -> None:
    """
    Raise RefusedError, naming it, when something hangs on the tables of *target* that a swap would lose.

    That is whatever is no view, grant, comment or index: triggers, foreign keys, policies, publications.
    """
    lost = irreplaceable(database, [old.oid for old in _there(database, target)])
    if lost:
        raise RefusedError(
            f"{target.label} cannot be replaced without losing: {', '.join(lost)}",
            hint="drop what is named, rebuild, then make it again",
        )


def behind(database: Database, target: Target) -> int:
    """Return how many objects have rows in the table of *target*, and are not loaded into its twin."""
    if not any(old.table is target.root for old in _there(database, target)):
        return 0
    (count,) = database.one(sql.SQL(_BEHIND).format(target.name(target.root))) or (0,)
    return int(count)


def swap(database: Database, target: Target, *, patience: float, clock: Clock) -> tuple[str, ...]:
    """
    Put the twins of *target* in the places of its tables; return the views that were made again.

    The caller keeps out loaders and analysts. Raises RefusedError, naming it, when something would be lost or does not
    fit, LockedError when readers are in the way for *patience* seconds, and EngineError when the role may not.
    """
    end = clock.monotonic() + patience
    while True:
        try:
            with database.transaction():
                database.run("select set_config('lock_timeout', %s, true)", [_PATIENCE])
                return _swap(database, target)
        except LockedError as exc:
            if clock.monotonic() >= end:
                raise LockedError(
                    f"somebody reads {target.label}, and does not end", hint="run this again: nothing is loaded twice"
                ) from exc
            clock.sleep(_PAUSE * (1 + clock.random()))


def _swap(database: Database, target: Target) -> tuple[str, ...]:
    check_replaceable(database, target)
    there = _there(database, target)
    _check_filled(database, target, there)
    views = views_on(database, [old.oid for old in there])
    had = {old.table.name: _had(database, target, old) for old in there}
    for view in reversed(views):
        _run(database, view.drop)
    for old in there:
        _run(database, sql.SQL("drop table {}").format(target.name(old.table)))
    for table in target.tables:
        _take_place(database, target, table)
        if table.name in had:
            _give(database, target, table, had[table.name])
    _take_over(database, target)
    reached(Failpoint.MID_SWAP)
    for view in views:
        _make_again(database, view)
    return tuple(view.label for view in views)


def _there(database: Database, target: Target) -> list[_Old]:
    """Return those of the tables that are there; raise RefusedError for what bears a name and is no table of ours."""
    found = []
    for table in target.tables:
        row = database.one(_THERE, [target.name(table).as_string()])
        if row is None:
            continue
        oid, owner, ours = row
        if not ours:
            raise RefusedError(
                f"{target.source}.{table.name} is not a table that minidata has made", hint="give it another name"
            )
        found.append(_Old(table, oid, owner))
    return found


def _check_filled(database: Database, target: Target, there: Sequence[_Old]) -> None:
    """Refuse to put a table without any row in the place of one that has rows."""
    twins = replace(target, rebuild=True)
    before = [old.table for old in there if old.table is target.root]
    if any(_has_rows(database, target.name(table)) and not _has_rows(database, twins.name(table)) for table in before):
        raise RefusedError(
            f"nothing that is stored fits the Row of {target.label}: rebuilt, the table would be empty",
            hint="`minidata check` tells why; the table stays as it was",
        )


def _has_rows(database: Database, name: sql.Identifier) -> bool:
    return database.one(sql.SQL("select from {} limit 1").format(name)) is not None


def _had(database: Database, target: Target, old: _Old) -> _Had:
    name = target.name(old.table)
    columns = columns_of_table(old.table)
    described = {column.name for column in columns if column.comment}
    stay = {column.name for column in columns}
    return _Had(
        owner=old.owner,
        indexes=tuple(indexes(database, name)),
        others=(
            *grants(database, name, {"", *stay}),
            *comments(database, "table", name, {"", *(stay - described)}),
        ),
    )


def _take_place(database: Database, target: Target, table: Table) -> None:
    """Give the twin the name of its table, and what was named after the twin names after the table."""
    old, new = replace(target, rebuild=True).name(table), target.name(table)
    _run(database, sql.SQL("comment on table {} is null").format(old))
    _run(database, sql.SQL("alter table {} rename to {}").format(old, sql.Identifier(table.name)))
    which = [new.as_string(), twin(table.name)]
    for (name,) in database.rows(_CONSTRAINTS_NAMED, which):
        renamed = sql.Identifier(name.replace(twin(table.name), table.name))
        _run(database, sql.SQL("alter table {} rename constraint {} to {}").format(new, sql.Identifier(name), renamed))
    for (name,) in database.rows(_INDEXES_NAMED, which):
        renamed = sql.Identifier(name.replace(twin(table.name), table.name))
        index = sql.Identifier(target.source, name)
        _run(database, sql.SQL("alter index {} rename to {}").format(index, renamed))


def _give(database: Database, target: Target, table: Table, had: _Had) -> None:
    """Give the new table what the old one had."""
    name, label = target.name(table), f"{target.source}.{table.name}"
    there = {_what(index) for index in indexes(database, name)}
    for index in had.indexes:
        if _what(index) not in there:
            _again(database, f"an index of {label}", index)
    _run(database, sql.SQL("alter table {} owner to {}").format(name, sql.Identifier(had.owner)))
    for statement in (*revokes(database, name), *had.others):
        _run(database, statement)


def _what(index: sql.SQL) -> tuple[str, str]:
    """Return what is indexed, and how, whatever index and table are called."""
    kind, _, what = index.as_string().partition(" USING ")
    return kind.partition("INDEX")[0], what


def _take_over(database: Database, target: Target) -> None:
    """Let the ledger of the twins be that of the tables."""
    which = [target.source, target.stream.name]
    database.run(_DISCARDED, which)
    ledger.forget(database, target)
    for table in ("object", "run", "deleted"):
        database.run(sql.SQL(_MOVE).format(sql.Identifier("minidata", table)), which)


def _make_again(database: Database, view: View) -> None:
    for statement in view.create:
        _again(database, f"the view {view.label}", statement)
    for statement in (*revokes(database, view.name), *view.had):
        _again(database, f"the view {view.label}", statement)


def _again(database: Database, what: str, statement: Query) -> None:
    """Run a statement of somebody else's; raise RefusedError when it does not fit the new table."""
    try:
        _run(database, statement)
    except EngineError as exc:
        if isinstance(exc, Denied) or isinstance(exc.__cause__, OperationalError):
            raise
        raise RefusedError(
            f"{what} does not fit the new table: {exc}", hint="drop it, rebuild, then make it anew; nothing was swapped"
        ) from exc


def _run(database: Database, statement: Query) -> None:
    try:
        database.run(statement)
    except Denied as exc:
        raise Denied(
            f"the login may not swap tables: {exc}",
            hint="let the owner of the database do it, or whoever owns the tables and the views that read them",
        ) from exc
