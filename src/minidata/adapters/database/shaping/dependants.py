"""
What other people have built on tables: views, at any depth, which can be made again, and what cannot be.

A view is kept as the statements that make it again: its definition, options, owner, grants, comments and indexes.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from psycopg import sql

from minidata.adapters.database.connection import Database, Query
from minidata.adapters.database.shaping.kept import comments, grants
from minidata.core.queries.sqltext import BUILT

_VIEWS = """
with recursive reading (oid, depth) as (
  select w.ev_class, 1
  from pg_depend d join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
  where d.refclassid = 'pg_class'::regclass and d.refobjid = any(%(tables)s::oid[]) and w.ev_class <> d.refobjid
  union
  select w.ev_class, r.depth + 1
  from reading r join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = r.oid
  join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
  where w.ev_class <> r.oid
)
select c.oid::bigint, n.nspname, c.relname, c.relkind = 'm', pg_get_userbyid(c.relowner)::text,
  rtrim(pg_get_viewdef(c.oid), ';'), coalesce(array_to_string(c.reloptions, ', '), ''), c.relispopulated,
  pg_has_role(c.relowner, 'usage')
from (select oid, max(depth) as depth from reading group by oid) r
join pg_class c on c.oid = r.oid join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('v', 'm') order by r.depth, n.nspname, c.relname
"""
# Our own checks have a list of values as their comment.
_OTHERS = """
select distinct pg_describe_object(d.classid, d.objid, 0)
from pg_depend d
left join pg_class c on d.classid = 'pg_class'::regclass and c.oid = d.objid
left join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
left join pg_constraint n on d.classid = 'pg_constraint'::regclass and n.oid = d.objid
where (d.refclassid = 'pg_class'::regclass and d.refobjid = any(%(relations)s::oid[])
    or d.refclassid = 'pg_type'::regclass and d.refobjid in (
      select t.oid from pg_type t where t.typrelid = any(%(relations)s::oid[])
      union select t.typarray from pg_type t where t.typrelid = any(%(relations)s::oid[])))
  and d.deptype in ('n', 'a')
  and c.oid <> all(%(relations)s::oid[]) is not false
  and c.relkind in ('i', 't') is not true
  and (w.rulename = '_RETURN' and w.ev_class = any(%(relations)s::oid[])) is not true
  and (n.conrelid = any(%(relations)s::oid[]) and (n.contype in ('p', 'n')
    or n.contype = 'c' and obj_description(n.oid, 'pg_constraint') like '[%%')) is not true
union all
select 'row level security of ' || oid::regclass from pg_class
where oid = any(%(relations)s::oid[]) and (relrowsecurity or relforcerowsecurity)
order by 1
"""
_INDEXES = """
select pg_get_indexdef(i.indexrelid)
from pg_index i where i.indrelid = %s::regclass and not exists (
  select from pg_constraint n where n.conindid = i.indexrelid and n.conrelid = i.indrelid)
order by i.indexrelid
"""


@dataclass(frozen=True)
class View:
    """
    A view, or a materialized one: what drops it, what makes it again, and then gives it what it *had*.

    *model* is the model of which it is a version, as a publish has them, "" for any other view.
    """

    label: str
    model: str
    name: sql.Identifier
    drop: sql.Composed
    create: tuple[Query, ...]
    had: tuple[sql.Composed, ...]


class _Found(NamedTuple):
    oid: int
    schema: str
    name: str
    materialized: bool
    owner: str
    definition: str
    options: str
    populated: bool
    ours: bool


def views_on(database: Database, tables: Collection[int]) -> list[View]:
    """Return the views that read *tables* (their oids), at any depth; each after those that it reads."""
    return [_view(database, found) for found in _reading(database, tables)]


def irreplaceable(database: Database, tables: Collection[int]) -> list[str]:
    """Return, in Postgres's words, what hangs on *tables* or on views that read them and would be lost with them."""
    relations = [*tables, *(found.oid for found in _reading(database, tables))]
    return [what for (what,) in database.rows(_OTHERS, {"relations": relations})]


def foreign(database: Database, tables: Collection[int]) -> tuple[str, str] | None:
    """Return a view that reads *tables* and whose owner the login may not act for, and that owner; None for none."""
    found = (one for one in _reading(database, tables) if not one.ours)
    return next(((f"{one.schema}.{one.name}", one.owner) for one in found), None)


def indexes(database: Database, relation: sql.Identifier) -> Iterator[sql.SQL]:
    """Yield what makes the indexes of *relation* again, less those that stand for a constraint."""
    yield from (sql.SQL(text) for (text,) in database.rows(_INDEXES, [relation.as_string()]))


def _reading(database: Database, tables: Collection[int]) -> list[_Found]:
    return [_Found(*row) for row in database.rows(_VIEWS, {"tables": list(tables)})]


def _view(database: Database, found: _Found) -> View:
    name = sql.Identifier(found.schema, found.name)
    kind = "materialized view" if found.materialized else "view"
    create = sql.SQL("create {kind} {view}{options} as {definition}{data}").format(
        kind=sql.SQL(kind),
        view=name,
        options=sql.SQL(f" with ({found.options})" if found.options else ""),
        definition=sql.SQL(found.definition),
        data=sql.SQL("" if found.populated or not found.materialized else " with no data"),
    )
    owner = sql.SQL("alter {} {} owner to {}").format(sql.SQL(kind), name, sql.Identifier(found.owner))
    again = (create, *(indexes(database, name) if found.materialized else ()), owner)
    drop = sql.SQL("drop {} {}").format(sql.SQL(kind), name)
    had = (*grants(database, name), *comments(database, kind, name))
    model = found.name.rpartition("__")[0] if found.schema == BUILT else ""
    return View(f"{found.schema}.{found.name}", model, name, drop, again, had)
