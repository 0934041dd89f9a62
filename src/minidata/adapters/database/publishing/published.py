"""
What is published: the record of it in ``minidata.publish``, and the views of ``analytics`` as they really are.

A publish is one row: every model's relation at that moment, and how far the sources had come.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from psycopg import sql
from psycopg.types.json import Jsonb

from minidata.adapters.database.connection import READER, Database
from minidata.core.answers import State
from minidata.core.errors import EngineError

_DDL = """
create table if not exists minidata.publish (
  id bigint generated always as identity primary key,
  run text not null unique,
  published_at timestamptz not null default now(),
  models jsonb not null,
  sources jsonb not null
);
comment on table minidata.publish is 'What readers were shown, and when: each model''s relation, the sources'' state.';
"""
# What a report says of the state that it shows, and no more than that.
_TOLD = sql.SQL("grant select (id, run, published_at) on minidata.publish to {}")
_MAY_TELL = """
select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'minidata' and c.relname = 'publish' and has_schema_privilege(n.oid, 'usage')
  and has_column_privilege(c.oid, 'id', 'select') and has_column_privilege(c.oid, 'run', 'select')
  and has_column_privilege(c.oid, 'published_at', 'select')
"""
_VIEWS = """
select v.relname, (
  select r.relname
  from pg_rewrite w
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
  join pg_class r on r.oid = d.refobjid
  join pg_namespace n on n.oid = r.relnamespace
  where w.ev_class = v.oid and n.nspname = 'minidata_build'
  limit 1
)
from pg_class v join pg_namespace n on n.oid = v.relnamespace
where n.nspname = 'analytics' and v.relkind in ('r', 'p', 'v', 'm', 'f')
"""


@dataclass(frozen=True)
class Version:
    """What a model is published as: its *relation* in ``minidata_build``; *notes* stand for what is said of it."""

    relation: str
    fingerprint: str
    materialized: str
    notes: str


@dataclass(frozen=True)
class Publish:
    """One publish: its *id*, when it was, each model's Version."""

    id: int
    run: str
    published_at: datetime
    models: Mapping[str, Version]


def prepare_publishing(database: Database) -> None:
    """Make the table of publishes where it is missing. Raises EngineError when `up` has never been here."""
    if not database.one("select 1 from pg_namespace where nspname = 'minidata'"):
        raise EngineError("the database has no schema minidata", hint="run `minidata up`: it prepares the database")
    with database.transaction():
        database.run(_DDL)
        if database.one("select 1 from pg_roles where rolname = %s", [READER]):
            database.run(_TOLD.format(sql.Identifier(READER)))


def live_state(database: Database) -> State | None:
    """Return which publish is live; None before the first, and for whoever may not know."""
    if not database.one(_MAY_TELL):
        return None
    row = database.one("select published_at, id, run from minidata.publish order by id desc limit 1")
    return State(*row) if row else None


def publishes(database: Database, newest: int = 2) -> list[Publish]:
    """Return the *newest* publishes, the live one first; none before the first."""
    if database.one("select to_regclass('minidata.publish')") == (None,):
        return []
    query = "select id, run, published_at, models from minidata.publish order by id desc limit %s"
    return [
        Publish(number, run, at, {name: Version(**version) for name, version in models.items()})
        for number, run, at, models in database.rows(query, [newest])
    ]


def shown(database: Database) -> dict[str, str | None]:
    """Return what the schema analytics holds: each relation's name → the built relation that it shows, if any."""
    return dict(database.rows(_VIEWS))


def record(
    database: Database, run: str, models: Mapping[str, Version], sources: Mapping[str, str]
) -> tuple[int, datetime]:
    """Write down a publish, in the transaction that makes it; return its id and its time."""
    insert = "insert into minidata.publish (run, models, sources) values (%s, %s, %s) returning id, published_at"
    kept = {name: asdict(version) for name, version in sorted(models.items())}
    row = database.one(insert, [run, Jsonb(kept), Jsonb(dict(sorted(sources.items())))])
    if row is None:
        raise RuntimeError("insert … returning returned nothing")
    return row[0], row[1]
