"""
Space that undone Loads have left in tables.

What is new is copied straight into its table, so that of a Load that is killed, or refused at its end, dead rows stay
behind. Postgres gives their space back by itself, but in a minute or later: too late when other rows stand behind it.
"""

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.targets import Target

# Of the dead rows more than any update or delete can have left, and enough of them to matter.
_UNDONE = """
select name from unnest(%s::text[]) as name, lateral (select to_regclass(name)::oid as id) as found
where pg_stat_get_dead_tuples(id) > greatest(%s, %s * pg_stat_get_live_tuples(id))
  and pg_stat_get_dead_tuples(id) > pg_stat_get_tuples_updated(id) + pg_stat_get_tuples_deleted(id)
"""
_ROWS = 1000
_SHARE = 0.05


def give_back(database: Database, target: Target) -> None:
    """Vacuum those tables of *target* in which undone Loads have left much; what others hold is left alone."""
    tables = {target.name(table).as_string(): table for table in target.tables}
    for (name,) in database.rows(_UNDONE, [list(tables), _ROWS, _SHARE]):
        database.run(sql.SQL("vacuum (skip_locked) {}").format(target.name(tables[name])))
