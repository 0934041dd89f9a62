"""
Questions that people write, asked so that they can only read, and answered row by row.

The text goes to Postgres as it is: percent signs, colons and braces mean nothing to us. Postgres is asked first what
the text is, without running it: one statement, and one that has an answer. Then it runs in a transaction that cannot
write, over one state of the database.
"""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import capabilities, pq
from psycopg.types.string import TextLoader

from minidata.adapters.database.asking.copying import copy_out
from minidata.adapters.database.connection import Connection, Database, translated
from minidata.adapters.database.publishing.published import live_state
from minidata.core.answers import Cells, Column, MissingRelation, Question, State
from minidata.core.errors import ConfigError, MinidataError, RefusedError
from minidata.core.queries.statements import without_semicolon

# The same text for the same value, whatever a server, a database or a role has set. And whoever reads slowly is not to
# be taken for gone.
_SETTINGS = """
select set_config('search_path', 'analytics, pg_catalog', true), set_config('tcp_user_timeout', '0', true),
  set_config('extra_float_digits', '1', true),
  set_config('bytea_output', 'hex', true), set_config('xmloption', 'content', true),
  set_config('lc_monetary', 'C', true), set_config('lc_numeric', 'C', true), set_config('lc_time', 'C', true)
"""
_TYPES = """
select format_type(oid, modifier)
from unnest(%s::oid[], %s::integer[]) with ordinality as asked(oid, modifier, number) order by number
"""
_COPY = "copy (\n"
_ROWS_AT_ONCE = 500
_NAME = re.compile(r'(?:"(?:[^"]|"")*"|[\w$]+)(?:\s*\.\s*(?:"(?:[^"]|"")*"|[\w$]+))*')


@contextmanager
def reading(database: Database) -> Iterator[State]:
    """
    One transaction that only reads, over one state of the database; gives that state, and is undone.

    Relations of ``analytics`` need no schema.
    """
    # The signal comes back only when the connection is lost, by when all has been read.
    with suppress(psycopg.Rollback), database.transaction():
        database.run("set transaction isolation level repeatable read, read only")
        state = _state(database)
        database.run(_SETTINGS)
        yield state
        # Before Postgres 16 large objects may be made in a transaction that only reads.
        raise psycopg.Rollback


@contextmanager
def apart(database: Database) -> Iterator[None]:
    """
    A savepoint for one question of several, which is undone in any case.

    A question that fails leaves the state that the next is asked of; and what it sets, a role say, ends with it.
    """
    with suppress(psycopg.Rollback), database.transaction():
        yield
        raise psycopg.Rollback


def stream(database: Database, question: Question) -> tuple[tuple[Column, ...], Generator[Cells, None, None]]:
    """
    Ask; return the columns, and the rows as they come. Close the rows when you leave them early.

    Raises ConfigError when the text is no single query or fails, MissingRelation when what it reads is not there,
    RefusedError when it would write, EngineError.
    """
    columns, types = _described(database, question)
    return columns, _rows(database, question, types)


def copy_csv(database: Database, question: Question, write: Callable[[memoryview], object]) -> int:
    """
    Ask; hand the answer to *write* in pieces, as ``COPY … TO STDOUT (FORMAT csv, HEADER)`` writes it; return the
    number of rows.

    Raises what stream() raises, and what *write* raises.
    """
    _described(database, question)
    # The text is one statement on its own, so nothing in it can end ours.
    query = without_semicolon(question.text)
    statement = f"{_COPY}{query}\n) to stdout (format csv, header)"
    with translated(), _told(question, before=len(_COPY)):
        return copy_out(database.connection, statement.encode(), write)


def _state(database: Database) -> State:
    live = live_state(database)
    if live is not None:
        return live
    row = database.one("select transaction_timestamp()")
    if row is None:
        raise RuntimeError("select returned nothing")
    return State(row[0])


def _described(database: Database, question: Question) -> tuple[tuple[Column, ...], set[int]]:
    """Have the text read by Postgres, not run; return its columns, and the types' numbers."""
    with translated(), _told(question):
        described = _parsed(database.connection, question)
    if described.nparams:
        raise ConfigError(f"{question.what} has parameters, such as $1{question.place(None)}", hint="write the values")
    if not described.nfields:
        raise ConfigError(f"{question.what} is no query: it has no rows{question.place(None)}", hint="write one SELECT")
    fields = range(described.nfields)
    types = [described.ftype(field) for field in fields]
    said = database.rows(_TYPES, [types, [described.fmod(field) for field in fields]])
    names = [(described.fname(field) or b"").decode() for field in fields]
    return tuple(Column(name, kind) for name, (kind,) in zip(names, said, strict=True)), set(types)


def _parsed(connection: Connection, question: Question) -> pq.abc.PGresult:
    try:
        text = question.text.encode()
    except UnicodeEncodeError:
        raise ConfigError(f"{question.what} is not UTF-8{question.place(None)}") from None
    if b"\0" in text:
        raise ConfigError(f"{question.what} has a NUL character in it{question.place(None)}")
    result = connection.pgconn.prepare(b"", text)
    if result.status == pq.ExecStatus.COMMAND_OK:
        result = connection.pgconn.describe_prepared(b"")
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result)
    return result


def _rows(database: Database, question: Question, types: set[int]) -> Generator[Cells, None, None]:
    size = _ROWS_AT_ONCE if capabilities.has_stream_chunked() else 1
    with translated(), _told(question), database.connection.cursor() as cursor:
        for oid in types:
            cursor.adapters.register_loader(oid, TextLoader)
        yield from cursor.stream(question.text.encode(), size=size)


@contextmanager
def _told(question: Question, before: int = 0) -> Iterator[None]:
    """Say whose fault an error is, and where in the text it is, *before* which stand so many characters of ours."""
    try:
        yield
    except psycopg.OperationalError:
        # Postgres is in trouble, not the question.
        raise
    except psycopg.Error as exc:
        if exc.sqlstate is None:
            raise
        raise _error(question, exc, before) from exc


def _error(question: Question, exc: psycopg.Error, before: int) -> MinidataError:
    position = exc.diag.statement_position
    offset = int(position) - 1 - before if position else None
    message = f"{question.what}: {exc.diag.message_primary}{question.place(offset)}"
    if isinstance(exc, psycopg.errors.ReadOnlySqlTransaction):
        return RefusedError(message, hint="reports and queries only read")
    if isinstance(exc, psycopg.errors.UndefinedTable) and offset is not None:
        name = _NAME.match(question.text, offset)
        return MissingRelation(message, name[0] if name else "")
    if isinstance(exc, psycopg.errors.SyntaxError) and position is None:
        # The one error of syntax that has no place.
        return ConfigError(f"{question.what} is more than one statement{question.place(None)}", hint="write one SELECT")
    hint = question.denied if isinstance(exc, psycopg.errors.InsufficientPrivilege) else exc.diag.message_hint
    return ConfigError(message, hint=hint or "")
