"""What templates ask of the database: a query's answer as values, a relation's columns, and what kind it is."""

from collections.abc import Sequence
from typing import Any

from psycopg import sql

from minidata.adapters.database.authored import SEARCH_PATH, Authored, translated_for
from minidata.adapters.database.connection import Database

_COLUMNS = """
select a.attname, format_type(a.atttypid, a.atttypmod)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = %s and c.relname = %s order by a.attnum
"""
_KIND = """
select c.relkind::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and c.relname = %s and c.relkind in ('r', 'p', 'f', 'v', 'm')
"""


def answer(database: Database, query: Authored) -> tuple[list[str], list[tuple[Any, ...]]]:
    """
    Return the names of the columns of *query* and its rows, as values of Python. Nothing can be changed by it.

    Raises ConfigError when it is at fault, naming file and line, EngineError when Postgres is.
    """
    statement = query.within(sql.SQL("select * from ("), ") as asked")
    with database.transaction():
        database.run("set transaction read only")
        database.run("select set_config('search_path', %s, true)", [SEARCH_PATH])
        with translated_for(query, statement):
            cursor = database.connection.execute(statement, prepare=False)
            return [column.name for column in cursor.description or ()], cursor.fetchall()


def columns_of(database: Database, schema: str, name: str) -> Sequence[tuple[str, str]]:
    """Return the names and types of a relation's columns; none when there is no such relation."""
    return [(column, type_) for column, type_ in database.rows(_COLUMNS, [schema, name])]


def kind_of(database: Database, schema: str, name: str) -> str | None:
    """Return whether the relation is a table or a view; None when there is none."""
    row = database.one(_KIND, [schema, name])
    if row is None:
        return None
    return "view" if row[0] == "v" else "table"
