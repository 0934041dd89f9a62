"""
Candidates: relations that models are built to, aside, where readers never look.

A candidate's name has its fingerprint, and it appears whole, in one transaction: one that is there is up to date. The
comment of an incremental one says which table has its rows, and up to which version they count.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.core.errors import EngineError
from minidata.core.queries.sqltext import BUILT

_CANDIDATES = """
select c.relname, coalesce(obj_description(c.oid, 'pg_class'), '')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'minidata_build' and c.relkind in ('r', 'v')
"""
# Views within the schema that read them, at any depth, go with them; whatever else needs them keeps them.
_READING = """
with recursive built as (
  select c.oid, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'minidata_build' and c.relkind in ('r', 'v')
), reading as (
  select d.refobjid as read, coalesce(w.ev_class, 0) as reader
  from pg_depend d left join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
  where d.refclassid = 'pg_class'::regclass and d.deptype = 'n' and w.ev_class is distinct from d.refobjid
), gone (oid) as (
  select oid from built where relname = any(%s)
  union
  select r.reader from gone g join reading r on r.read = g.oid
)
select g.oid in (select oid from built), b.relname from gone g left join built b using (oid)
"""


@dataclass(frozen=True)
class Built:
    """A relation that is there; an incremental one shows the rows of the table *base* as they were at *number*."""

    base: str = ""
    number: int = 0


def candidates(database: Database) -> dict[str, Built]:
    """Return the relations that are built, by name. Raises EngineError when `up` has never been here."""
    if not database.one("select 1 from pg_namespace where nspname = %s", [BUILT]):
        raise EngineError(f"the database has no schema {BUILT}", hint="run `minidata up`: it prepares the database")
    return {name: _read(comment) for name, comment in database.rows(_CANDIDATES)}


def note(view: sql.Identifier, built: Built) -> sql.Composed:
    """Return the statement that says of an incremental candidate what it shows."""
    said = json.dumps({"base": built.base, "number": built.number})
    return sql.SQL("comment on view {} is {}").format(view, sql.Literal(said))


def drop_later(database: Database, there: Mapping[str, Built], live: Mapping[str, int]) -> frozenset[str]:
    """
    Drop what shows a table of *live* (base → number) as it was after that number, and what reads it.

    Return the tables whose later versions somebody else's view reads: they must stay as they are.
    """
    kept = set()
    for base, number in sorted(live.items()):
        later = [name for name, built in there.items() if built.base == base and built.number > number]
        if later and not _drop(database, later):
            kept.add(base)
    return frozenset(kept)


def oldest(there: Mapping[str, Built]) -> Iterator[tuple[str, int]]:
    """Yield each table with versions, and the oldest number at which it is shown."""
    bases = {built.base for built in there.values() if built.base}
    for base in sorted(bases & there.keys()):
        yield base, min(built.number for built in there.values() if built.base == base)


def _drop(database: Database, names: Collection[str]) -> bool:
    """Drop the views *names* with all that reads them, unless something outside does."""
    with database.transaction():
        found = database.rows(_READING, [sorted(names)])
        if not all(ours for ours, _ in found):
            return False
        relations = sql.SQL(", ").join(sql.Identifier(BUILT, name) for _, name in found if name)
        if found:
            database.run(sql.SQL("drop view {}").format(relations))
    return True


def _read(comment: str) -> Built:
    if not comment.startswith('{"base"'):
        return Built()
    return Built(**json.loads(comment))
