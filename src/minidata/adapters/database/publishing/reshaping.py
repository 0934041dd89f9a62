"""
A published view that loses or retypes a column has to be made again: what it had besides its columns is given back.

Its grants and comments are other people's work. So are views that read it: those are never dropped, they are named.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.shaping.kept import comments, grants
from minidata.core.errors import RefusedError

_COLUMNS = """
select a.attname, format_type(a.atttypid, a.atttypmod), a.attcollation::bigint
from pg_attribute a
join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and c.relname = %s and a.attnum > 0 and not a.attisdropped order by a.attnum
"""
_DEPENDANTS = """
select distinct case when w.ev_class is null then pg_describe_object(d.classid, d.objid, d.objsubid)
                     else w.ev_class::regclass::text end
from pg_depend d
left join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
where d.refclassid = 'pg_class'::regclass and d.refobjid = %s::regclass and d.deptype = 'n'
  and w.ev_class is distinct from %s::regclass
order by 1
"""


@dataclass(frozen=True)
class ViewColumn:
    """What must stay the same for a view to be replaced in place."""

    name: str
    type: str
    collation: int


def columns_of(database: Database, schema: str, relation: str) -> list[ViewColumn]:
    """Return the relation's columns, in their order."""
    return [ViewColumn(*row) for row in database.rows(_COLUMNS, [schema, relation])]


def drop_keeping(
    database: Database, schema: str, name: str, old: Sequence[ViewColumn], new: Sequence[ViewColumn]
) -> list[sql.Composed]:
    """
    Drop the view; return the statements that give its successor the grants and comments it had.

    Those of a column that is gone go with it. Raises RefusedError, naming them, when others read the view.
    """
    view = sql.Identifier(schema, name)
    quoted = view.as_string()
    dependants = [text for (text,) in database.rows(_DEPENDANTS, [quoted, quoted])]
    if dependants:
        raise RefusedError(
            f"{schema}.{name} {_difference(old, new)}, and {', '.join(dependants)} needs it as it is",
            hint="drop what needs it, run this again, then make it anew",
        )
    stay = {"", *(column.name for column in new)}
    kept = [*grants(database, view, stay), *comments(database, "view", view, stay)]
    database.run(sql.SQL("drop view {}").format(view))
    return kept


def _difference(old: Sequence[ViewColumn], new: Sequence[ViewColumn]) -> str:
    types = {column.name: column.type for column in new}
    gone = [column.name for column in old if column.name not in types]
    if gone:
        return f"loses {', '.join(gone)}"
    retyped = [f"{column.name} to {types[column.name]}" for column in old if column.type != types[column.name]]
    return f"changes {', '.join(retyped)}" if retyped else "changes the order of its columns"
