"""A schema in which another program builds, as the analyst, for readers to read."""

from psycopg import sql

from minidata.adapters.database.connection import READER, Database
from minidata.core.errors import RefusedError

_OURS = """
select v.relname
from pg_class v
join pg_rewrite w on w.ev_class = v.oid
join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
join pg_class r on d.refclassid = 'pg_class'::regclass and r.oid = d.refobjid
where v.relnamespace = to_regnamespace(%s) and r.relnamespace = to_regnamespace('minidata_build')
order by 1 limit 1
"""


def prepare(database: Database, schema: str) -> None:
    """
    Make the *schema* where it is missing, and let readers read what will be built there.

    Raises RefusedError when views that a publish made are there: the other program would drop them.
    """
    name = sql.Identifier(schema)
    row = database.one(_OURS, [name.as_string()])
    if row is not None:
        raise RefusedError(
            f"{schema}.{row[0]} is published by minidata: dbt would drop it, with all that depends on it",
            hint="let dbt build in another schema: --schema",
        )
    with database.transaction():
        database.run(sql.SQL("create schema if not exists {}").format(name))
        if database.one("select from pg_roles where rolname = %s", [READER]) is None:
            return
        reader = sql.Identifier(READER)
        if database.one("select has_schema_privilege(to_regnamespace(%s), 'usage with grant option')", [schema]) == (
            True,
        ):
            database.run(sql.SQL("grant usage on schema {} to {}").format(name, reader))
        database.run(sql.SQL("alter default privileges in schema {} grant select on tables to {}").format(name, reader))
