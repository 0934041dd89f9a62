"""
What is published: the record of it in ``minidata.publish``, and the views of readers' schemas as they really are.

A publish is one row: every model's relation at that moment, and how far the sources had come.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql
from psycopg.types.json import Jsonb

from minidata.adapters.database.connection import READER, Database
from minidata.core.answers import State
from minidata.core.errors import EngineError
from minidata.core.modelling.versions import Version

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
_IS_NEW = """
select 1 from pg_attribute where attrelid = to_regclass('minidata.publish') and attname = 'passed'
"""
# An older minidata knew neither rollbacks, nor models that move, nor tests that need not be run again.
_MORE = """
alter table minidata.publish add column if not exists back_to bigint,
  add column if not exists orphans jsonb not null default '[]',
  add column if not exists passed jsonb not null default '[]'
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
select n.nspname, v.relname, (
  select r.relname
  from pg_rewrite w
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
  join pg_class r on r.oid = d.refobjid
  join pg_namespace n on n.oid = r.relnamespace
  where w.ev_class = v.oid and n.nspname = 'minidata_build'
  limit 1
)
from pg_class v join pg_namespace n on n.oid = v.relnamespace
join unnest(%s::text[], %s::text[]) as s(schema, name) on s.schema = n.nspname and s.name = v.relname
where v.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
"""

Shown = tuple[str, str]
# The schema of readers that `up` makes.
ALWAYS = "analytics"


@dataclass(frozen=True)
class Orphan:
    """A view that a publish made, whose model is gone or is shown elsewhere now; what it shows is *relation*."""

    schema: str
    name: str
    relation: str

    @property
    def shown(self) -> Shown:
        """The schema and the name that readers know it by."""
        return self.schema, self.name


@dataclass(frozen=True)
class Publish:
    """
    One publish: its *id*, when it was, each model's Version; *sources* are how far their tables had come.

    *back_to* is the older one that it brought back, *passed* has the fingerprints of tests that it passed.
    """

    id: int
    run: str
    published_at: datetime
    models: Mapping[str, Version]
    sources: Mapping[str, str]
    back_to: int | None = None
    orphans: tuple[Orphan, ...] = ()
    passed: frozenset[str] = frozenset()

    @property
    def state(self) -> int:
        """The publish whose models these are."""
        return self.back_to or self.id


def prepare_publishing(database: Database) -> None:
    """Make the table of publishes where it is missing. Raises EngineError when `up` has never been here."""
    if database.one(_IS_NEW):
        return
    if not database.one("select 1 from pg_namespace where nspname = 'minidata'"):
        raise EngineError("the database has no schema minidata", hint="run `minidata up`: it prepares the database")
    with database.transaction():
        database.run(_DDL)
        database.run(_MORE)
        if database.one("select 1 from pg_roles where rolname = %s", [READER]):
            database.run(_TOLD.format(sql.Identifier(READER)))


def live_state(database: Database) -> State | None:
    """Return which publish is live; None before the first, and for whoever may not know."""
    if not database.one(_MAY_TELL):
        return None
    row = database.one("select published_at, id, run from minidata.publish order by id desc limit 1")
    return State(*row) if row else None


def publishes(database: Database, newest: int = 2, *, before: int | None = None) -> list[Publish]:
    """Return the *newest* publishes, of those *before* an id, the newest first; none before the first."""
    if database.one("select to_regclass('minidata.publish')") == (None,):
        return []
    # An older minidata's table has fewer columns.
    query = """
    select id, run, published_at, models, sources, (to_jsonb(p) ->> 'back_to')::bigint,
      coalesce(to_jsonb(p) -> 'orphans', '[]'), coalesce(to_jsonb(p) -> 'passed', '[]')
    from minidata.publish p where id < coalesce(%s, 9223372036854775807) order by id desc limit %s
    """
    return [
        Publish(
            number,
            run,
            at,
            {name: Version.read(name, version) for name, version in models.items()},
            sources,
            back,
            tuple(Orphan(*one) for one in orphans),
            frozenset(passed),
        )
        for number, run, at, models, sources, back, orphans, passed in database.rows(query, [before, newest])
    ]


def kept(database: Database, count: int) -> list[Publish]:
    """Return the newest publish of each of the *count* newest states: what one brought back is no new one."""
    found: dict[int, Publish] = {}
    before: int | None = None
    while len(found) < count:
        page = publishes(database, count, before=before)
        if not page:
            break
        for one in page:
            if len(found) < count:
                found.setdefault(one.state, one)
        before = page[-1].id
    return list(found.values())


def shown(database: Database, names: Iterable[Shown]) -> dict[Shown, str | None]:
    """Return which of *names* are there: each → the built relation that it shows, if any."""
    wanted = sorted(set(names))
    found = database.rows(_VIEWS, [[schema for schema, _ in wanted], [name for _, name in wanted]])
    return {(schema, name): relation for schema, name, relation in found}


def record(  # noqa: PLR0913 - each is a column
    database: Database,
    run: str,
    models: Mapping[str, Version],
    sources: Mapping[str, str],
    *,
    orphans: Sequence[Orphan] = (),
    back_to: int | None = None,
    passed: Collection[str] = (),
) -> tuple[int, datetime]:
    """Write down a publish, in the transaction that makes it; return its id and its time."""
    insert = """
    insert into minidata.publish (run, models, sources, orphans, back_to, passed) values (%s, %s, %s, %s, %s, %s)
    returning id, published_at
    """
    kept = {name: version.kept() for name, version in sorted(models.items())}
    left = [[one.schema, one.name, one.relation] for one in orphans]
    states = Jsonb(kept), Jsonb(dict(sorted(sources.items())))
    row = database.one(insert, [run, *states, Jsonb(left), back_to, Jsonb(sorted(passed))])
    if row is None:
        raise RuntimeError("insert … returning returned nothing")
    return row[0], row[1]


def record_passed(database: Database, publish: int, passed: Collection[str]) -> None:
    """Write down the fingerprints of the tests that a *publish* has passed by now."""
    database.run("update minidata.publish set passed = %s where id = %s", [Jsonb(sorted(passed)), publish])
