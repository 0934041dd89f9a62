"""Which raw objects a table still needs, should it ever have to be made again."""

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.core.marks import OBJECT

_NEEDED = """
select distinct o.run from minidata.object o
where o.source = %s and o.stream = %s
  and (o.quarantined > 0 or exists (select from {table} t where t.{object} = o.id))
"""


def needed_runs(database: Database, schema: str, stream: str) -> frozenset[str] | None:
    """
    Return the ids of the Runs that a row of the Stream's table, or a quarantined record, comes from.

    None when there is no such table, or no ledger: then nothing is known. Raises EngineError.
    """
    table = sql.Identifier(schema, stream)
    there = "select to_regclass(%s) is not null and to_regclass('minidata.object') is not null"
    if database.one(there, [table.as_string()]) != (True,):
        return None
    query = sql.SQL(_NEEDED).format(table=table, object=sql.Identifier(OBJECT))
    return frozenset(run for (run,) in database.rows(query, [schema, stream]))
