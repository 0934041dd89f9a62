"""A few rows of a relation, as Postgres writes their cells, always the same ones in the same order."""

from collections.abc import Sequence

from psycopg import sql

from minidata.adapters.database.authored import Authored, execute
from minidata.adapters.database.connection import Database

_KEY = """
select a.attname from pg_index i
cross join unnest(i.indkey) with ordinality k (attnum, place)
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
where i.indrelid = to_regclass(%s) and i.indisprimary order by k.place
"""
# Numbers, texts, times and their like have an order of their own; not all types do.
_ORDERED = """
select a.attname from pg_attribute a join pg_type t on t.oid = a.atttypid
where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped
  and t.typcategory in ('B', 'D', 'E', 'N', 'S', 'T') order by a.attnum
"""


def cut(
    database: Database, relation: tuple[str, str], columns: Sequence[str], condition: Authored, *, limit: int
) -> list[tuple[str | None, ...]]:
    """
    Return the first *limit* rows of *relation* for which *condition* holds: by its key, or without one by all they say.

    Raises ConfigError when the condition is at fault, EngineError when Postgres is.
    """
    name = sql.Identifier(*relation)
    key = database.rows(_KEY, [name.as_string()])
    names = key or database.rows(_ORDERED, [name.as_string()])
    order: list[sql.Composable] = [sql.Identifier("cut", column) for (column,) in names]
    if not key:
        # What these do not tell apart.
        order.append(sql.SQL('cut::text collate "C"'))
    cells = [sql.SQL("{}::text").format(sql.Identifier("cut", column)) for column in columns]
    begin = sql.SQL("select {} from {} as cut where (").format(sql.SQL(", ").join(cells), name)
    end = sql.SQL(" order by {} limit {}").format(sql.SQL(", ").join(order), sql.Literal(limit))
    return execute(database, condition, condition.within(begin, ")") + end).fetchall()
