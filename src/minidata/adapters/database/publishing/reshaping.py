"""
A published view that loses or retypes a column has to be made again: what it had besides its columns is given back.

Its grants and comments are other people's work. So are views that read it: those are never dropped, they are named.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.shaping.kept import comments, grants
from minidata.core.errors import RefusedError

_COLUMNS = """
select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attcollation::bigint
from unnest(%s::text[], %s::text[]) as s(schema, name)
join pg_namespace n on n.nspname = s.schema
join pg_class c on c.relnamespace = n.oid and c.relname = s.name
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
order by 1, 2, a.attnum
"""
_HANDED_ON = """
select c.relname, g.privilege_type, coalesce(r.rolname, 'public')
from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join aclexplode(c.relacl) g
left join pg_roles r on r.oid = g.grantee
where n.nspname = 'minidata_build' and c.relname = any(%s) and g.grantee <> c.relowner
order by 1, 2, 3
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


def all_columns(database: Database, relations: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[ViewColumn]]:
    """Return the columns of each of *relations*, by schema and name, in their order; none of what is not there."""
    wanted = sorted(set(relations))
    found: dict[tuple[str, str], list[ViewColumn]] = {one: [] for one in wanted}
    for schema, name, *column in database.rows(_COLUMNS, [[one[0] for one in wanted], [one[1] for one in wanted]]):
        found[schema, name].append(ViewColumn(*column))
    return found


def handed_on(database: Database, built: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Return what others than their owner may do with the relations *built*: (privilege, role), by relation."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, privilege, role in database.rows(_HANDED_ON, [sorted(set(built))]):
        found.setdefault(name, []).append((privilege, role))
    return found


def drop_orphan(database: Database, schema: str, name: str) -> None:
    """Drop a view that no model is shown as. Raises RefusedError, naming them, when others read it."""
    view = sql.Identifier(schema, name)
    dependants = _dependants(database, view)
    if dependants:
        raise RefusedError(
            f"{schema}.{name} has no model any more, and {', '.join(dependants)} reads it",
            hint="drop what reads it, then run this again",
        )
    database.run(sql.SQL("drop view {}").format(view))


def drop_keeping(
    database: Database, schema: str, name: str, old: Sequence[ViewColumn], new: Sequence[ViewColumn]
) -> list[sql.Composed]:
    """
    Drop the view; return the statements that give its successor the grants and comments it had.

    Those of a column that is gone go with it. Raises RefusedError, naming them, when others read the view.
    """
    view = sql.Identifier(schema, name)
    dependants = _dependants(database, view)
    if dependants:
        raise RefusedError(
            f"{schema}.{name} {_difference(old, new)}, and {', '.join(dependants)} needs it as it is",
            hint="drop what needs it, run this again, then make it anew",
        )
    stay = {"", *(column.name for column in new)}
    kept = [*grants(database, view, stay), *comments(database, "view", view, stay)]
    database.run(sql.SQL("drop view {}").format(view))
    return kept


def _dependants(database: Database, view: sql.Identifier) -> list[str]:
    quoted = view.as_string()
    return [text for (text,) in database.rows(_DEPENDANTS, [quoted, quoted])]


def _difference(old: Sequence[ViewColumn], new: Sequence[ViewColumn]) -> str:
    types = {column.name: column.type for column in new}
    gone = [column.name for column in old if column.name not in types]
    if gone:
        return f"loses {', '.join(gone)}"
    retyped = [f"{column.name} to {types[column.name]}" for column in old if column.type != types[column.name]]
    return f"changes {', '.join(retyped)}" if retyped else "changes the order of its columns"
