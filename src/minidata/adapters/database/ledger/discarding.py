"""Records in quarantine that are given up: they stay there, marked."""

from collections.abc import Mapping

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger.quarantined import MEANT, UP_TO_DATE, Which

# A record with several reasons is discarded with all of them.
_DISCARD = f"""
with meant as (select distinct q.object, coalesce(q.record, -1) as record {MEANT}), gone as (
  update minidata.quarantine q set discarded_at = now(), discard_reason = %(why)s from meant
  where q.object = meant.object and coalesce(q.record, -1) = meant.record and q.discarded_at is null
  returning q.object, q.record
)
select count(distinct (object, record)) from gone
"""  # noqa: S608 - made of constants
_DISCARDED = """
select o.source, o.stream, count(distinct (q.object, q.record))
from minidata.quarantine q join minidata.object o on o.id = q.object and not o.rebuild
where q.discarded_at is not null group by 1, 2
"""


def discard(database: Database, which: Which, why: str | None) -> int:
    """Note that the records are given up, *why*; return how many they are. Those that were already stay as they are."""
    row = database.one(sql.SQL(_DISCARD), {**which.params, "why": why})
    return int(row[0]) if row else 0


def discarded(database: Database) -> Mapping[tuple[str, str], int]:
    """Return how many records are given up, by (source, stream)."""
    if not database.one(UP_TO_DATE):
        return {}
    return {(source, stream): records for source, stream, records in database.rows(_DISCARDED)}
