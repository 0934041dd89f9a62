"""What a role lacks to make and to change the tables of a Source."""

from psycopg import sql

from minidata.adapters.database.access.privileges import Missing
from minidata.adapters.database.connection import Database
from minidata.adapters.database.targets import Target

_LACKS = """
select current_user::text, current_database()::text, n.oid is not null,
  has_database_privilege(current_database(), 'create'),
  coalesce(has_schema_privilege(n.oid, 'usage') and has_schema_privilege(n.oid, 'create'), true)
from (values (%s)) as wanted (name) left join pg_namespace n on n.nspname = wanted.name
"""
_NOT_OURS = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and c.relname = any(%s) and not pg_has_role(c.relowner, 'usage') order by 1 limit 1
"""


def lacking(database: Database, target: Target) -> Missing | None:
    """Return what whoever is connected lacks to make or change the tables of *target*; None when it is nothing."""
    who, name, there, may_make, may_use = database.one(_LACKS, [target.source]) or ("", "", True, True, True)
    if not there and not may_make:
        return Missing(f"{who} lacks CREATE on database {name}", _grant("create on database {} to {}", name, who))
    if not may_use:
        what = f"{who} lacks USAGE and CREATE on schema {target.source}"
        return Missing(what, _grant("usage, create on schema {} to {}", target.source, who))
    foreign = database.one(_NOT_OURS, [target.source, [table.name for table in target.tables]])
    if foreign is None:
        return None
    owner = sql.SQL("alter table {} owner to {}").format(sql.Identifier(target.source, foreign[0]), sql.Identifier(who))
    return Missing(f"{who} does not own the table {target.source}.{foreign[0]}", owner.as_string())


def _grant(what: str, on: str, who: str) -> str:
    return sql.SQL(f"grant {what}").format(sql.Identifier(on), sql.Identifier(who)).as_string()
