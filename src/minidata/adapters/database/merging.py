"""
One Load: pages of one Run into one table, with their ledger rows and quarantine, in one transaction.

**The law.** Which of several records with one key is the row is decided by (run, page, record) and by nothing else:
not by which was loaded first, with which others, or how often it was tried.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from minidata.adapters.database import ledger
from minidata.adapters.database.connection import Database, translated
from minidata.adapters.database.ledger import Counts
from minidata.core.columns import OBJECT, RECORD
from minidata.core.preparing import Prepared
from minidata.core.runs import Manifest
from minidata.core.source import Stream

_STAGE = sql.Identifier("pg_temp", "minidata_stage")
# Of two loaders of one table the second waits here, so that they cannot wait for each other's rows.
_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
_RECORD, _OBJECT = sql.Identifier(RECORD), sql.Identifier(OBJECT)


@dataclass(frozen=True)
class Table:
    """Where a Stream's rows go. *fingerprint* is that of its Row."""

    schema: str
    stream: Stream
    fingerprint: str

    @property
    def name(self) -> sql.Identifier:
        """The table's name, quoted."""
        return sql.Identifier(self.schema, self.stream.name)

    @property
    def columns(self) -> sql.Composed:
        """All columns, in the order of a line: the Row's, then the trace."""
        names = [sql.Identifier(column.name) for column in self.stream.columns]
        return sql.SQL(", ").join([*names, _RECORD, _OBJECT])


@dataclass(frozen=True)
class Batch:
    """What one Load did: the *pages* that it loaded, and what became of their records."""

    pages: tuple[Prepared, ...]
    counts: Counts


def load_batch(database: Database, table: Table, manifest: Manifest, pages: Sequence[Prepared]) -> Batch:
    """
    Load *pages* of one Run, in their order.

    All or nothing. A page that has been loaded before is left out. Raises EngineError and LockedError.
    """
    with database.transaction():
        database.run(_LOCK, [f"{table.schema}.{table.stream.name}"])
        newest = ledger.newest_run(database, table.schema, table.stream.name)
        claimed = _claim(database, table, manifest, pages)
        counts = _write(database, table, manifest, claimed, contested=newest is not None and newest >= manifest.run)
        ledger.settle(database, counts.items())
    return Batch(tuple(claimed.values()), sum(counts.values(), Counts()))


def _claim(database: Database, table: Table, manifest: Manifest, pages: Sequence[Prepared]) -> dict[int, Prepared]:
    claimed: dict[int, Prepared] = {}
    for page in pages:
        object_id = ledger.claim(database, manifest, page.page, table.fingerprint)
        if object_id is not None:
            claimed[object_id] = page
            ledger.quarantine(database, object_id, page.rejected, table.fingerprint)
    return claimed


def _write(
    database: Database, table: Table, manifest: Manifest, claimed: dict[int, Prepared], *, contested: bool
) -> dict[int, Counts]:
    staged = _stage(database, table, claimed)
    _assert_accounted(table, staged == sum(page.kept for page in claimed.values()))
    inserted = database.run(insert_statement(table)) if contested and table.stream.merges else 0
    repeated: dict[int, tuple[int, int]] = {}
    merged = inserted
    if inserted < staged:
        if inserted:
            database.run(_without_inserted(table))
        repeated = _repeated(database, table, manifest) if contested and table.stream.merges else {}
        merged += database.run(merge_statement(table, contested=contested))
    overtaken = sum(newer for _, newer in repeated.values())
    _assert_accounted(table, merged == staged - overtaken)
    return {object_id: _counts(page) for object_id, page in claimed.items()}


def _counts(page: Prepared) -> Counts:
    deduplicated = page.fetched - page.quarantined - page.loaded
    return Counts(page.fetched, page.loaded, deduplicated, page.quarantined)


