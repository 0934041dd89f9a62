"""How a Postgres is: what it says of itself, in one look that changes nothing."""

from dataclasses import dataclass
from datetime import datetime

from minidata.adapters.database.connection import Database
from minidata.core.errors import EngineError

_ABOUT = """
select current_setting('server_version_num')::integer, current_setting('server_version'),
  (select pg_encoding_to_char(encoding) from pg_database where datname = current_database()),
  pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',
  current_setting('max_connections')::integer,
  (select count(*) from pg_stat_activity where backend_type = 'client backend'),
  clock_timestamp(), pg_postmaster_start_time()
"""
# What decides whether that which was committed is still there when the power has failed.
_SAFETY = ("fsync", "full_page_writes", "synchronous_commit")
_COLLATIONS = """
select 'database ' || datname || ' (' || datcollversion || ', now '
  || pg_database_collation_actual_version(oid) || ')'
from pg_database
where datname = current_database() and datcollversion <> pg_database_collation_actual_version(oid)
union all
select collname || ' (' || collversion || ', now ' || pg_collation_actual_version(oid) || ')'
from pg_collation where collversion <> pg_collation_actual_version(oid) and oid in (
  select attcollation from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relkind in ('r', 'i', 'm')
)
"""


# The first Postgres that keeps with which version of its order a database was made.
_COLLATION_VERSIONS = 150000


@dataclass(frozen=True)
class Health:
    """
    What a Postgres says of itself.

    *number* is its version as a number, 180004 for 18.4. *unsafe* are settings that are off and should be on.
    *collations* are those whose order of text is not that of when they were made. *now* is its clock, *born* when it
    was started.
    """

    number: int
    version: str
    encoding: str
    standby: bool
    read_only: bool
    max_connections: int
    connections: int
    now: datetime
    born: datetime
    unsafe: tuple[str, ...]
    collations: tuple[str, ...]


def health(database: Database) -> Health:
    """Return how the Postgres is. Raises EngineError."""
    row = database.one(_ABOUT)
    if row is None:
        raise EngineError("Postgres answers nothing")
    number, version, encoding, standby, read_only, most, connections, now, born = row
    unsafe = database.rows("select name from pg_settings where name = any(%s) and setting = 'off'", [list(_SAFETY)])
    collations = database.rows(_COLLATIONS) if number >= _COLLATION_VERSIONS else []
    return Health(
        number=number,
        version=str(version).split()[0],
        encoding=encoding,
        standby=standby,
        read_only=read_only,
        max_connections=most,
        connections=connections,
        now=now,
        born=born,
        unsafe=tuple(name for (name,) in unsafe),
        collations=tuple(text for (text,) in collations),
    )
