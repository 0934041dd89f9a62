"""
The ledger: which objects have had their effect on the tables, and what did not fit.

It is written in the transaction that writes the rows, so the two cannot disagree.

    minidata.run         Runs that are loaded whole, by the key of their manifest
    minidata.object      objects that are loaded, with their counts; a row's _object is the id here
    minidata.quarantine  reasons why a record, or a whole body, was not loaded
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from psycopg import sql

from minidata.adapters.database.connection import Database, translated
from minidata.core.checking import Rejected
from minidata.core.errors import EngineError
from minidata.core.runs import Manifest, Page

# Serialises the making of tables between loaders; held to the end of the transaction.
_MAKING = 0x6C656467

_DDL = """
create table if not exists minidata.run (
  key text collate "C" primary key,
  source text not null,
  stream text not null,
  run text collate "C" not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  pages integer not null,
  loaded_at timestamptz not null default now()
);
create table if not exists minidata.object (
  id bigint generated always as identity primary key,
  key text collate "C" not null unique,
  sha256 text not null,
  source text not null,
  stream text not null,
  run text collate "C" not null,
  page integer not null,
  fetched bigint not null default 0,
  loaded bigint not null default 0,
  deduplicated bigint not null default 0,
  quarantined bigint not null default 0,
  row_fingerprint text not null,
  loaded_at timestamptz not null default now(),
  constraint accounted check (fetched = loaded + deduplicated + quarantined)
);
create index if not exists object_in_order on minidata.object (source, stream, run, page);
create table if not exists minidata.quarantine (
  id bigint generated always as identity primary key,
  object bigint not null references minidata.object,
  record integer,
  code text not null,
  pointer text not null,
  message text not null,
  detail text not null,
  row_fingerprint text not null,
  quarantined_at timestamptz not null default now(),
  discarded_at timestamptz,
  discard_reason text
);
create index if not exists quarantine_object on minidata.quarantine (object);
do $$
begin
  -- Asked first: a change, also one that changes nothing, would wait for all other loaders.
  if not exists (
    select from pg_attribute where attrelid = 'minidata.quarantine'::regclass and attname = 'discarded_at'
  ) then
    alter table minidata.quarantine add column discarded_at timestamptz, add column discard_reason text;
  end if;
end
$$;
comment on table minidata.quarantine is 'Why a record (place in its object; null: all of it) was not loaded.';
"""

_CLAIM = """
insert into minidata.object (key, sha256, source, stream, run, page, row_fingerprint)
values (%s, %s, %s, %s, %s, %s, %s) on conflict (key) do nothing returning id
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of records: always ``fetched == loaded + deduplicated + quarantined``."""

    fetched: int = 0
    loaded: int = 0
    deduplicated: int = 0
    quarantined: int = 0

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


def prepare_ledger(database: Database) -> None:
    """Make the ledger's tables where they are missing. Raises EngineError when `up` has never been here."""
    if not database.one("select 1 from pg_namespace where nspname = 'minidata'"):
        raise EngineError("the database has no schema minidata", hint="run `minidata up`: it prepares the database")
    with database.transaction():
        serialize_making(database)
        database.run(_DDL)


def serialize_making(database: Database) -> None:
    """Wait for other loaders that make tables, until the end of the transaction."""
    database.run("select pg_advisory_xact_lock(%s)", [_MAKING])


def forget(database: Database, source: str, stream: str) -> None:
    """Forget all that was loaded of the Stream, so that it is loaded again."""
    which = [source, stream]
    database.run(
        "delete from minidata.quarantine where object in "
        "(select id from minidata.object where source = %s and stream = %s)",
        which,
    )
    database.run("delete from minidata.object where source = %s and stream = %s", which)
    database.run("delete from minidata.run where source = %s and stream = %s", which)


def loaded_runs(database: Database, source: str, stream: str) -> frozenset[str]:
    """Return the manifest keys of the Stream's Runs that are loaded whole."""
    query = "select key from minidata.run where source = %s and stream = %s"
    return frozenset(key for (key,) in database.rows(query, [source, stream]))


def all_loaded_runs(database: Database) -> dict[tuple[str, str], frozenset[str]]:
    """Return the manifest keys of all Runs that are loaded whole, by (source, stream); empty before the first load."""
    if database.one("select to_regclass('minidata.run')") == (None,):
        return {}
    found = database.rows("select source, stream, array_agg(key) from minidata.run group by source, stream")
    return {(source, stream): frozenset(keys) for source, stream, keys in found}


def loaded_pages(database: Database, manifest: Manifest) -> frozenset[str]:
    """Return the keys of those of the Run's pages that are loaded."""
    query = "select key from minidata.object where source = %s and stream = %s and run = %s"
    return frozenset(key for (key,) in database.rows(query, [manifest.source, manifest.stream, manifest.run]))


def newest_run(database: Database, source: str, stream: str) -> str | None:
    """Return the id of the newest Run of which anything is loaded."""
    query = "select max(run) from minidata.object where source = %s and stream = %s"
    row = database.one(query, [source, stream])
    return row[0] if row else None


def claim(database: Database, manifest: Manifest, page: Page, fingerprint: str) -> int | None:
    """Note the page's object as loaded by this transaction; return its id, or None when it has been loaded before."""
    values = (page.key, page.sha256, manifest.source, manifest.stream, manifest.run, page.number, fingerprint)
    row = database.one(_CLAIM, values)
    return None if row is None else int(row[0])


def settle(database: Database, counts: Iterable[tuple[int, Counts]]) -> None:
    """Write what became of each object's records; the table refuses counts that do not add up."""
    update = """
    update minidata.object set fetched = %s, loaded = %s, deduplicated = %s, quarantined = %s where id = %s
    """
    values = [(c.fetched, c.loaded, c.deduplicated, c.quarantined, object_id) for object_id, c in counts]
    with translated(), database.connection.cursor() as cursor:
        cursor.executemany(update, values)


def quarantine(database: Database, object_id: int, reasons: Sequence[Rejected], fingerprint: str) -> None:
    """Write down why records of the object were not loaded."""
    if not reasons:
        return
    copy = sql.SQL(
        "copy minidata.quarantine (object, record, code, pointer, message, detail, row_fingerprint) from stdin"
    )
    with translated(), database.connection.cursor() as cursor, cursor.copy(copy) as stream:
        for reason in reasons:
            stream.write_row(
                (object_id, reason.record, reason.code, reason.pointer, reason.message, reason.detail, fingerprint)
            )


def finish_run(database: Database, key: str, manifest: Manifest) -> bool:
    """Note that all pages of the Run are loaded; return False when another loader has noted it."""
    written = database.run(
        """
        insert into minidata.run (key, source, stream, run, started_at, finished_at, pages)
        values (%s, %s, %s, %s, %s, %s, %s) on conflict (key) do nothing
        """,
        [
            key,
            manifest.source,
            manifest.stream,
            manifest.run,
            manifest.started_at,
            manifest.finished_at,
            len(manifest.pages),
        ],
    )
    return written == 1


def totals(database: Database) -> dict[tuple[str, str], Counts]:
    """Return what became of all records ever loaded, by (source, stream); empty before the first load."""
    if not database.one("select to_regclass('minidata.object') where to_regclass('minidata.object') is not null"):
        return {}
    query = """
    select source, stream, sum(fetched)::bigint, sum(loaded)::bigint, sum(deduplicated)::bigint,
           sum(quarantined)::bigint
    from minidata.object group by source, stream order by source, stream
    """
    return {(source, stream): Counts(*map(int, counts)) for source, stream, *counts in database.rows(query)}