def _stage(database: Database, table: Table, claimed: dict[int, Prepared]) -> int:
    """Copy the lines into a temporary table, which takes the dead space of an aborted copy with it."""
    database.run(
        sql.SQL("create temp table {} on commit drop as select {} from {} with no data").format(
            sql.Identifier("minidata_stage"), table.columns, table.name
        )
    )
    copy = sql.SQL("copy {} ({}) from stdin").format(_STAGE, table.columns)
    with translated(), database.connection.cursor() as cursor:
        with cursor.copy(copy) as stream:
            for object_id, page in claimed.items():
                if page.rows.texts:
                    end = f"\t{object_id}\n"
                    stream.write((end.join(page.rows.texts) + end).encode())
        return cursor.rowcount


def _repeated(database: Database, table: Table, manifest: Manifest) -> dict[int, tuple[int, int]]:
    """
    Return, by staged object, how many of its records have a row already from this Run, and how many from a newer place.

    The first are repetitions within the Run, replaced by the later one; the second have been overtaken.
    """
    query = sql.SQL(
        """
        select s.{object},
               count(*) filter (where (o.run, o.page) <= (mine.run, mine.page)),
               count(*) filter (where (o.run, o.page) > (mine.run, mine.page))
        from {stage} s
        join {target} t on ({on})
        join minidata.object o on o.id = t.{object}
        join minidata.object mine on mine.id = s.{object}
        where o.run >= %s
        group by 1
        """
    ).format(
        object=_OBJECT,
        stage=_STAGE,
        target=table.name,
        on=_same_key(table),
    )
    return {row[0]: (row[1], row[2]) for row in database.rows(query, [manifest.run])}


def insert_statement(table: Table) -> sql.Composed:
    """
    Return the statement that moves in the staged rows whose key the table does not have, and passes over the others.

    In a long Run nearly every row is new: where all are, nothing needs to be looked up and decided.
    """
    insert = sql.SQL("insert into {} ({columns}) select {columns} from {} on conflict do nothing")
    return insert.format(table.name, _STAGE, columns=table.columns)


def _without_inserted(table: Table) -> sql.Composed:
    """Return the statement that leaves on the stage only what has just been passed over."""
    delete = sql.SQL("delete from {} s using {} t where t.{object} = s.{object} and t.{record} = s.{record} and {on}")
    return delete.format(_STAGE, table.name, object=_OBJECT, record=_RECORD, on=_same_key(table))


def _same_key(table: Table) -> sql.Composed:
    keys = [sql.SQL("t.{0} = s.{0}").format(sql.Identifier(key)) for key in table.stream.keys]
    return sql.SQL(" and ").join(keys)


def merge_statement(table: Table, *, contested: bool) -> sql.Composed:
    """
    Return the statement that moves the staged rows into the table.

    *contested* says that the table may hold rows of this Run or of a newer one, so each meeting must be decided.
    """
    insert = sql.SQL("insert into {} as t ({columns}) select {columns} from {}").format(
        table.name, _STAGE, columns=table.columns
    )
    if not table.stream.merges:
        return sql.Composed([insert])
    update = sql.SQL(" on conflict ({}) do update set {}").format(
        sql.SQL(", ").join(map(sql.Identifier, table.stream.keys)),
        sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(name)
            for name in (
                *(sql.Identifier(c.name) for c in table.stream.columns if c.name not in table.stream.keys),
                _RECORD,
                _OBJECT,
            )
        ),
    )
    return insert + update + (_where_newer() if contested else sql.SQL(""))


def _where_newer() -> sql.Composed:
    place = sql.SQL("(select (o.run, o.page) from minidata.object o where o.id = {}.{})")
    return sql.SQL(" where {} <= {}").format(
        place.format(sql.Identifier("t"), _OBJECT), place.format(sql.Identifier("excluded"), _OBJECT)
    )


def _assert_accounted(table: Table, holds: bool) -> None:  # noqa: FBT001 - it reads as a sentence
    if not holds:
        raise RuntimeError(f"the records of {table.schema}.{table.stream.name} do not add up; nothing was loaded")
