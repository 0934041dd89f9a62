"""What columns relations have, and queries would have."""

from collections.abc import Collection, Mapping

from psycopg import sql

from minidata.adapters.database.authored import Authored, execute
from minidata.adapters.database.connection import Database

_COLUMNS = """
select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where (n.nspname, c.relname) in (select * from unnest(%s::text[], %s::text[]))
order by 1, 2, a.attnum
"""
_TYPES = "select format_type(t, m) from unnest(%s::oid[], %s::int[]) with ordinality as x (t, m, n) order by n"


def columns_of(
    database: Database, relations: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Return the columns of those *relations* (schema, name) that are there, in their order, with their types."""
    schemas, names = [schema for schema, _ in relations], [name for _, name in relations]
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, name, column, kind in database.rows(_COLUMNS, [schemas, names]):
        found.setdefault((schema, name), {})[column] = kind
    return found


def columns_of_query(database: Database, query: Authored) -> list[tuple[str, str]]:
    """
    Return the names and types of the columns that *query* has, in their order. No row is read.

    Raises ConfigError when it is at fault, naming file and line, EngineError when Postgres is.
    """
    cursor = execute(database, query, query.within(sql.SQL("select * from ("), ") as described limit 0"))
    columns = cursor.description or []
    modifiers = [cursor.pgresult.fmod(at) for at in range(len(columns))] if cursor.pgresult else []
    types = database.rows(_TYPES, [[column.type_code for column in columns], modifiers])
    return [(column.name, kind) for column, (kind,) in zip(columns, types, strict=True)]
