"""
One connection to Postgres, with its errors in our words and its session as minidata needs it.

Every session pins what a server, a role or a database may have set otherwise, so that the same statement means the
same.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow
from pydantic import SecretStr

from minidata.adapters.database.refusals import Denied, RoleRefused, not_connected, pooled, refused
from minidata.core.errors import ConfigError, LockedError

Query = sql.SQL | sql.Composed
Connection = psycopg.Connection[TupleRow]

LOADER = "minidata_loader"
ANALYST = "minidata_analyst"
READER = "minidata_reader"

_SESSION = {
    # Whoever drops this drops the others too.
    "minidata.session": "whole",
    "client_encoding": "UTF8",
    # What Postgres takes 09/12/2023 for where nobody says anything else, and so what models written for it mean.
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "search_path": "pg_catalog",
    "standard_conforming_strings": "on",
    "extra_float_digits": "1",
    "quote_all_identifiers": "off",
    # A transaction that another one stands in the way of is for Postgres to put in order, not for us to do again.
    "default_transaction_isolation": "read committed",
    # A killed client's long statement would keep its locks until it ended.
    "client_connection_check_interval": "500ms",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
}
# A peer that vanished is noticed within half a minute, unless the URL says otherwise. By Postgres, too: what a session
# has in hand stays locked until then, by default for two hours.
_KEEPALIVE: dict[str, Any] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_BEGUN = """
select current_setting('minidata.session', true),
  exists (select from pg_roles where rolname = %s and rolname <> current_user)
"""


@dataclass(frozen=True)
class Database:
    """An open connection, in autocommit: what belongs together stands in ``with database.transaction():``."""

    connection: Connection

    def run(self, query: Query | LiteralString, params: Any = None) -> int:
        """Execute one statement; return the number of rows it touched."""
        with translated():
            return self.connection.execute(_query(query), params).rowcount

    def rows(self, query: Query | LiteralString, params: Any = None) -> list[tuple[Any, ...]]:
        """Execute one query; return all its rows."""
        with translated():
            return self.connection.execute(_query(query), params).fetchall()

    def one(self, query: Query | LiteralString, params: Any = None) -> tuple[Any, ...] | None:
        """Execute one query; return its first row, or None."""
        with translated():
            return self.connection.execute(_query(query), params).fetchone()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an error rolls back and goes on, in our words."""
        with translated(), self.connection.transaction():
            yield

    @contextmanager
    def as_login(self) -> Iterator[None]:
        """One transaction without the role: Postgres shows what a session does to its own login, not to a role."""
        with self.transaction():
            self.run("set local role none")
            yield


@contextmanager
def connect(url: SecretStr, *, role: str | None = None, lock_timeout: float = 30.0) -> Iterator[Database]:
    """
    Open a connection to *url* and close it at the end; with *role*, act as that role where it exists.

    *lock_timeout* in seconds. Raises EngineDown when nothing answers, EngineError when Postgres refuses, ConfigError
    when *url* cannot be read or leads to a pooler.
    """
    asked = conninfo_to_dict(checked_url(url).get_secret_value())
    keepalive = {name: asked.get(name, value) for name, value in _KEEPALIVE.items()}
    session = {**_SESSION, "lock_timeout": str(int(lock_timeout * 1000)), **_postgres_own(keepalive)}
    options = " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in session.items())
    with translated(connecting=True):
        connection = psycopg.connect(
            url.get_secret_value(),
            autocommit=True,
            connect_timeout=10,
            application_name="minidata",
            options=options,
            **keepalive,
        )
    database = Database(connection)
    try:
        _begin(database, role)
        yield database
    finally:
        connection.close()


def checked_url(url: SecretStr) -> SecretStr:
    """Return *url* when libpq can read it; raise ConfigError, without a word of it, when not."""
    try:
        conninfo_to_dict(url.get_secret_value())
    except psycopg.Error:
        # The library's own message repeats the string, password and all.
        raise ConfigError(
            "the database's URL cannot be read",
            hint="write postgresql://user:password@host:port/name, with %-escapes in the password",
        ) from None
    return url


@contextmanager
def translated(*, connecting: bool = False) -> Iterator[None]:
    """
    Turn psycopg's errors into ours, keeping Postgres's primary message.

    Its detail and context stay away: they repeat values out of rows.
    """
    try:
        yield
    except psycopg.errors.LockNotAvailable as exc:
        raise LockedError(
            f"Postgres: {exc.diag.message_primary}", hint="somebody holds a lock on it; try again"
        ) from exc
    except psycopg.Error as exc:
        if connecting and isinstance(exc, psycopg.OperationalError) and exc.sqlstate is None:
            raise not_connected(exc) from exc
        raise refused(exc) from exc


def _postgres_own(keepalive: Mapping[str, Any]) -> dict[str, str]:
    """Return the server's names for the client's settings of *keepalive*."""
    return {name.replace("keepalives", "tcp_keepalives"): str(value) for name, value in keepalive.items()}


def _begin(database: Database, role: str | None) -> None:
    """See that the session is as we want it, and take on *role* where there is one."""
    session, is_there = database.one(_BEGUN, [role]) or (None, False)
    if session is None:
        raise pooled("drops")
    if role and is_there:
        try:
            database.run(sql.SQL("set role {}").format(sql.Identifier(role)))
        except Denied as exc:
            raise RoleRefused(str(exc)) from exc


def _query(query: Query | LiteralString) -> Query:
    return sql.SQL(query) if isinstance(query, str) else query
