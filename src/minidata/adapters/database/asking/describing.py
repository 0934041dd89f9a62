"""What columns a query has, without running it."""

from collections.abc import Mapping

from psycopg import sql

from minidata.adapters.database.authored import Authored, execute
from minidata.adapters.database.columns import columns_of_query
from minidata.adapters.database.connection import Database
from minidata.core.errors import ConfigError


def described(database: Database, query: Authored) -> Mapping[str, str]:
    """
    Return the columns of *query* and their types, in their order. No row is read.

    Raises ConfigError when it is at fault, naming file and line, or has two columns of one name; EngineError.
    """
    columns = columns_of_query(database, query)
    names = [name for name, _ in columns]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{query.what}: it has two columns {name!r} ({query.place})")
    return dict(columns)


def cells(database: Database, query: Authored, columns: list[str]) -> list[tuple[str | None, ...]]:
    """
    Return the rows of *query*, of each the cells in *columns*, as JSON; None for null.

    Raises ConfigError when it is at fault, naming file and line, EngineError when Postgres is.
    """
    if not columns:
        return []
    wanted = sql.SQL(", ").join(sql.SQL("to_jsonb({})::text").format(sql.Identifier("asked", name)) for name in columns)
    statement = query.within(sql.SQL("select {} from (").format(wanted), ") as asked")
    return execute(database, query, statement).fetchall()
