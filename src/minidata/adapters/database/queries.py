"""
A person's query, asked so that it can only read: streamed, with flat memory, every value as Postgres writes it.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import pq, sql

from minidata.adapters.database.connection import Database, translated
from minidata.core.answers import AnswerColumn, Row
from minidata.core.errors import ConfigError, EngineError, RefusedError

_READ_ONLY = "25006"
_NO_PRIVILEGE = "42501"
_NO_RELATION = "42P01"
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class NotPublished(ConfigError):
    """A query reads a relation that is not there."""

    hint = "`minidata analyze` publishes models"


@dataclass(frozen=True)
class Question:
    """One query that Postgres has understood: its *columns*, and its rows in two forms, one of them to be read once."""

    database: Database
    text: str
    where: str
    columns: tuple[AnswerColumn, ...]
    # What is being read: a reader who has had enough leaves it open, and the transaction could not end.
    _open: ExitStack

    def rows(self) -> Iterator[Row]:
        """Yield the rows."""
        for data in self._closed_in_time("(format text)"):
            yield tuple(map(_value, data[:-1].decode().split("\t")))

    def csv(self) -> Iterator[bytes]:
        """Yield the answer as CSV, just as Postgres makes it, header first."""
        yield from self._closed_in_time("(format csv, header)")

    def _closed_in_time(self, options: str) -> Iterator[bytes]:
        return self._open.enter_context(closing(self._copied(options)))

    def _copied(self, options: str) -> Generator[bytes]:
        # It has been prepared as one statement, so it ends where we end it.
        text = self.text.strip().rstrip(";").strip()
        copy = sql.SQL("copy (\n") + sql.SQL(text) + sql.SQL(f"\n) to stdout {options}")
        with _asked(self.where), self.database.connection.cursor() as cursor, cursor.copy(copy) as stream:
            for data in stream:
                yield bytes(data)


@contextmanager
def asking(database: Database, text: str, *, where: str) -> Iterator[Question]:
    """
    Understand *text* as one query, in a transaction that only reads and sees one moment; *where* is for messages.

    Published relations need no schema. Nothing in the text is taken for a parameter. Raises ConfigError for what is no
    single query or what Postgres does not understand, RefusedError for what would write.
    """
    text = text.removeprefix("\ufeff")
    with database.transaction():
        database.run("set transaction isolation level repeatable read, read only")
        database.run("set local search_path = analytics, pg_catalog")
        with ExitStack() as reading:
            yield Question(database, text, where, _columns(database, text, where), reading)


def _columns(database: Database, text: str, where: str) -> tuple[AnswerColumn, ...]:
    if "\0" in text or not text.strip():
        raise ConfigError(f"{where}: no query", hint="write one SELECT")
    connection = database.connection.pgconn
    result = connection.prepare(b"", text.encode())
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise _not_understood(result, text, where)
    described = connection.describe_prepared(b"")
    if not described.nfields:
        raise ConfigError(f"{where}: this gives no rows, so it is no query", hint="write one SELECT")
    names = [(described.fname(index) or b"").decode() for index in range(described.nfields)]
    types = [described.ftype(index) for index in range(described.nfields)]
    called = dict(database.rows("select oid, format_type(oid, null) from pg_type where oid = any(%s)", [types]))
    return tuple(AnswerColumn(name, called.get(oid, "text")) for name, oid in zip(names, types, strict=True))


def _not_understood(result: pq.abc.PGresult, text: str, where: str) -> ConfigError | EngineError:
    def field(which: pq.DiagnosticField) -> str:
        return (result.error_field(which) or b"").decode(errors="replace")

    position = field(pq.DiagnosticField.STATEMENT_POSITION)
    line = f":{text[: int(position) - 1].count(chr(10)) + 1}" if position else ""
    message = f"{where}{line}: {field(pq.DiagnosticField.MESSAGE_PRIMARY)}"
    hint = field(pq.DiagnosticField.MESSAGE_HINT)
    if field(pq.DiagnosticField.SQLSTATE) == _NO_PRIVILEGE:
        return EngineError(message, hint=hint)
    if field(pq.DiagnosticField.SQLSTATE) == _NO_RELATION:
        return NotPublished(message, hint=hint)
    return ConfigError(message, hint=hint)


@contextmanager
def _asked(where: str) -> Iterator[None]:
    """Turn what a query meets while it runs into our words."""
    try:
        yield
    except psycopg.Error as exc:
        if exc.sqlstate == _READ_ONLY:
            raise RefusedError(f"{where}: a query only reads; {exc.diag.message_primary}") from exc
        if exc.sqlstate is None or exc.sqlstate[:2] not in {"0A", "21", "22", "42"}:
            with translated():
                raise
        raise ConfigError(f"{where}: {exc.diag.message_primary}") from exc


def _value(cell: str) -> str | None:
    r"""Read one value of COPY's text format: ``\N`` is NULL, a backslash stands before what it spells."""
    if "\\" not in cell:
        return cell
    if cell == "\\N":
        return None
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), cell)
