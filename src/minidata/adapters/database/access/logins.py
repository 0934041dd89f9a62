"""Logging in to a Postgres of our own: whether it is the same server as before, and whether it has our database."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import DuplicateDatabase, UniqueViolation
from pydantic import SecretStr

from minidata.adapters.database.connection import Database, checked_url, connect, translated
from minidata.core.errors import EngineError

_NATURE = "select pg_is_in_recovery(), current_setting('default_transaction_read_only')"
_ENCODING = "UTF8"
# It is there before anything else, and after an interrupted beginning too.
_FIRST = "postgres"


@dataclass(frozen=True)
class Login:
    """A login that worked: the server's *version*, and when it was *born*, which tells one server from the next."""

    version: str
    born: datetime


def log_in(url: SecretStr) -> Login:
    """Log in at *url*; raises what connect() raises."""
    with connect(url) as database:
        row = database.one("select current_setting('server_version'), pg_postmaster_start_time()")
    if row is None:
        raise EngineError("Postgres answers nothing")
    return Login(str(row[0]).split()[0], row[1])


def check_usable(url: SecretStr, where: str) -> None:
    """
    See that *url*, which is that of *where*, leads to a database that can be written and holds any text.

    Raises EngineError for a standby, for a login that may only read, and what check_encoding() raises.
    """
    with connect(url) as database:
        check_encoding(database, where)
        standby, readonly = database.one(_NATURE) or (False, "off")
    if standby:
        raise EngineError("this Postgres is a standby, which can only be read", hint="give the URL of the primary")
    if readonly == "on":
        raise EngineError(
            "sessions at this URL can only read (default_transaction_read_only)",
            hint="an administrator says: alter role … set default_transaction_read_only = off",
        )


def check_encoding(database: Database, where: str) -> None:
    """Raise EngineError when *database*, which is *where*, does not hold any text. Asks nothing: the session knows."""
    encoding = database.connection.info.parameter_status("server_encoding")
    if encoding != _ENCODING:
        raise EngineError(
            f"{where} has the encoding {encoding}: minidata needs {_ENCODING}",
            hint=f"create database NAME encoding '{_ENCODING}' template template0; and give its URL",
        )


def log_in_to_server(url: SecretStr) -> Login:
    """Log in to the server of *url*, whether its database is there or not."""
    return log_in(_first_database(url))


def ensure_database(url: SecretStr) -> None:
    """Make the database of *url* when its server has none: an interrupted beginning may have left that out."""
    name = str(conninfo_to_dict(url.get_secret_value())["dbname"])
    with connect(_first_database(url)) as database:
        if not database.one("select 1 from pg_database where datname = %s", [name]):
            _create(database, name)


def database_name(url: SecretStr) -> str:
    """Return the name of the database that *url* leads to; empty when it leaves that to the user's name."""
    return str(conninfo_to_dict(checked_url(url).get_secret_value()).get("dbname") or "")


def _create(database: Database, name: str) -> None:
    with translated():
        try:
            database.connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        except (DuplicateDatabase, UniqueViolation):
            # What a killed command had begun, its server process has just finished.
            return


def _first_database(url: SecretStr) -> SecretStr:
    return SecretStr(make_conninfo(url.get_secret_value(), dbname=_FIRST))
