"""What each role needs of a database that is somebody else's, and what of it is missing."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from psycopg import sql

from minidata.adapters.database.connection import ANALYST, LOADER, READER, Database
from minidata.adapters.database.refusals import Denied
from minidata.adapters.database.scripts import run_script

SCHEMAS = ("minidata", "minidata_build", "analytics")
_ON_DATABASE = {LOADER: ("CREATE", "TEMPORARY")}
_ON_SCHEMAS: dict[str, dict[str, tuple[str, ...]]] = {
    LOADER: {"minidata": ("USAGE", "CREATE")},
    ANALYST: dict.fromkeys(SCHEMAS, ("USAGE", "CREATE")),
    READER: {"minidata": ("USAGE",), "analytics": ("USAGE",)},
}
_FOREIGN = "select from pg_namespace where nspname = any(%s) and not pg_has_role(nspowner, 'usage')"
# That the analyst may read what the loader makes. One login that does both reads its own.
_HANDED_ON = """
select from pg_roles r where r.rolname = current_user and r.rolname = %s and not exists (
  select from pg_default_acl d, aclexplode(d.defaclacl) a
  where d.defaclrole = r.oid and d.defaclobjtype = 'r' and a.grantee = to_regrole(%s) and a.privilege_type = 'SELECT')
"""
# What Postgres says that was denied; of a table it names no schema.
_DENIED = re.compile(r"permission denied for (?:(?P<table>table|view)|schema) (?P<name>.+)")
# What the loader needs there; others only read.
_ON_TABLES = {LOADER: ("SELECT", "INSERT", "UPDATE", "DELETE")}
_ON_SOURCES = {LOADER: ("USAGE", "CREATE")}
_TABLES = """
select n.nspname, c.relname, string_agg(wanted.privilege, ', ' order by wanted.place)
from pg_class c join pg_namespace n on n.oid = c.relnamespace,
  unnest(%s::text[]) with ordinality as wanted (privilege, place)
where c.relname = %s and c.relkind in ('r', 'p', 'v') and n.nspname !~ '^pg_'
  and not has_table_privilege(c.oid, wanted.privilege)
group by 1, 2 order by 1, 2
"""


@dataclass(frozen=True)
class Missing:
    """Something that a login lacks (*what*, in words), and the SQL by which an administrator gives it (*grant*)."""

    what: str
    grant: str


def prepare(database: Database, text: str, *, name: str) -> bool:
    """
    Run *text*, the script called *name* that makes roles and schemas; return False where an administrator has done it.

    They have when the schemas are there and belong to somebody else. Raises what run_script() raises.
    """
    if database.one(_FOREIGN, [list(SCHEMAS)]) is not None:
        return False
    run_script(database, text, name=name)
    return True


def missing(database: Database, role: str) -> Iterator[Missing]:
    """Yield what whoever is connected, as *role* or in its place, lacks of what *role* needs."""
    who, name = _names(database)
    for privilege in _ON_DATABASE.get(role, ()):
        if database.one("select has_database_privilege(current_database(), %s)", [privilege]) != (True,):
            yield _missing(who, privilege, "database", name)
    for schema, privileges in _ON_SCHEMAS[role].items():
        yield from _missing_on_schema(database, who, schema, privileges)
    if database.one(_HANDED_ON, [LOADER, ANALYST]) is not None:
        yield Missing(
            f"{ANALYST} may not read what {LOADER} will make",
            f"alter default privileges for role {LOADER} grant select on tables to {ANALYST}",
        )


def missing_for_schemas(database: Database) -> Iterator[Missing]:
    """Yield what the login lacks to make those of the schemas that are not there."""
    there = {
        name for (name,) in database.rows("select nspname from pg_namespace where nspname = any(%s)", [list(SCHEMAS)])
    }
    who, name = _names(database)
    if there != set(SCHEMAS) and database.one("select has_database_privilege(current_database(), 'create')") != (True,):
        yield _missing(who, "CREATE", "database", name)


def denied(database: Database, role: str | None, exc: Denied) -> Denied:
    """Return *exc* with what whoever is connected, for *role*, lacks of what it needs, where that is seen."""
    if database.connection.closed:
        return exc
    lacks = [*(missing(database, role) if role else ()), *_missing_of_sources(database, role or LOADER, str(exc))]
    if not lacks:
        return exc
    return Denied(f"{exc}: {'; '.join(dict.fromkeys(one.what for one in lacks))}", hint=mended(lacks))


def mended(lacks: Sequence[Missing]) -> str:
    """Return what gives all of *lacks*."""
    return f"an administrator of the database says: {'; '.join(dict.fromkeys(one.grant for one in lacks))}"


def _missing_of_sources(database: Database, role: str, message: str) -> Iterator[Missing]:
    """Yield what is missing of that which *message* says was denied, and which sql/init.sql knows nothing of."""
    found = _DENIED.search(message)
    who, _ = _names(database)
    if found is None:
        return
    if not found["table"]:
        yield from _missing_on_schema(database, who, found["name"], _ON_SOURCES.get(role, ("USAGE",)))
        return
    wanted = list(_ON_TABLES.get(role, ("SELECT",)))
    for schema, table, privileges in database.rows(_TABLES, [wanted, found["name"]]):
        grant = sql.SQL(f"grant {privileges.lower()} on {{}} to {{}}")
        yield Missing(
            f"{who} lacks {privileges} on {schema}.{table}",
            grant.format(sql.Identifier(schema, table), sql.Identifier(who)).as_string(),
        )


def _missing_on_schema(database: Database, who: str, schema: str, privileges: Iterable[str]) -> Iterator[Missing]:
    for privilege in privileges:
        held = "select has_schema_privilege(oid, %s) from pg_namespace where nspname = %s"
        if database.one(held, [privilege, schema]) != (True,):
            yield _missing(who, privilege, "schema", schema)


def _names(database: Database) -> tuple[str, str]:
    who, name = database.one("select current_user::text, current_database()::text") or ("", "")
    return who, name


def _missing(who: str, privilege: str, kind: str, name: str) -> Missing:
    grant = sql.SQL(f"grant {privilege.lower()} on {kind} {{}} to {{}}")
    return Missing(
        f"{who} lacks {privilege} on {kind} {name}",
        grant.format(sql.Identifier(name), sql.Identifier(who)).as_string(),
    )
