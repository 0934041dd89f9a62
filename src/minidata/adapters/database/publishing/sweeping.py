"""Old versions: what nothing published refers to, and nobody's view reads, is dropped."""

from collections.abc import Collection, Sequence
from typing import LiteralString

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.core.errors import LockedError
from minidata.core.queries.sqltext import BUILT

# What a kept relation reads must be kept, and so must what a view outside reads.
_UNUSED = """
with recursive built as (
  select c.oid, c.relname, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'minidata_build' and c.relkind in ('r', 'v')
), reading as (
  select distinct w.ev_class as reader, d.refobjid as built
  from pg_depend d join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
  join built b on b.oid = d.refobjid
  where d.refclassid = 'pg_class'::regclass and w.ev_class <> d.refobjid
  union
  -- A function's body, for one.
  select 0::oid, d.refobjid from pg_depend d join built b on b.oid = d.refobjid
  where d.refclassid = 'pg_class'::regclass and d.classid <> 'pg_rewrite'::regclass and d.deptype = 'n'
), needed (oid) as (
  select oid from built where relname = any(%s)
  union
  select built from reading where reader not in (select oid from built)
  union
  select r.built from reading r join needed n on n.oid = r.reader
)
select relkind::text, relname from built where oid not in (select oid from needed) order by oid desc
"""
# So many locks at a time: Postgres has room for thousands, for everybody.
_AT_A_TIME = 200


def sweep(database: Database, keep: Collection[str]) -> tuple[str, ...]:
    """
    Drop every built relation but those of *keep* and what they read; return the names of what was dropped.

    What somebody holds a lock on is left for the next time, and so is what it reads.
    """
    unused = database.rows(_UNUSED, [sorted(keep)])
    dropped: list[str] = []
    # What reads another one was made after it.
    for kind, word in (("v", "view"), ("r", "table")):
        names = [name for one, name in unused if one == kind]
        for start in range(0, len(names), _AT_A_TIME):
            some = names[start : start + _AT_A_TIME]
            if not _drop(database, word, some):
                return tuple(dropped)
            dropped += some
    return tuple(dropped)


def _drop(database: Database, word: LiteralString, names: Sequence[str]) -> bool:
    relations = sql.SQL(", ").join(sql.Identifier(BUILT, name) for name in names)
    try:
        with database.transaction():
            database.run("select set_config('lock_timeout', '150ms', true)")
            database.run(sql.SQL("drop " + word + " {}").format(relations))
    except LockedError:
        return False
    return True
