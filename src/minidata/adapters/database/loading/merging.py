"""
Pages of one Run into the tables of one Stream, inside the transaction that has claimed them.

**The law.** Which of several records with one key is the row is decided by (run, page, record) and by nothing else:
not by which was loaded first, with which others, or how often it was tried.

What is new goes straight into its table. Only where a key is there already does a batch go by way of a stage, from
which each record is inserted, takes the place of an older row, or is passed over.
"""

from itertools import pairwise

from psycopg import sql
from psycopg.errors import DeadlockDetected, UniqueViolation

from minidata.adapters.database.connection import Database
from minidata.adapters.database.loading import history
from minidata.adapters.database.loading.attempts import Attempts
from minidata.adapters.database.loading.deletes import announce, any_known, delete_rows, drop_deleted, forget_deleted
from minidata.adapters.database.loading.precedence import Losers, drop_overtaken, lock, newer, objects_from
from minidata.adapters.database.loading.staging import (
    Claimed,
    check_accounted,
    copy_all,
    copy_children,
    count_of,
    gone_of,
    in_order_of_pages,
    rows_of,
    stage,
)
from minidata.adapters.database.targets import Target
from minidata.core.errors import EngineError
from minidata.core.failpoints import Failpoint, reached
from minidata.core.loading.preparing import without_repeated
from minidata.core.marks import OBJECT, RECORD
from minidata.core.runs import Manifest

# So many numbers a statement may hold.
_MOST_LATE = 1000


def write(database: Database, target: Target, manifest: Manifest, claimed: Claimed) -> None:
    """
    Write the rows of *claimed*, pages of *manifest*'s Run by the ids of their objects in the ledger.

    Inside a transaction in which the ledger has those objects. Of one key they may hold several records. Raises
    EngineError and LockedError, RefusedError for a history that would not be written in its order, and RuntimeError
    when records are lost or doubled on the way: then nothing may be committed.
    """
    if not target.stream.merges:
        copy_all(database, target, claimed)
    elif target.stream.writes == "history":
        history.write(database, target, manifest, claimed)
    else:
        _write_by_key(database, target, manifest, in_order_of_pages(claimed))


def _write_by_key(database: Database, target: Target, manifest: Manifest, claimed: Claimed) -> None:
    ascending = _is_ascending(claimed)
    if not ascending:
        claimed = dict(zip(claimed, without_repeated(claimed.values()), strict=True))
    attempts = Attempts.of(database.connection, target)
    if not count_of(gone_of(claimed)) and attempts.is_due():
        copied = _copied(database, target, claimed, ascending=ascending)
        attempts.note(good=copied)
        if copied:
            return
    staged = stage(database, target, target.root, "minidata_stage", rows_of(claimed))
    # Not before there is a stage: meanwhile others write.
    lock(database, target)
    _merge(database, target, manifest, claimed, staged)


def _copied(database: Database, target: Target, claimed: Claimed, *, ascending: bool) -> bool:
    """Copy all lines straight into their tables, if none of their keys is there; return whether that was so."""
    # Two that insert in the same order cannot wait for each other. Whoever may have to stay for more goes alone.
    shared = ascending and not target.stream.deleted
    try:
        # What fails is undone, the lock included.
        with database.transaction():
            lock(database, target, shared=shared)
            if target.stream.deleted and any_known(database, target):
                return False
            copy_all(database, target, claimed)
    except EngineError as exc:
        if isinstance(exc.__cause__, UniqueViolation | DeadlockDetected):
            return False
        raise
    return True


def _is_ascending(claimed: Claimed) -> bool:
    """Return whether each key is greater than the one before it, so that none comes twice."""
    if count_of(gone_of(claimed)):
        return False
    keys = [key for lines in rows_of(claimed).values() for key in lines.keys]
    try:
        return all(one < other for one, other in pairwise(keys))
    except TypeError:
        # Addresses of both kinds, which Python does not compare.
        return False


def _merge(database: Database, target: Target, manifest: Manifest, claimed: Claimed, staged: sql.Identifier) -> None:
    """Write each *staged* record where the table has no row of its key, or an older one. Under the table's lock."""
    lines = count_of(rows_of(claimed))
    lost = drop_deleted(database, target, staged) if target.stream.deleted else {}
    written = database.run(merge_statement(target, staged, _late(database, target, manifest.run, claimed)))
    if written < lines - _count(lost):
        lost = _both(lost, drop_overtaken(database, target, staged))
    check_accounted(target, written + _count(lost) == lines)
    reached(Failpoint.MID_MERGE)
    for table in target.tables[1:]:
        delete_rows(database, target, table, staged)
    copy_children(database, target, {number: page.without(lost.get(number, ())) for number, page in claimed.items()})
    if target.stream.deleted:
        forget_deleted(database, target, staged)
        check_accounted(target, announce(database, target, gone_of(claimed)) == count_of(gone_of(claimed)))


def _count(lost: Losers) -> int:
    return sum(map(len, lost.values()))


def _both(one: Losers, other: Losers) -> Losers:
    return {number: one.get(number, set()) | other.get(number, set()) for number in {*one, *other}}


def _late(database: Database, target: Target, run: str, claimed: Claimed) -> list[int] | None:
    """Return the ids of the objects that are not before those *claimed*; None when they are many."""
    first = next(iter(claimed.values())).page.number
    found = database.rows(objects_from(target, run, first) + sql.SQL(" limit {}").format(_MOST_LATE + 1))
    return [number for (number,) in found] if len(found) <= _MOST_LATE else None


def merge_statement(target: Target, staged: sql.Identifier, late: list[int] | None) -> sql.Composed:
    """
    Return the statement that inserts the staged records, or lets them take the place of older rows.

    Only a row from one of the objects *late*, or with None any row, may be newer: the others need no second look.
    """
    names = [*(column.name for column in target.root.columns if column.name not in target.stream.keys), RECORD, OBJECT]
    suspect = sql.SQL("true" if late is None else "t.{} = any ({}::bigint[])").format(sql.Identifier(OBJECT), late)
    # Sorted: a foreign session that does the same is met in one order.
    return sql.SQL(
        "insert into {table} as t ({columns}) select {columns} from {staged} order by {keys}"
        " on conflict ({keys}) do update set {assignments} where ({suspect} and {newer}) is not true"
    ).format(
        table=target.name(target.root),
        staged=staged,
        columns=target.columns(target.root),
        keys=sql.SQL(", ").join(map(sql.Identifier, target.stream.keys)),
        assignments=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in names),
        suspect=suspect,
        newer=newer("t", "excluded"),
    )
