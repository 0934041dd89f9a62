"""
SQL that a person wrote, run so that it can do nothing but what it was read as, and so that its errors name its line.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from minidata.adapters.database.connection import Database
from minidata.core.errors import ConfigError, EngineError, MinidataError
from minidata.core.places import Place

# SQLSTATE classes that say that the text is at fault, or the data it met: 21 cardinality, 22 data, 23 constraints,
# 2F and 42 syntax and names, 0A not supported, 54 limits.
_AUTHORS = ("0A", "21", "22", "23", "2F", "42", "54")
_NO_PRIVILEGE = "42501"


# Functions of extensions are in public, and what hooks make without a schema is made beside what is published.
SEARCH_PATH = "analytics, public"


@dataclass(frozen=True)
class Authored:
    """A query's *text*, the *place* it comes from, and *what* it is, as in ``model stg_orders``."""

    what: str
    text: str
    place: Place

    def within(self, before: sql.Composed | sql.SQL, after: LiteralString = "") -> sql.Composed:
        """Return a statement of ours with the text inside; lines of its own, so that a comment ends with it."""
        # Read by core/queries/sqltext as one query that only reads; its braces and percent signs are only characters.
        return before + sql.SQL("\n") + sql.SQL(self.text) + sql.SQL("\n") + sql.SQL(after)


def execute(database: Database, query: Authored, statement: sql.Composed) -> psycopg.Cursor[TupleRow]:
    """
    Run *statement*, which has *query* inside, as one statement whatever the text holds.

    Raises ConfigError, naming file and line, when the text is at fault, EngineError when Postgres is, LockedError.
    """
    with translated_for(query, statement):
        # In binary the extended protocol is spoken, and it takes one statement alone.
        return database.connection.execute(statement, binary=True)


@contextmanager
def translated_for(query: Authored, statement: sql.Composed) -> Iterator[None]:
    """Turn what Postgres says against *statement*, which has *query* inside, into our words; not what ends it all."""
    try:
        yield
    except psycopg.errors.LockNotAvailable:
        raise
    except psycopg.Error as exc:
        if exc.sqlstate is None:
            raise
        raise _failed(query, statement, exc) from exc


@contextmanager
def limited(database: Database, seconds: float) -> Iterator[None]:
    """One transaction in which no statement may take more than *seconds*; 0 for any time."""
    with database.transaction():
        database.run(
            "select set_config('statement_timeout', %s, true), set_config('search_path', %s, true)",
            [f"{round(seconds * 1000)}ms", SEARCH_PATH],
        )
        yield


def count_of(cursor: psycopg.Cursor[TupleRow]) -> Any:
    """Return the first value of the first row."""
    row = cursor.fetchone()
    return row[0] if row else None


def _failed(query: Authored, statement: sql.Composed, exc: psycopg.Error) -> MinidataError:
    place = _place(query, statement.as_string(), exc.diag.statement_position)
    message = f"{query.what}: {exc.diag.message_primary} ({place})"
    if exc.sqlstate == _NO_PRIVILEGE:
        return EngineError(
            message, hint="`minidata up` lets models read what they name; else grant it to the role minidata_analyst"
        )
    if isinstance(exc, psycopg.errors.QueryCanceled):
        return EngineError(message, hint="give it more time: statement_timeout in [analyze]")
    if (exc.sqlstate or "")[:2] in _AUTHORS:
        return ConfigError(message, hint=exc.diag.message_hint or "")
    return EngineError(message)


def _place(query: Authored, statement: str, position: str | None) -> Place:
    """Return where the error is: Postgres counts characters of the statement, from 1."""
    if position is None:
        return Place(query.place.path, query.place.line)
    begin = statement.index(query.text)
    return query.place.at(1 + statement.count("\n", begin, max(begin, int(position) - 1)))
