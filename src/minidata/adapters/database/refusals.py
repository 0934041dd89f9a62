"""What Postgres says when it lets nobody in, or does not do what it is told: in our words, and with what mends it."""

import psycopg
from psycopg import errors

from minidata.core.errors import ConfigError, EngineDown, EngineError, MinidataError

# What Postgres says last when it is stopped, or when one of its processes has died.
_LEAVING = (errors.AdminShutdown, errors.CrashShutdown)
# Somebody has set these for the login, the database, the server or a table of their own, and means it.
_SET: dict[type[psycopg.Error], str] = {
    errors.ReadOnlySqlTransaction: "give the URL of the primary, or an administrator says: "
    "alter role … set default_transaction_read_only = off",
    errors.QueryCanceled: "an administrator says: alter role … set statement_timeout = 0",
    errors.TransactionTimeout: "an administrator says: alter role … set transaction_timeout = 0",
    errors.ForeignKeyViolation: "let it be looked at when all is loaded: "
    "alter table … alter constraint … deferrable initially deferred",
}


class EngineBusy(EngineDown):
    """Postgres is there and takes no connection now: it starts, it stops, or it has as many as it may."""

    hint = "try again in a moment"


class RoleRefused(EngineError):
    """Postgres lets the user not in, or not take on a role."""

    hint = "an administrator of the database mends that with what `minidata db grants` prints"


class WrongPassword(RoleRefused):
    """Postgres does not know the user, or not with this password."""

    hint = "check the user and the password in its URL"


class Denied(EngineError):
    """The login, or the role that it has taken on, may not do that."""

    hint = "an administrator of the database mends that with what `minidata db grants` prints"


# libpq gives no code for what refuses a connection, so that its words must do. Our own servers speak English.
_WHY: tuple[tuple[type[MinidataError], tuple[str, ...], str, str], ...] = (
    (WrongPassword, ("authentication failed",), "Postgres refuses the password", ""),
    (
        RoleRefused,
        ("is not permitted to log in", "permission denied for database", "no pg_hba.conf entry"),
        "Postgres: {}",
        "",
    ),
    (
        EngineBusy,
        ("starting up", "shutting down", "recovery mode", "not yet accepting connections"),
        "Postgres: {}",
        "",
    ),
    (
        EngineBusy,
        ("too many clients", "too many connections", "remaining connection slots"),
        "Postgres: {}",
        "wait until others have left, or give `minidata load` fewer --workers: each holds a connection",
    ),
    (EngineError, ("does not exist",), "Postgres: {}", "check the user and the database in its URL"),
    # What an older one says of the settings that a session begins with.
    (
        EngineError,
        ("unrecognized configuration parameter",),
        "this Postgres is too old: {}",
        "use Postgres 15 or later",
    ),
)
# What PgBouncer says of them.
_POOLED = "unsupported startup parameter"
_NO_TLS = ("SSL error", "certificate", "does not support SSL", "root.crt")


def pooled(does: str) -> ConfigError:
    """Return the error for a pooler that *does* something to the settings of a session."""
    return ConfigError(
        f"a pooler stands before Postgres and {does} the settings of a session",
        hint="give the URL of Postgres itself: minidata holds locks and settings as long as a session lasts",
    )


def refused(exc: psycopg.Error) -> MinidataError:
    """Return, in our words, what Postgres said to a statement; its detail stays away, for it repeats values of rows."""
    message = exc.diag.message_primary or " ".join(str(exc).split())
    if isinstance(exc, psycopg.OperationalError) and (exc.sqlstate is None or isinstance(exc, _LEAVING)):
        # It may have had the time to say that it goes.
        return EngineDown(f"Postgres went away: {message}", hint="see `minidata status`, then run this again")
    if isinstance(exc, errors.InsufficientPrivilege):
        return Denied(f"Postgres: {message}")
    if isinstance(exc, errors.DiskFull):
        return EngineError(f"the disk of Postgres is full: {message}", hint="make room there, then run this again")
    return EngineError(f"Postgres: {message}", hint=_SET.get(type(exc), ""))


def not_connected(exc: psycopg.OperationalError) -> MinidataError:
    """Return, in our words, why there is no connection."""
    message = " ".join(str(exc).split())
    said = message.rpartition("FATAL:")[2].strip()
    if _POOLED in said:
        return pooled("refuses")
    for kind, words, told, hint in _WHY if "FATAL:" in message else ():
        if any(one in said for one in words):
            return kind(told.format(said), hint=hint)
    if any(words in message for words in _NO_TLS):
        return EngineError(f"no TLS with Postgres: {message}", hint="check sslmode and sslrootcert in its URL")
    return EngineDown(f"Postgres does not answer: {message}")
