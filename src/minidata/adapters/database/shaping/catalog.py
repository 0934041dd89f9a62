"""What there is of a table, as Postgres's catalog has it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.shaping.definitions import Index

_RELATION = """
select c.oid::bigint, case
    when c.relispartition then 'a partition'
    when c.relkind = 'r' then case when c.relpersistence = 'u' then 'an unlogged table' else 'a table' end
    when c.relkind = 'p' then 'a partitioned table' when c.relkind = 'v' then 'a view'
    when c.relkind = 'm' then 'a materialized view' when c.relkind = 'f' then 'a foreign table'
    else 'no table' end
from pg_class c where c.oid = to_regclass(%s)
"""
_COLUMNS = """
select a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull,
  case when a.attcollation in (0, t.typcollation) then '' else l.collname end,
  case when a.attgenerated <> '' then 'generated' when a.attidentity = 'a' then 'an identity' else '' end,
  coalesce(col_description(a.attrelid, a.attnum), '')
from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_collation l on l.oid = a.attcollation
where a.attrelid = %s and a.attnum > 0 and not a.attisdropped order by a.attnum
"""
_INDEXES = """
select i.indisprimary, array(
    select a.attname::text from unnest(i.indkey) with ordinality k (attnum, place)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum order by k.place),
  coalesce(pg_get_expr(i.indpred, i.indrelid), ''), i.indisunique,
  'unique index ' || c.relname, format('drop index %%s', i.indexrelid::regclass)
from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = %s and (i.indisprimary or not exists (
  select from pg_constraint n where n.conindid = i.indexrelid and n.conrelid = i.indrelid))
"""
_CONSTRAINTS = """
select conname, contype::text, obj_description(oid, 'pg_constraint'),
  format('alter table %%s drop constraint %%I', conrelid::regclass, conname)
from pg_constraint where conrelid = %s and contype in ('c', 'f', 'u', 'x') order by conname
"""
# What else somebody can hang on a table, each with what takes it off again.
_ATTACHED = """
select 'trigger ' || tgname, format('drop trigger %%I on %%s', tgname, tgrelid::regclass)
from pg_trigger where tgrelid = %(oid)s and not tgisinternal
union all
select 'rule ' || rulename, format('drop rule %%I on %%s', rulename, ev_class::regclass)
from pg_rewrite where ev_class = %(oid)s and rulename <> '_RETURN'
union all
select 'row level security', format('alter table %%s disable row level security', oid::regclass)
from pg_class where oid = %(oid)s and relrowsecurity
union all
select case when inhrelid = %(oid)s then 'parent table ' || inhparent::regclass
    else 'child table ' || inhrelid::regclass end,
  format('alter table %%s no inherit %%s', inhrelid::regclass, inhparent::regclass)
from pg_inherits where %(oid)s in (inhrelid, inhparent)
order by 1
"""
_KINDS = {"c": "check", "f": "foreign key", "u": "unique constraint", "x": "exclusion constraint"}
_SAYING = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and c.relkind in ('r', 'p') and starts_with(obj_description(c.oid, 'pg_class'), %s) order by 1
"""


@dataclass(frozen=True, slots=True)
class PresentColumn:
    """A column: *type* as Postgres spells it, *collation* "" where it is the usual, *computed* how it fills itself."""

    type: str
    nullable: bool
    collation: str = ""
    computed: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """Something that is not ours on a table: *what*, in words, and the statement that takes it off."""

    what: str
    removal: str


@dataclass(frozen=True, slots=True)
class Present:
    """
    What bears a table's name. *kind* is "a table" when that is what it is.

    *checks* are ours: the values that each allows, by its name. *indexes* are those besides the primary key. *attached*
    are other things that somebody has put on it.
    """

    kind: str
    columns: Mapping[str, PresentColumn]
    key: tuple[str, ...] = ()
    checks: Mapping[str, str] = field(default_factory=dict)
    indexes: Mapping[Index, Attached] = field(default_factory=dict)
    attached: tuple[Attached, ...] = ()


def present(database: Database, name: sql.Identifier) -> Present | None:
    """Return what is called *name*; None when nothing is."""
    found = database.one(_RELATION, [name.as_string()])
    if found is None:
        return None
    oid, kind = found
    columns = {column: PresentColumn(*rest) for column, *rest in database.rows(_COLUMNS, [oid])}
    if kind != "a table":
        return Present(kind, columns)
    key, indexes = _indexes(database, oid)
    checks, constraints = _constraints(database, oid)
    others = tuple(Attached(*row) for row in database.rows(_ATTACHED, {"oid": oid}))
    return Present(kind, columns, key, checks, indexes, (*constraints, *others))


def tables_saying(database: Database, schema: str, words: str) -> list[str]:
    """Return the names of the tables in *schema* whose comment begins with *words*."""
    return [name for (name,) in database.rows(_SAYING, [schema, words])]


def _indexes(database: Database, oid: int) -> tuple[tuple[str, ...], dict[Index, Attached]]:
    """Return the columns of the primary key, and the other indexes."""
    key: tuple[str, ...] = ()
    indexes = {}
    for primary, columns, where, unique, *how in database.rows(_INDEXES, [oid]):
        if primary:
            key = tuple(columns)
        else:
            indexes[Index(tuple(columns), where, unique)] = Attached(*how)
    return key, indexes


def _constraints(database: Database, oid: int) -> tuple[dict[str, str], list[Attached]]:
    """Return our checks with what they allow, and the constraints that are not ours."""
    ours: dict[str, str] = {}
    others = []
    for name, kind, comment, removal in database.rows(_CONSTRAINTS, [oid]):
        if kind == "c" and _is_list(comment):
            ours[name] = comment
        else:
            others.append(Attached(f"{_KINDS[kind]} {name}", removal))
    return ours, others


def _is_list(text: str | None) -> bool:
    try:
        return isinstance(json.loads(text or ""), list)
    except ValueError:
        return False
