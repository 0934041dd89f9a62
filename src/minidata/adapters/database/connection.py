"""
One connection to Postgres, with its errors in our words and its session as minidata needs it.

Every session pins what a server, a role or a database may have set otherwise, so that the same statement means the
same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow
from pydantic import SecretStr

from minidata.core.errors import ConfigError, EngineDown, EngineError, LockedError, MinidataError

Query = sql.SQL | sql.Composed
Connection = psycopg.Connection[TupleRow]

LOADER = "minidata_loader"
ANALYST = "minidata_analyst"
READER = "minidata_reader"

_SESSION = {
    "client_encoding": "UTF8",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "search_path": "pg_catalog",
    "standard_conforming_strings": "on",
    # A killed client's long statement would keep its locks until it ended.
    "client_connection_check_interval": "500ms",
    "idle_in_transaction_session_timeout": "0",
}
# A peer that vanished is noticed within half a minute.
_KEEPALIVE: dict[str, Any] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# What Postgres says last when it is stopped, or when one of its processes has died.
_LEAVING = (psycopg.errors.AdminShutdown, psycopg.errors.CrashShutdown)
# libpq gives no code for what refuses a connection, so that its words must do. Our own servers speak English.
_NOT_LET_IN = ("is not permitted to log in", "permission denied for database", "no pg_hba.conf entry")
_BUSY = (
    *("starting up", "shutting down", "recovery mode", "not yet accepting connections"),
    *("too many clients", "too many connections", "remaining connection slots"),
)
# What PgBouncer says of the settings that a session begins with.
_POOLED = "unsupported startup parameter"


class EngineBusy(EngineDown):
    """Postgres is there and takes no connection now: it starts, it stops, or it has as many as it may."""

    hint = "try again in a moment"


class RoleRefused(EngineError):
    """Postgres lets the user not in, or not take on a role."""

    hint = "an administrator of the database mends that with what `minidata db grants` prints"


class WrongPassword(RoleRefused):
    """Postgres does not know the user, or not with this password."""

    hint = "check the user and the password in its URL"


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
    when *url* cannot be read.
    """
    options = " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in _SESSION.items())
    with translated(connecting=True):
        connection = psycopg.connect(
            url.get_secret_value(),
            autocommit=True,
            connect_timeout=10,
            application_name="minidata",
            options=f"{options} -c lock_timeout={int(lock_timeout * 1000)}",
            **_KEEPALIVE,
        )
    database = Database(connection)
    try:
        if role:
            _take_role(database, role)
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
    except psycopg.OperationalError as exc:
        raise _operational(exc, connecting=connecting) from exc
    except psycopg.Error as exc:
        raise EngineError(f"Postgres: {exc.diag.message_primary or exc}") from exc


def _operational(exc: psycopg.OperationalError, *, connecting: bool) -> MinidataError:
    message = exc.diag.message_primary or " ".join(str(exc).split())
    if connecting and exc.sqlstate is None:
        return _not_connected(message)
    # It may have had the time to say that it goes.
    if not connecting and (exc.sqlstate is None or isinstance(exc, _LEAVING)):
        return EngineDown(f"Postgres went away: {message}", hint="see `minidata status`, then run this again")
    return EngineError(f"Postgres: {message}")


def _not_connected(message: str) -> MinidataError:
    said = message.rpartition("FATAL:")[2].strip()
    if _POOLED in said:
        return ConfigError(
            "a pooler stands before Postgres and refuses the settings of a session",
            hint="give the URL of Postgres itself: minidata holds locks and settings as long as a session lasts",
        )
    if "authentication failed" in said:
        return WrongPassword("Postgres refuses the password")
    if any(words in said for words in _NOT_LET_IN):
        return RoleRefused(f"Postgres: {said}")
    if any(words in said for words in _BUSY):
        return EngineBusy(f"Postgres: {said}")
    return EngineDown(f"Postgres does not answer: {message}")


def _take_role(database: Database, role: str) -> None:
    if database.one("select 1 from pg_roles where rolname = %s and rolname <> current_user", [role]):
        try:
            database.run(sql.SQL("set role {}").format(sql.Identifier(role)))
        except EngineError as exc:
            if isinstance(exc.__cause__, psycopg.errors.InsufficientPrivilege):
                raise RoleRefused(str(exc)) from exc
            raise


def _query(query: Query | LiteralString) -> Query:
    return sql.SQL(query) if isinstance(query, str) else query
