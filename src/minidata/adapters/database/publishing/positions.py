"""How far the Sources' tables have come, as the ledger knows it."""

from collections.abc import Collection

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.core.marks import OBJECT, POSITION
from minidata.core.queries.relations import Source

_TABLES = """
select s.schema, s.name, c.oid::bigint, c.relnatts
from unnest(%s::text[], %s::text[]) as s(schema, name)
join pg_namespace n on n.nspname = s.schema
join pg_class c on c.relnamespace = n.oid and c.relname = s.name and c.relkind in ('r', 'p', 'v', 'm', 'f')
"""
# A table whose rows are told apart by their place in a list is a child, which is loaded with its Stream's. A copy that
# somebody has made of it has no key.
_CHILDREN = """
select s.schema, s.name
from unnest(%s::text[], %s::text[]) as s(schema, name)
join pg_index i on i.indrelid = to_regclass(format('%%I.%%I', s.schema, s.name)) and i.indisprimary
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey) and a.attname = %s
"""
# What a rebuild loads is not in use yet; an older ledger has no column for it. An object without records is no step
# forward. A record that leaves the quarantine may take another's place, and so change no other number.
_LOADED = """
select o.source, o.stream, count(*) filter (where o.fetched > 0), max(o.id) filter (where o.fetched > 0),
  sum(o.loaded)::bigint, sum(o.quarantined)::bigint
from minidata.object o join unnest(%s::text[], %s::text[]) as s(source, stream) using (source, stream)
where to_jsonb(o)->>'rebuild' is distinct from 'true'
group by o.source, o.stream
"""


def positions(database: Database, sources: Collection[Source], run: str) -> dict[Source, str]:
    """
    Return how far each of the tables that are there has come: equal positions, equal rows.

    The ledger knows what has been loaded. A table that it does not know has another position in each *run*.
    """
    names = _columns(sources)
    parents = _parents(database, names)
    loaded = _loaded(database, _columns({*sources, *parents.values()}))
    known = loaded | {child: loaded.get(parent, "rows=0") for child, parent in parents.items()}
    return {
        (schema, name): f"table={oid}/{columns} " + known.get((schema, name), f"unknown={run}")
        for schema, name, oid, columns in database.rows(_TABLES, names)
    }


def _columns(sources: Collection[Source]) -> list[list[str]]:
    wanted = sorted(sources)
    return [[schema for schema, _ in wanted], [name for _, name in wanted]]


def _parents(database: Database, names: list[list[str]]) -> dict[Source, Source]:
    """Return the Stream's table of each child table; a child that has no rows tells none, and is its own."""
    found = {}
    for schema, name in database.rows(_CHILDREN, [*names, POSITION]) if _has_ledger(database) else ():
        query = sql.SQL("select source, stream from minidata.object where id = (select {} from {} limit 1)")
        parent = database.one(query.format(sql.Identifier(OBJECT), sql.Identifier(schema, name)))
        found[schema, name] = (parent[0], parent[1]) if parent else (schema, name)
    return found


def _has_ledger(database: Database) -> bool:
    return database.one("select to_regclass('minidata.object')") != (None,)


def _loaded(database: Database, names: list[list[str]]) -> dict[Source, str]:
    if not _has_ledger(database):
        return {}
    return {
        (source, stream): f"objects={objects} newest={newest} rows={rows} quarantined={quarantined}"
        for source, stream, objects, newest, rows, quarantined in database.rows(_LOADED, names)
    }
