"""The schemas that readers look into: whether the analyst may make what is missing, and publish in those there are."""

from collections.abc import Iterable

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.refusals import Denied

_LACKING = """
select s.name, n.oid is null, current_user::text, current_database()::text
from unnest(%s::text[]) as s(name) left join pg_namespace n on n.nspname = s.name
where not coalesce(has_schema_privilege(n.oid, 'create'), has_database_privilege(current_database(), 'create'))
order by 1
"""


def check_schemas(database: Database, names: Iterable[str]) -> None:
    """Raise Denied, with what mends it, when one of the schemas *names* cannot be made, or nothing be made in it."""
    row = database.one(_LACKING, [sorted(set(names))])
    if row is None:
        return
    name, is_missing, who, where = row
    what = "make the schema" if is_missing else "publish in the schema"
    on, target = ("database", where) if is_missing else ("schema", name)
    grant = sql.SQL("grant create on {} {} to {}").format(sql.SQL(on), sql.Identifier(target), sql.Identifier(who))
    raise Denied(
        f"{who} may not {what} {name}",
        hint=f"`minidata up` mends that where it may; else an administrator of the database says: {grant.as_string()}",
    )
