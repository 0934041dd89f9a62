"""
Incremental models: one table holds all versions of the rows, and each candidate is a view of one version.

A row is *born* at a number and *dies* at one, when it was replaced. An increment adds rows and lets others die, and
what readers see, which is of an older number, stays as it is: until the publish shows the new view, and after a
rollback again. Nothing is copied, but for a table that cannot have the columns of two versions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from psycopg import sql

from minidata.adapters.database.authored import Authored
from minidata.adapters.database.columns import columns_of_query
from minidata.adapters.database.connection import Database
from minidata.adapters.database.publishing import indexing
from minidata.adapters.database.publishing.building import Limits, building, built_columns, create_table, make, run_all
from minidata.adapters.database.publishing.candidates import Built
from minidata.adapters.database.publishing.merging import Delta, join
from minidata.adapters.database.publishing.versioning import add_version, forget_dead, next_number, show, undo
from minidata.core.errors import LockedError
from minidata.core.failpoints import Failpoint, reached
from minidata.core.modelling.configuring import Config
from minidata.core.modelling.contracts import Contract
from minidata.core.modelling.increments import ColumnType, Reshaping, reshaping
from minidata.core.names import MAX_BYTES
from minidata.core.queries.sqltext import BUILT

_PATIENCE = "100ms"
_ROOM = MAX_BYTES - len("__new")

# The statements that a model brings along, bound to the table that is given.
Hooks = Callable[[str], Sequence[Authored]]


def _none(table: str) -> Sequence[Authored]:
    del table
    return ()


@dataclass(frozen=True)
class Incremental:
    """
    An incremental model to build as the view *name*.

    *query* is the whole one for a new table called *base*, or the one for new rows when there is an increment upon what
    is *live*: the view called *upon*. *copies* says that the table must stay as it is, and a copy gets the rows.
    """

    model: str
    name: str
    base: str
    query: Authored
    config: Config
    upon: str | None = None
    live: Built = field(default_factory=Built)
    before: Hooks = _none
    after: Hooks = _none
    copies: bool = False
    contract: Contract | None = None


def build_incremental(database: Database, wanted: Incremental, limits: Limits) -> int:
    """
    Build one, all or nothing; return how many rows are new, replaced ones among them.

    Raises as build() does; ConfigError too when the rows do not fit what is there.
    """
    if wanted.upon is None:
        return _anew(database, wanted, limits)
    prepared = bool(wanted.before(wanted.live.base))
    shape = None if wanted.copies or prepared else _shape(database, wanted, limits)
    if wanted.copies or (shape and (shape.copied or not _added(database, wanted, shape.added))):
        return _copied(database, wanted, limits)
    try:
        return _upon(database, wanted, limits, shape)
    except _OtherColumnsError:
        return _copied(database, wanted, limits)


class _OtherColumnsError(Exception):
    """What the model brings along gives it columns that its table has not: they are only seen once it is run."""


def _upon(database: Database, wanted: Incremental, limits: Limits, shape: Reshaping | None) -> int:
    with building(database, limits):
        base = sql.Identifier(BUILT, wanted.live.base)
        database.run(sql.SQL("lock table {} in share row exclusive mode").format(base))
        undo(database, base, wanted.live.number)
        run_all(database, wanted.before(wanted.live.base))
        if shape is None:
            shape = _reshaping(database, wanted)
            if shape.copied or shape.added:
                raise _OtherColumnsError
        number = next_number(database)
        reached(Failpoint.MID_INCREMENT)
        rows = _joined(database, wanted, Delta(wanted.live.base, number, shape, _new(wanted)))
        columns = [one.name for one in shape.shown]
        indexing.keep_up(database, wanted.live.base, wanted.query, wanted.config.indexes, columns)
        show(database, wanted.name, Built(wanted.live.base, number), columns)
        run_all(database, wanted.after(wanted.live.base))
    return rows


def _anew(database: Database, wanted: Incremental, limits: Limits) -> int:
    base = sql.Identifier(BUILT, wanted.base)
    with building(database, limits):
        # Before the table is there, its name means nothing to a statement.
        run_all(database, wanted.before(wanted.base))
        rows = create_table(database, base, wanted.query, unlogged=wanted.config.unlogged, contract=wanted.contract)
        columns = list(built_columns(database, wanted.base))
        number = next_number(database)
        add_version(database, base, wanted.query, number)
        indexing.keep_up(database, wanted.base, wanted.query, wanted.config.indexes, columns)
        database.run(sql.SQL("analyze {}").format(base))
        show(database, wanted.name, Built(wanted.base, number), columns)
        run_all(database, wanted.after(wanted.base))
    return rows


def _copied(database: Database, wanted: Incremental, limits: Limits) -> int:
    """Copy what is live to a table of its own, and do there what cannot be done where it is."""
    base = sql.Identifier(BUILT, wanted.base)
    with building(database, limits):
        live = _columns(database, wanted.upon or "")
        database.run(
            sql.SQL("create {}table {} as select * from {}").format(
                sql.SQL("unlogged " if wanted.config.unlogged else ""),
                base,
                sql.Identifier(BUILT, wanted.upon or ""),
            )
        )
        number = next_number(database)
        add_version(database, base, wanted.query, number)
        run_all(database, wanted.before(wanted.base))
        shape = _reshaping(database, wanted)
        for statement in _reshaped(base, live, shape):
            make(database, wanted.query, statement)
        rows = _joined(database, wanted, Delta(wanted.base, number, shape, _new(wanted)))
        # Nobody has seen another version of this table.
        forget_dead(database, wanted.base, number)
        columns = [one.name for one in shape.shown]
        indexing.keep_up(database, wanted.base, wanted.query, wanted.config.indexes, columns)
        database.run(sql.SQL("analyze {}").format(base))
        show(database, wanted.name, Built(wanted.base, number), columns)
        run_all(database, wanted.after(wanted.base))
    return rows


def _reshaped(base: sql.Identifier, live: Sequence[ColumnType], shape: Reshaping) -> list[sql.Composed]:
    """Return what gives the copy the columns that it is to have."""
    old, new = {one.name: one.type for one in live}, {one.name: one.type for one in shape.shown}
    gone = [sql.SQL("drop column {}").format(sql.Identifier(name)) for name in old.keys() - new.keys()]
    come = [
        sql.SQL("add column {} {}").format(sql.Identifier(name), sql.SQL(type_))
        for name, type_ in new.items()
        if name not in old
    ]
    retyped = [
        sql.SQL("alter column {name} type {type} using {name}::{type}").format(
            name=sql.Identifier(name), type=sql.SQL(type_)
        )
        for name, type_ in new.items()
        if name in old and old[name] != type_
    ]
    changes = [*gone, *come, *retyped]
    return [sql.SQL("alter table {} {}").format(base, sql.SQL(", ").join(changes))] if changes else []


def _joined(database: Database, wanted: Incremental, delta: Delta) -> int:
    """Find the rows that are new, and join them to those that are there."""
    create_table(database, delta.new, wanted.query, unlogged=True)
    database.run(sql.SQL("analyze {}").format(delta.new))
    count = join(database, wanted.query, wanted.config, delta)
    database.run(sql.SQL("drop table {}").format(delta.new))
    return count


def _new(wanted: Incremental) -> sql.Identifier:
    return sql.Identifier(BUILT, f"{wanted.name[:_ROOM]}__new")


def _added(database: Database, wanted: Incremental, added: Sequence[ColumnType]) -> bool:
    """Give the table the columns that are new, which what is live does not show; not if a reader would have to wait."""
    if not added:
        return True
    changes = sql.SQL(", ").join(
        sql.SQL("add column if not exists {} {}").format(sql.Identifier(one.name), sql.SQL(one.type)) for one in added
    )
    try:
        with database.transaction():
            database.run("select set_config('lock_timeout', %s, true)", [_PATIENCE])
            database.run(sql.SQL("alter table {} {}").format(sql.Identifier(BUILT, wanted.live.base), changes))
    except LockedError:
        return False
    return True


def _shape(database: Database, wanted: Incremental, limits: Limits) -> Reshaping:
    with building(database, limits):
        return _reshaping(database, wanted)


def _reshaping(database: Database, wanted: Incremental) -> Reshaping:
    live = _columns(database, wanted.upon or "")
    new = [ColumnType(*column) for column in columns_of_query(database, wanted.query)]
    physical = built_columns(database, wanted.live.base)
    return reshaping(wanted.query.what, wanted.config, live, new, physical)


def _columns(database: Database, relation: str) -> list[ColumnType]:
    return [ColumnType(*column) for column in built_columns(database, relation).items()]
