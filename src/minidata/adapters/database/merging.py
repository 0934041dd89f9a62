"""
Pages of one Run into the tables of one Stream, inside the transaction that has claimed them.

**The law.** Which of several records with one key is the row is decided by (run, page, record) and by nothing else:
not by which was loaded first, with which others, or how often it was tried.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql
from psycopg.errors import UniqueViolation

from minidata.adapters.database import ledger
from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger import Counts
from minidata.adapters.database.staging import check_accounted, children_of, copy, rows_of, stage
from minidata.adapters.database.targets import Target
from minidata.core.columns import OBJECT, RECORD
from minidata.core.errors import EngineError
from minidata.core.preparing import Prepared, without_repeated
from minidata.core.runs import Manifest

# Of two loaders that could wait for each other's rows the second waits here, to the end of its transaction.
_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
_RECORD, _OBJECT = sql.Identifier(RECORD), sql.Identifier(OBJECT)


Table = Target


@dataclass(frozen=True)
class Batch:
    """What one Load did: the *pages* that it loaded, and what became of their records."""

    pages: tuple[Prepared, ...]
    counts: Counts


def load_batch(database: Database, table: Target, manifest: Manifest, pages: Sequence[Prepared]) -> Batch:
    """
    Load *pages* of one Run, in their order.

    All or nothing. A page that has been loaded before is left out. Raises EngineError and LockedError.
    """
    with database.transaction():
        claimed: dict[int, Prepared] = {}
        for page in pages:
            object_id = ledger.claim(database, manifest, page.page, table.fingerprint)
            if object_id is not None:
                claimed[object_id] = page
                ledger.quarantine(database, object_id, page.rejected, table.fingerprint)
        counts = {object_id: _counts(page) for object_id, page in claimed.items()}
        ledger.settle(database, counts.items())
        write(database, table, manifest, claimed)
    return Batch(tuple(claimed.values()), sum(counts.values(), Counts()))


def _counts(page: Prepared) -> Counts:
    deduplicated = page.fetched - page.quarantined - page.loaded
    return Counts(page.fetched, page.loaded, deduplicated, page.quarantined)


def write(database: Database, target: Target, manifest: Manifest, claimed: Mapping[int, Prepared]) -> None:
    """
    Write the rows of *claimed*, pages of *manifest*'s Run by the ids of their objects in the ledger.

    Inside a transaction in which the ledger has those objects. Raises EngineError and LockedError, and RuntimeError
    when records are lost or doubled on the way: nothing may be committed then.
    """
    if not target.stream.merges:
        _append(database, target, claimed)
        return
    database.run(_LOCK, [f"{target.source}.{target.stream.name}"])
    ids = sorted(claimed, key=lambda object_id: claimed[object_id].page.number)
    winners = dict(zip(ids, without_repeated([claimed[object_id] for object_id in ids]), strict=True))
    if not _inserted(database, target, winners):
        _merge(database, target, winners)


def _append(database: Database, target: Target, claimed: Mapping[int, Prepared]) -> None:
    """Copy all lines straight into the tables."""
    for table, sheets in ((target.root, rows_of(claimed)), *children_of(target, claimed)):
        lines = sum(len(lines.texts) for lines in sheets.values())
        if lines:
            copied = copy(database, target.name(table), target.columns(table), sheets)
            check_accounted(target, copied == lines)


def _inserted(database: Database, target: Target, claimed: Mapping[int, Prepared]) -> bool:
    """Copy all lines straight into the tables, if each key is new; return whether that was so."""
    try:
        with database.transaction():
            _append(database, target, claimed)
    except EngineError as exc:
        if isinstance(exc.__cause__, UniqueViolation):
            return False
        raise
    return True


def _merge(database: Database, target: Target, claimed: Mapping[int, Prepared]) -> None:
    sheets = rows_of(claimed)
    staged = stage(database, target, target.root, "minidata_stage", sheets)
    written = database.run(_merge_statement(target, staged))
    overtaken = 0
    if written < sum(len(lines.texts) for lines in sheets.values()):
        overtaken = database.run(_drop_overtaken(target, staged))
    check_accounted(target, written + overtaken == sum(len(lines.texts) for lines in sheets.values()))
    for number, (table, lines) in enumerate(children_of(target, claimed)):
        database.run(_delete_children(target, table.name, target.name(table), staged))
        children = stage(database, target, table, f"minidata_stage_{number}", lines)
        database.run(
            sql.SQL(
                "insert into {} ({columns}) select {columns} from {} c where exists"
                " (select from {} s where s.{object} = c.{object} and s.{record} = c.{record})"
            ).format(
                target.name(table), children, staged, columns=target.columns(table), object=_OBJECT, record=_RECORD
            )
        )


def _delete_children(target: Target, _name: str, table: sql.Identifier, staged: sql.Identifier) -> sql.Composed:
    on = sql.SQL(" and ").join(
        sql.SQL("c.{} = s.{}").format(sql.Identifier(f"_parent_{key}"), sql.Identifier(key))
        for key in target.stream.keys
    )
    return sql.SQL("delete from {} c using {} s where {}").format(table, staged, on)


def _merge_statement(target: Target, staged: sql.Identifier) -> sql.Composed:
    """Return the statement that moves the staged rows in where the table has none of their key, or an older one."""
    names = [*(column.name for column in target.root.columns if column.name not in target.stream.keys), RECORD, OBJECT]
    keys = sql.SQL(", ").join(map(sql.Identifier, target.stream.keys))
    return sql.SQL(
        "insert into {} as t ({columns}) select {columns} from {} order by {keys}"
        " on conflict ({keys}) do update set {assignments} where {newer} is not true"
    ).format(
        target.name(target.root),
        staged,
        columns=target.columns(target.root),
        keys=keys,
        assignments=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in names),
        newer=_newer("t", "excluded"),
    )


def _newer(one: str, other: str) -> sql.Composed:
    place = sql.SQL("(select (o.run, o.page, {0}._record) from minidata.object o where o.id = {0}._object)")
    return sql.SQL("({} > {})").format(place.format(sql.Identifier(one)), place.format(sql.Identifier(other)))


def _drop_overtaken(target: Target, staged: sql.Identifier) -> sql.Composed:
    """Return the statement that deletes from the stage what the table has newer rows of."""
    keys = [sql.SQL("t.{0} = s.{0}").format(sql.Identifier(key)) for key in target.stream.keys]
    return sql.SQL("delete from {} s using {} t where {} and {}").format(
        staged, target.name(target.root), sql.SQL(" and ").join(keys), _newer("t", "s")
    )
