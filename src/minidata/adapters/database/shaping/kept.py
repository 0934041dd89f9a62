"""What a relation has besides columns and rows: grants and comments, as the statements that give them again."""

from collections.abc import Container, Iterator

from psycopg import sql

from minidata.adapters.database.connection import Database

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
_GRANTED = """
select distinct coalesce(r.rolname, '')
from pg_class c cross join aclexplode(c.relacl) g left join pg_roles r on r.oid = g.grantee
where c.oid = %s::regclass and g.grantee <> c.relowner
"""


def grants(database: Database, relation: sql.Identifier, stay: Container[str] | None = None) -> Iterator[sql.Composed]:
    """
    Yield what gives *relation*, or its successor, its grants.

    Of columns only those that *stay*, "" being the relation itself; None is all of them.
    """
    quoted = relation.as_string()
    for column, privilege, role, grantable in database.rows(_GRANTS, [quoted, quoted]):
        if stay is None or (column or "") in stay:
            yield sql.SQL("grant {privilege}{column} on {relation} to {role}{option}").format(
                privilege=sql.SQL(privilege),
                column=sql.SQL(" ({})").format(sql.Identifier(column)) if column else sql.SQL(""),
                relation=relation,
                role=_role(role),
                option=sql.SQL(" with grant option" if grantable else ""),
            )


def revokes(database: Database, relation: sql.Identifier) -> Iterator[sql.Composed]:
    """Yield what takes from *relation* the grants that it was born with."""
    for (role,) in database.rows(_GRANTED, [relation.as_string()]):
        yield sql.SQL("revoke all on {} from {}").format(relation, _role(role))


def comments(
    database: Database, kind: str, relation: sql.Identifier, stay: Container[str] | None = None
) -> Iterator[sql.Composed]:
    """Yield what gives *relation*, a *kind* such as "view", its comments; *stay* is as for grants()."""
    for column, text in database.rows(_COMMENTS, [relation.as_string()]):
        if stay is None or column in stay:
            whole = sql.SQL(kind + " {}").format(relation)
            commented = sql.SQL("column {}.{}").format(relation, sql.Identifier(column)) if column else whole
            yield sql.SQL("comment on {} is {}").format(commented, sql.Literal(text))


def _role(name: str) -> sql.Identifier | sql.SQL:
    return sql.Identifier(name) if name else sql.SQL("public")
