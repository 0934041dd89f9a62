"""
The ledger: which objects have had their effect on the tables, and what did not fit.

It is written in the transaction that writes the rows, so the two cannot disagree.

    minidata.run         Runs that are loaded whole, by the key of their manifest
    minidata.object      objects that are loaded, with their counts; a row's _object is the id here
    minidata.quarantine  reasons why a record, or a whole body, was not loaded

What is loaded into the tables of a rebuild stands beside it, marked *rebuild*.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from minidata.adapters.database.connection import Database, translated
from minidata.adapters.database.ledger.making import in_use, version_of
from minidata.adapters.database.targets import Target
from minidata.core.fitting.checking import Rejected
from minidata.core.loading.preparing import Prepared
from minidata.core.runs import Manifest

_RECORD = """
insert into minidata.object
  (key, sha256, page, fetched, loaded, deduplicated, quarantined, source, stream, run, row_fingerprint, rebuild)
select page.*, %s, %s, %s, %s, %s
from unnest(%s::text[], %s::text[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) as page
on conflict (key, rebuild) do nothing returning id, key
"""
_QUARANTINE = """
copy minidata.quarantine (object, record, code, pointer, message, detail, row_fingerprint) from stdin
"""
_FINISH = """
insert into minidata.run (key, source, stream, run, started_at, finished_at, pages, rebuild)
select %(key)s, source, stream, run, %(started_at)s, %(finished_at)s, %(pages)s, rebuild
from (values (%(source)s, %(stream)s, %(run)s, %(rebuild)s)) as one (source, stream, run, rebuild)
where %(pages)s = (
  select count(*) from minidata.object o
  where (o.source, o.stream, o.run, o.rebuild) = (one.source, one.stream, one.run, one.rebuild))
on conflict (key, rebuild) do nothing
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of records: always ``fetched == loaded + deduplicated + quarantined``."""

    fetched: int = 0
    loaded: int = 0
    deduplicated: int = 0
    quarantined: int = 0

    @classmethod
    def of(cls, page: Prepared) -> "Counts":
        """Return what becomes of the records of *page*, wherever and with whatever else it is loaded."""
        return cls(page.fetched, page.loaded, page.fetched - page.loaded - page.quarantined, page.quarantined)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.fetched + other.fetched,
            self.loaded + other.loaded,
            self.deduplicated + other.deduplicated,
            self.quarantined + other.quarantined,
        )

    @property
    def balanced(self) -> bool:
        """Whether nothing is missing and nothing is too many."""
        return self.fetched == self.loaded + self.deduplicated + self.quarantined


def loaded_runs(database: Database, target: Target) -> frozenset[str]:
    """Return the manifest keys of the Runs that are loaded whole."""
    query = "select key from minidata.run where source = %s and stream = %s and rebuild = %s"
    return frozenset(key for (key,) in database.rows(query, target.marks))


def all_loaded_runs(database: Database) -> dict[tuple[str, str], frozenset[str]]:
    """Return the manifest keys of all Runs that are loaded whole, by (source, stream); empty before the first load."""
    version = version_of(database)
    if not version:
        return {}
    query = sql.SQL("select source, stream, array_agg(key) from minidata.run where {} group by source, stream")
    found = database.rows(query.format(in_use(version)))
    return {(source, stream): frozenset(keys) for source, stream, keys in found}


def loaded_pages(database: Database, target: Target, run: str) -> frozenset[str]:
    """Return the keys of those of the Run's pages that are loaded."""
    query = "select key from minidata.object where source = %s and stream = %s and rebuild = %s and run = %s"
    return frozenset(key for (key,) in database.rows(query, [*target.marks, run]))


def loaded_objects(database: Database, target: Target, keys: Collection[str]) -> frozenset[str]:
    """Return which of the objects at *keys* are loaded."""
    query = "select key from minidata.object where key = any(%s) and rebuild = %s"
    return frozenset(key for (key,) in database.rows(query, [list(keys), target.rebuild]))


def newest(database: Database, target: Target) -> tuple[str, int] | None:
    """Return the run and the page of the newest object that is loaded; None when nothing is."""
    query = """
    select run, page from minidata.object where source = %s and stream = %s and rebuild = %s
    order by run desc, page desc limit 1
    """
    row = database.one(query, target.marks)
    return (row[0], row[1]) if row else None


def record(database: Database, target: Target, manifest: Manifest, pages: Sequence[Prepared]) -> dict[int, Prepared]:
    """
    Note the objects of *pages* as loaded by this transaction, with what becomes of their records.

    Return them by their ids, in the order of the pages; those that were loaded before are left out.
    """
    counts = [Counts.of(page) for page in pages]
    values = [
        *(manifest.source, manifest.stream, manifest.run, target.fingerprint, target.rebuild),
        [page.page.key for page in pages],
        [page.page.sha256 for page in pages],
        [page.page.number for page in pages],
        [count.fetched for count in counts],
        [count.loaded for count in counts],
        [count.deduplicated for count in counts],
        [count.quarantined for count in counts],
    ]
    ids = {key: int(number) for number, key in database.rows(_RECORD, values)}
    return {ids[page.page.key]: page for page in pages if page.page.key in ids}


def has_object(database: Database, number: int) -> bool:
    """Return whether the object with this id is loaded. No two transactions ever give one id, not even undone ones."""
    return database.one("select 1 from minidata.object where id = %s", [number]) is not None


def quarantine(database: Database, object_id: int, reasons: Sequence[Rejected], fingerprint: str) -> None:
    """Write down why records of the object were not loaded."""
    quarantine_all(database, {object_id: reasons}, fingerprint)


def quarantine_all(database: Database, reasons: Mapping[int, Sequence[Rejected]], fingerprint: str) -> None:
    """Write down why records of objects, by their ids, were not loaded."""
    if not any(reasons.values()):
        return
    with translated(), database.connection.cursor() as cursor, cursor.copy(_QUARANTINE) as stream:
        for number, found in reasons.items():
            for one in found:
                stream.write_row((number, one.record, one.code, one.pointer, one.message, one.detail, fingerprint))


def settle(database: Database, counts: Iterable[tuple[int, Counts]]) -> None:
    """Write what became of each object's records; the table refuses counts that do not add up."""
    update = """
    update minidata.object set fetched = %s, loaded = %s, deduplicated = %s, quarantined = %s where id = %s
    """
    values = [(c.fetched, c.loaded, c.deduplicated, c.quarantined, object_id) for object_id, c in counts]
    with translated(), database.connection.cursor() as cursor:
        cursor.executemany(update, values)


def finish_run(database: Database, target: Target, key: str, manifest: Manifest, pages: int) -> bool:
    """Note that all *pages* of the Run are loaded; return False when they are not, or another loader has noted it."""
    run = manifest.model_dump(include={"source", "stream", "run", "started_at", "finished_at"})
    return database.run(_FINISH, {"key": key, "pages": pages, "rebuild": target.rebuild, **run}) == 1


def totals(database: Database) -> dict[tuple[str, str], Counts]:
    """Return what became of all records ever loaded, by (source, stream); empty before the first load."""
    version = version_of(database)
    if not version:
        return {}
    query = sql.SQL(
        """
        select source, stream, sum(fetched)::bigint, sum(loaded)::bigint, sum(deduplicated)::bigint,
               sum(quarantined)::bigint
        from minidata.object where {} group by source, stream order by source, stream
        """
    ).format(in_use(version))
    return {(source, stream): Counts(*map(int, counts)) for source, stream, *counts in database.rows(query)}
