"""
A published view that loses or retypes a column has to be made again: what it had besides its columns is given back.

Its grants and comments are other people's work. So are views that read it: those are never dropped, they are named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from psycopg import sql

from minidata.adapters.database.connection import Database
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
_GRANTS = """
select null::name, g.privilege_type, coalesce(r.rolname, ''), g.is_grantable
from pg_class c cross join aclexplode(c.relacl) g left join pg_roles r on r.oid = g.grantee
where c.oid = %s::regclass and g.grantee <> c.relowner
union all
select a.attname, g.privilege_type, coalesce(r.rolname, ''), g.is_grantable
from pg_class c join pg_attribute a on a.attrelid = c.oid cross join aclexplode(a.attacl) g
left join pg_roles r on r.oid = g.grantee
where c.oid = %s::regclass and not a.attisdropped
"""
_COMMENTS = """
select coalesce(a.attname, ''), d.description
from pg_description d left join pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid and a.attnum > 0
where d.classoid = 'pg_class'::regclass and d.objoid = %s::regclass
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
    kept = [*_grants(database, view, stay), *_comments(database, view, stay)]
    database.run(sql.SQL("drop view {}").format(view))
    return kept


def _difference(old: Sequence[ViewColumn], new: Sequence[ViewColumn]) -> str:
    types = {column.name: column.type for column in new}
    gone = [column.name for column in old if column.name not in types]
    if gone:
        return f"loses {', '.join(gone)}"
    retyped = [f"{column.name} to {types[column.name]}" for column in old if column.type != types[column.name]]
    return f"changes {', '.join(retyped)}" if retyped else "changes the order of its columns"


def _grants(database: Database, view: sql.Identifier, stay: set[str]) -> Iterator[sql.Composed]:
    quoted = view.as_string()
    for column, privilege, role, grantable in database.rows(_GRANTS, [quoted, quoted]):
        if (column or "") in stay:
            yield sql.SQL("grant {privilege}{column} on {view} to {role}{option}").format(
                privilege=sql.SQL(privilege),
                column=sql.SQL(" ({})").format(sql.Identifier(column)) if column else sql.SQL(""),
                view=view,
                role=sql.Identifier(role) if role else sql.SQL("public"),
                option=sql.SQL(" with grant option" if grantable else ""),
            )


def _comments(database: Database, view: sql.Identifier, stay: set[str]) -> Iterator[sql.Composed]:
    for column, text in database.rows(_COMMENTS, [view.as_string()]):
        if column in stay:
            commented = sql.SQL("column {}.{}").format(view, sql.Identifier(column)) if column else None
            yield sql.SQL("comment on {} is {}").format(commented or sql.SQL("view {}").format(view), sql.Literal(text))
