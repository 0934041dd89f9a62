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

from minidata.adapters.database import history
from minidata.adapters.database.attempts import Attempts
from minidata.adapters.database.connection import Database
from minidata.adapters.database.deletes import announce, any_known, delete_rows, drop_deleted, forget_deleted
from minidata.adapters.database.precedence import Losers, drop_overtaken, lock, newer, objects_from
from minidata.adapters.database.staging import (
    Claimed,
    check_accounted,
    copy_all,
    copy_children,
    count_of,
    gone_of,
    rows_of,
    stage,
)
from minidata.adapters.database.targets import Target
from minidata.core.columns import OBJECT, RECORD
from minidata.core.errors import EngineError
from minidata.core.failpoints import Failpoint, reached
from minidata.core.preparing import without_repeated
from minidata.core.runs import Manifest


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
        _write_by_key(database, target, manifest, _last_of_each_key(claimed))


def _last_of_each_key(claimed: Claimed) -> Claimed:
    ids = sorted(claimed, key=lambda number: claimed[number].page.number)
    return dict(zip(ids, without_repeated([claimed[number] for number in ids]), strict=True))


def _write_by_key(database: Database, target: Target, manifest: Manifest, claimed: Claimed) -> None:
    attempts = Attempts.of(database.connection, target)
    if not count_of(gone_of(claimed)) and attempts.is_due():
        copied = _copied(database, target, claimed)
        attempts.note(good=copied)
        if copied:
            return
    lock(database, target)
    _merge(database, target, manifest, claimed)


def _copied(database: Database, target: Target, claimed: Claimed) -> bool:
    """Copy all lines straight into their tables, if none of their keys is there; return whether that was so."""
    # Two that insert in the same order cannot wait for each other. Whoever may have to stay for more goes alone.
    shared = not target.stream.deleted and _in_order(claimed)
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


def _in_order(claimed: Claimed) -> bool:
    keys = [key for lines in rows_of(claimed).values() for key in lines.keys]
    try:
        return all(one < other for one, other in pairwise(keys))
    except TypeError:
        # Addresses of both kinds, which Python does not compare.
        return False


def _merge(database: Database, target: Target, manifest: Manifest, claimed: Claimed) -> None:
    """Write each record where the table has no row of its key, or an older one. Under the table's lock."""
    lines = count_of(rows_of(claimed))
    staged = stage(database, target, target.root, "minidata_stage", rows_of(claimed))
    lost = drop_deleted(database, target, staged) if target.stream.deleted else {}
    written = database.run(merge_statement(target, manifest.run, min(p.page.number for p in claimed.values()), staged))
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


def merge_statement(target: Target, run: str, page: int, staged: sql.Identifier) -> sql.Composed:
    """
    Return the statement that inserts the staged records, or lets them take the place of older rows.

    They are of *run*, none of them before *page*: a row from an object before that needs no second look.
    """
    names = [*(column.name for column in target.root.columns if column.name not in target.stream.keys), RECORD, OBJECT]
    # Sorted: a foreign session that does the same is met in one order.
    return sql.SQL(
        "insert into {table} as t ({columns}) select {columns} from {staged} order by {keys}"
        " on conflict ({keys}) do update set {assignments}"
        " where (t.{object} in ({late}) and {newer}) is not true"
    ).format(
        table=target.name(target.root),
        staged=staged,
        columns=target.columns(target.root),
        keys=sql.SQL(", ").join(map(sql.Identifier, target.stream.keys)),
        assignments=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in names),
        object=sql.Identifier(OBJECT),
        late=objects_from(target, run, page),
        newer=newer("t", "excluded"),
    )
