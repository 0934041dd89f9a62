"""
The swap: a Stream's twins take the places of its tables, in one transaction.

Readers see the old tables or the new ones. Owner, grants, comments, indexes and views, at any depth, come along; what
cannot come along is named, and nothing is swapped.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger.forgetting import forget
from minidata.adapters.database.refusals import Denied
from minidata.adapters.database.shaping.dependants import View, foreign, irreplaceable, views_on
from minidata.adapters.database.shaping.kept import revokes
from minidata.adapters.database.shaping.succeeding import (
    WHO_MAY,
    again,
    give,
    had,
    old_tables,
    run,
    shed_history,
    take_place,
)
from minidata.adapters.database.targets import Target
from minidata.core.answers import PUBLISHED
from minidata.core.clock import Clock
from minidata.core.errors import LockedError, RefusedError
from minidata.core.failpoints import Failpoint, reached

# Well below Postgres's deadlock_timeout (1 s), as in a publish: a reader never loses a deadlock with us.
_PATIENCE = "100ms"
_PAUSE = 0.05
# What somebody has given up stays given up. It is mostly little, and looked at first: the quarantine may be large.
_DISCARDED = """
with given_up as materialized (
  select o.key, coalesce(q.record, -1) as record, max(q.discarded_at) as at, max(q.discard_reason) as reason
  from minidata.quarantine q join minidata.object o on o.id = q.object
  where (o.source, o.stream) = (%s, %s) and not o.rebuild and q.discarded_at is not null
  group by 1, 2
)
update minidata.quarantine n set discarded_at = given_up.at, discard_reason = given_up.reason
from given_up join minidata.object mine on mine.key = given_up.key and mine.rebuild
where n.object = mine.id and coalesce(n.record, -1) = given_up.record
"""
_MOVE = "update {} set rebuild = false where source = %s and stream = %s and rebuild"
# A row whose object is gone from the store would not come again.
_BEHIND = """
select count(*) from (select distinct t._object as id from {} t) used join minidata.object o using (id)
where not exists (select from minidata.object n where n.key = o.key and n.rebuild)
"""


@dataclass(frozen=True)
class Swapped:
    """
    The *views* of others that were made again over the new tables, and the *versions* of models that were not.

    These need what the new tables do not have, and nothing that is published reads them: no more is lost than the way
    back to them. Versions that were made again nobody has to hear of.
    """

    views: tuple[str, ...]
    versions: tuple[str, ...]


def check_replaceable(database: Database, target: Target) -> None:
    """
    Raise RefusedError, naming it, when something hangs on the tables of *target* that a swap would lose.

    That is whatever is no view, grant, comment or index: triggers, foreign keys, policies, publications. Raises Denied
    when the login may not make a view again.
    """
    tables = [old.oid for old in old_tables(database, target)]
    lost = irreplaceable(database, tables)
    if lost:
        raise RefusedError(
            f"{target.label} cannot be replaced without losing: {', '.join(lost)}",
            hint="drop what is named, rebuild, then make it again",
        )
    view = foreign(database, tables)
    if view:
        raise Denied(f"the login may not swap tables: {view[0]} belongs to {view[1]}", hint=WHO_MAY)


def behind(database: Database, target: Target) -> int:
    """Return how many objects have rows in the table of *target*, and are not loaded into its twin."""
    if not any(old.name == target.root.name for old in old_tables(database, target)):
        return 0
    (count,) = database.one(sql.SQL(_BEHIND).format(target.name(target.root))) or (0,)
    return int(count)


def swap(database: Database, target: Target, *, patience: float, clock: Clock) -> Swapped:
    """
    Put the twins of *target* in the places of its tables; return what became of the views.

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


def _swap(database: Database, target: Target) -> Swapped:
    check_replaceable(database, target)
    old = {one.name: one for one in old_tables(database, target)}
    if target.root.name in old:
        _check_filled(database, target)
    views = views_on(database, [one.oid for one in old.values()])
    shed_history(database, target, target.root)
    kept = {
        table.name: had(database, target, table, old[table.name].owner) for table in target.tables if table.name in old
    }
    for view in reversed(views):
        run(database, view.drop)
    for name in old:
        run(database, sql.SQL("drop table {}").format(sql.Identifier(target.source, name)))
    for table in target.tables:
        take_place(database, target, table)
        if table.name in kept:
            give(database, target, table, kept[table.name])
    _take_over(database, target)
    reached(Failpoint.MID_SWAP)
    unfit = _make_again(database, views)
    return Swapped(tuple(view.label for view in views if not view.model), tuple(unfit))


def _check_filled(database: Database, target: Target) -> None:
    """Refuse to put a table without any row in the place of one that has rows."""
    rebuilt = replace(target, rebuild=True).name(target.root)
    if _has_rows(database, target.name(target.root)) and not _has_rows(database, rebuilt):
        raise RefusedError(
            f"nothing that is stored fits the Row of {target.label}: rebuilt, the table would be empty",
            hint="`minidata check` tells why; the table stays as it was",
        )


def _has_rows(database: Database, name: sql.Identifier) -> bool:
    return database.one(sql.SQL("select from {} limit 1").format(name)) is not None


def _take_over(database: Database, target: Target) -> None:
    """Let the ledger of the twins be that of the tables."""
    which = [target.source, target.stream.name]
    database.run(_DISCARDED, which)
    forget(database, target)
    for table in ("object", "run", "deleted"):
        database.run(sql.SQL(_MOVE).format(sql.Identifier("minidata", table)), which)


def _make_again(database: Database, views: Iterable[View]) -> list[str]:
    """Make *views* again; return the labels of those that are left out, since no publish needs them any more."""
    unfit: dict[str, BaseException | None] = {}
    labels = []
    for view in views:
        try:
            with database.transaction():
                _make(database, view)
        except RefusedError as exc:
            cause = unfit.get(view.label.removeprefix(f"{PUBLISHED}."))
            if cause:
                raise RefusedError(
                    f"{view.label} is published, and does not fit the new table: {cause}",
                    hint="change the model, run `minidata analyze`, then this again; nothing was swapped",
                ) from exc
            if not view.model:
                raise
            unfit[view.model] = exc.__cause__
            labels.append(view.label)
    return labels


def _make(database: Database, view: View) -> None:
    for statement in view.create:
        again(database, f"the view {view.label}", statement)
    for statement in (*revokes(database, view.name), *view.had):
        again(database, f"the view {view.label}", statement)
