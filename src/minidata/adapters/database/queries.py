"""
A person's query, asked so that it can only read: streamed, with flat memory, every value as Postgres writes it.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass

import psycopg
from psycopg import pq, sql

from minidata.adapters.database.connection import Database, translated
from minidata.core.answers import AnswerColumn, Row
from minidata.core.errors import ConfigError, EngineError, MinidataError, RefusedError
from minidata.core.semicolons import without_end

_NO_RELATION = "42P01"
# Postgres has one code for a relation that is not there and for a name that FROM does not give, which is a slip.
_NO_ALIAS = "errorMissingRTE"
_NO_PRIVILEGE = "42501"
# Classes of SQLSTATE: what the author of the query can mend, and what a transaction that only reads keeps from being.
_AUTHORS = frozenset({"0A", "21", "22", "26", "2F", "38", "42", "P0"})
_STATE = "25"
# A published model may be called pg_type, and comes first.
_TYPES = "select oid, pg_catalog.format_type(oid, null) from pg_catalog.pg_type where oid = any(%s)"
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
        """Yield the answer as CSV, just as Postgres makes it: the header, then each row by itself."""
        yield from self._closed_in_time("(format csv, header)")

    def _closed_in_time(self, options: str) -> Iterator[bytes]:
        return self._open.enter_context(closing(self._copied(options)))

    def _copied(self, options: str) -> Generator[bytes]:
        # It has been prepared as one statement, so it ends where we end it.
        copy = sql.SQL("copy (\n") + sql.SQL(without_end(self.text)) + sql.SQL(f"\n) to stdout {options}")
        with _understood(self.where), self.database.connection.cursor() as cursor, cursor.copy(copy) as stream:
            for data in stream:
                yield bytes(data)


@contextmanager
def asking(database: Database, text: str, *, where: str) -> Iterator[Question]:
    """
    Understand *text* as one query, in a transaction that only reads and sees one moment; *where* is for messages.

    Published relations need no schema. Nothing in the text is taken for a parameter. What the query sets, set_config
    say, ends with it. Raises ConfigError for what is no single query or what Postgres does not understand,
    RefusedError for what would write.
    """
    text = text.removeprefix("\ufeff")
    if "\0" in text or not text.strip():
        raise ConfigError(f"{where}: no query", hint="write one SELECT")
    # All was read by the time it is rolled back: a connection lost at that moment loses nothing.
    with suppress(psycopg.Rollback), database.transaction():
        database.run("set transaction isolation level repeatable read, read only")
        database.run("set local search_path = analytics, pg_catalog")
        with ExitStack() as reading:
            yield Question(database, text, where, _columns(database, text, where), reading)
        raise psycopg.Rollback


def _columns(database: Database, text: str, where: str) -> tuple[AnswerColumn, ...]:
    connection = database.connection.pgconn
    with _understood(where, text):
        result = connection.prepare(b"", text.encode())
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(result, encoding="utf-8")
        described = connection.describe_prepared(b"")
    if not described.nfields:
        raise ConfigError(f"{where}: this gives no rows, so it is no query", hint="write one SELECT")
    names = [(described.fname(index) or b"").decode() for index in range(described.nfields)]
    types = [described.ftype(index) for index in range(described.nfields)]
    called = dict(database.rows(_TYPES, [types]))
    return tuple(AnswerColumn(name, called.get(oid, "text")) for name, oid in zip(names, types, strict=True))


@contextmanager
def _understood(where: str, text: str = "") -> Iterator[None]:
    """Turn what Postgres says of a query into our words; *text* is what it has counted characters in."""
    try:
        yield
    except psycopg.Error as exc:
        family = (exc.sqlstate or "")[:2]
        if exc.sqlstate is None or family not in _AUTHORS | {_STATE}:
            with translated():
                raise
        raise _fault(exc, f"{where}{_line(exc, text)}", refused=family == _STATE) from exc


def _fault(exc: psycopg.Error, where: str, *, refused: bool) -> MinidataError:
    message, hint = exc.diag.message_primary, exc.diag.message_hint or ""
    if refused:
        return RefusedError(f"{where}: a query only reads; {message}")
    kinds = {_NO_PRIVILEGE: EngineError, _NO_RELATION: NotPublished}
    kind = kinds.get(exc.sqlstate or "", ConfigError)
    if exc.diag.source_function == _NO_ALIAS:
        kind = ConfigError
    return kind(f"{where}: {message}", hint=hint)


def _line(exc: psycopg.Error, text: str) -> str:
    position = exc.diag.statement_position
    return f":{text.count(chr(10), 0, int(position) - 1) + 1}" if text and position else ""


def _value(cell: str) -> str | None:
    r"""Read one value of COPY's text format: ``\N`` is NULL, a backslash stands before what it spells."""
    if "\\" not in cell:
        return cell
    if cell == "\\N":
        return None
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), cell)
