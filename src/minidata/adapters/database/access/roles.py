"""
The roles of a Postgres of our own: they log in with passwords of their own, and nobody else may do anything.

What each may do is in sql/init.sql. A password goes to the server as the verifier that it would keep anyway, so that
none is ever in its log.
"""

from collections.abc import Iterable, Mapping

from psycopg import sql
from pydantic import SecretStr

from minidata.adapters.database.connection import ANALYST, LOADER, READER, Database, translated

ROLES = (LOADER, ANALYST, READER)
# All that a role must not be, said again each time: somebody may have made it more.
_LOGIN = sql.SQL("alter role {} with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password {}")
# What every login of a new Postgres may do. Here only our roles, and whom an owner lets in, have business.
_CLOSED = (
    sql.SQL("revoke all on database {database}, postgres, template1 from public"),
    sql.SQL("revoke create on schema public from public"),
    sql.SQL("revoke execute on function lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) from public"),
    sql.SQL("grant connect on database {database} to {loader}, {analyst}, {reader}"),
    # Rows that are being loaded are first copied to a temporary table.
    sql.SQL("grant temporary on database {database} to {loader}"),
    # Models may read what its owner brings here in another way.
    sql.SQL("alter default privileges grant usage on schemas to {analyst}"),
    sql.SQL("alter default privileges grant select on tables to {analyst}"),
)
_ALL = "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'"
_OTHERS = """
select nspname from pg_namespace where nspname = any(%s) and pg_has_role(nspowner, 'usage')
order by nspname
"""
_READING = (
    sql.SQL("grant usage on schema {schema} to {analyst}"),
    sql.SQL("grant select on all tables in schema {schema} to {analyst}"),
    sql.SQL("alter default privileges in schema {schema} grant select on tables to {analyst}"),
)


def let_log_in(database: Database, passwords: Mapping[str, SecretStr]) -> None:
    """
    Give each role of *passwords* its password, and close the server to everybody else.

    Meant for the owner of a Postgres that is the project's alone. Raises EngineError when a role is not there.
    """
    names = {"loader": LOADER, "analyst": ANALYST, "reader": READER, "database": database.connection.info.dbname}
    identifiers = {key: sql.Identifier(name) for key, name in names.items()}
    with database.transaction():
        for role, password in passwords.items():
            database.run(_LOGIN.format(sql.Identifier(role), sql.Literal(_verifier(database, role, password))))
        for statement in _CLOSED:
            database.run(statement.format(**identifiers))
        let_analyst_read(database, [schema for (schema,) in database.rows(_ALL)])


def let_analyst_read(owner: Database, schemas: Iterable[str]) -> None:
    """
    Let models read the tables of *schemas*, those of them that are there and that *owner* may say so of.

    The tables that *owner* makes there later, too. Raises EngineError.
    """
    if not owner.one("select 1 from pg_roles where rolname = %s", [ANALYST]):
        return
    for (schema,) in owner.rows(_OTHERS, [sorted(schemas)]):
        for statement in _READING:
            owner.run(statement.format(schema=sql.Identifier(schema), analyst=sql.Identifier(ANALYST)))


def _verifier(database: Database, role: str, password: SecretStr) -> str:
    with translated():
        encrypt = database.connection.pgconn.encrypt_password
        return encrypt(password.get_secret_value().encode(), role.encode(), b"scram-sha-256").decode()
