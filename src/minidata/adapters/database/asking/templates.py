"""What templates ask of the database: a query's answer as values, and what kind a relation is."""

from typing import Any

from psycopg import sql

from minidata.adapters.database.authored import SEARCH_PATH, Authored, translated_for
from minidata.adapters.database.connection import Database

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


def kind_of(database: Database, schema: str, name: str) -> str | None:
    """Return whether the relation is a table or a view; None when there is none."""
    row = database.one(_KIND, [schema, name])
    if row is None:
        return None
    return "view" if row[0] == "v" else "table"
