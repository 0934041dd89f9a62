"""A session for a person at a prompt: statements of any kind, and each one's answer as text."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import pq
from pydantic import SecretStr

from minidata.adapters.database.connection import Database, translated
from minidata.core.answers import Cells, Column
from minidata.core.errors import ConfigError

# The types whose columns are set to the right.
_NUMBERS = {20: "bigint", 21: "smallint", 23: "integer", 700: "real", 701: "double precision", 1700: "numeric"}


@dataclass(frozen=True)
class Said:
    """What Postgres said to one statement: its rows, when it has columns, and its *status*, such as ``UPDATE 3``."""

    columns: tuple[Column, ...]
    rows: tuple[Cells, ...]
    status: str


def say(database: Database, text: str) -> Iterator[Said]:
    """
    Run *text*, one statement or several, and yield what Postgres says to each.

    All rows are held in memory. Raises ConfigError for what Postgres refuses, EngineError when it is in trouble.
    """
    with translated(), _told(), database.connection.cursor() as cursor:
        cursor.execute(text.encode())
        more: bool | None = True
        while more:
            if cursor.pgresult is not None:
                yield _said(cursor.pgresult)
            more = cursor.nextset()


def environment(url: SecretStr) -> Mapping[str, str]:
    """
    Return *url* as variables that libpq reads, so that a program needs none of it among its arguments.

    What has no variable, such as keepalives, is left out.
    """
    with translated(connecting=True):
        options = pq.Conninfo.parse(url.get_secret_value().encode())
    return {
        os.fsdecode(option.envvar): os.fsdecode(option.val)
        for option in options
        if option.envvar is not None and option.val is not None
    }


def _said(result: pq.abc.PGresult) -> Said:
    columns = tuple(
        Column((result.fname(place) or b"").decode(errors="replace"), _NUMBERS.get(result.ftype(place), "text"))
        for place in range(result.nfields)
    )
    rows = tuple(
        tuple(_text(result.get_value(row, place)) for place in range(result.nfields)) for row in range(result.ntuples)
    )
    return Said(columns, rows, (result.command_status or b"").decode())


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="replace")


@contextmanager
def _told() -> Iterator[None]:
    """Say in our words what Postgres does not like about a statement; trouble with the connection goes through."""
    try:
        yield
    except psycopg.OperationalError:
        raise
    except psycopg.Error as exc:
        raise ConfigError(exc.diag.message_primary or str(exc), hint=exc.diag.message_hint or "") from exc
