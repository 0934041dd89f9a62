"""Scripts of several statements, such as sql/init.sql."""

from psycopg import Error, pq

from minidata.adapters.database.connection import Database, translated
from minidata.core.errors import ConfigError


def run_script(database: Database, text: str, *, name: str) -> None:
    """
    Run all statements of *text* in one transaction; a byte-order mark is fine.

    Raises ConfigError, with *name* and the line, for what Postgres does not understand.
    """
    body = text.removeprefix("\ufeff").encode()
    try:
        with database.connection.transaction():
            # The simple protocol takes several statements at once, and reads no parameters into them.
            result = database.connection.pgconn.exec_(body)
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise _error(result, body, name)
    except Error:
        with translated():
            raise


def _error(result: pq.abc.PGresult, body: bytes, name: str) -> ConfigError:
    def field(which: pq.DiagnosticField) -> str:
        return (result.error_field(which) or b"").decode(errors="replace")

    position = field(pq.DiagnosticField.STATEMENT_POSITION)
    # Postgres counts characters from 1.
    line = body.decode()[: int(position) - 1].count("\n") + 1 if position else None
    where = f"{name}:{line}" if line else name
    return ConfigError(f"{where}: {field(pq.DiagnosticField.MESSAGE_PRIMARY)}")
