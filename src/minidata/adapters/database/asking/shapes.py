"""What columns relations have."""

from collections.abc import Collection, Mapping

from minidata.adapters.database.connection import Database

_COLUMNS = """
select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where (n.nspname, c.relname) in (select * from unnest(%s::text[], %s::text[]))
order by 1, 2, a.attnum
"""


def columns_of(
    database: Database, relations: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Return the columns of those *relations* (schema, name) that are there, in their order, with their types."""
    schemas, names = [schema for schema, _ in relations], [name for _, name in relations]
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, name, column, kind in database.rows(_COLUMNS, [schemas, names]):
        found.setdefault((schema, name), {})[column] = kind
    return found
