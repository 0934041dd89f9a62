"""
The publish: in one transaction every view of readers' schemas that changes shows its new relation.

A reader sees the old set or the new one, never a part of each, and never a missing view: the publisher has the locks
of all views that change before it changes the first. It asks for each with little patience and begins again when a
reader is in its way, so that readers never wait long behind it, and never lose a deadlock with it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from minidata.adapters.database.connection import READER, Database
from minidata.adapters.database.publishing import published
from minidata.adapters.database.publishing.dressing import Showing, comments_of, grants_of
from minidata.adapters.database.publishing.published import Orphan, Shown
from minidata.adapters.database.publishing.reshaping import (
    ViewColumn,
    all_columns,
    drop_keeping,
    drop_orphan,
    handed_on,
)
from minidata.core.clock import Clock
from minidata.core.errors import LockedError, RefusedError
from minidata.core.failpoints import Failpoint, reached
from minidata.core.modelling.versions import Version
from minidata.core.queries.sqltext import BUILT

# Well below Postgres's deadlock_timeout (1 s): the publisher gives way before a deadlock is even looked for.
_PATIENCE = "100ms"
_PAUSE = 0.05

_HOLDERS = """
select distinct a.pid, coalesce(nullif(a.application_name, ''), 'a client'), a.usename
from pg_locks l join pg_stat_activity a using (pid)
join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
join unnest(%s::text[], %s::text[]) as s(schema, name) on s.schema = n.nspname and s.name = c.relname
where l.granted and l.pid <> pg_backend_pid()
  and l.database = (select oid from pg_database where datname = current_database())
order by a.pid limit 1
"""


@dataclass(frozen=True)
class Edition:
    """
    All that a publish changes (*showings*), and the whole of what is live after it (*models*).

    *orphans* are views that no model is shown as any more, *dropped* those that go. *back_to* is the publish that is
    brought back, *passed* has the fingerprints of the tests that were passed.
    """

    run: str
    showings: Sequence[Showing]
    models: Mapping[str, Version]
    sources: Mapping[str, str]
    orphans: Sequence[Orphan] = ()
    dropped: Collection[Shown] = ()
    back_to: int | None = None
    passed: Collection[str] = ()


@dataclass(frozen=True)
class _Has:
    """What relations have: the *columns* of those that are built and of those that show them, *grants* of the first."""

    columns: Mapping[Shown, list[ViewColumn]]
    grants: Mapping[str, Sequence[tuple[str, str]]]


def publish(database: Database, edition: Edition, *, patience: float, clock: Clock) -> tuple[int, datetime]:
    """
    Show the edition to readers; return the publish's id and time.

    Raises LockedError, naming the holder, when readers' transactions are in the way for *patience* seconds, and
    RefusedError when a view would lose what another view needs, or was not made by minidata.
    """
    end = clock.monotonic() + patience
    names = [*(showing.version.shown for showing in edition.showings), *edition.dropped]
    turn = 0
    while True:
        try:
            with database.transaction():
                made = _publish(database, edition, turn)
                reached(Failpoint.BEFORE_PUBLISH)
        except LockedError as exc:
            if clock.monotonic() >= end:
                raise LockedError(
                    f"readers keep what would be published: {_holder(database, names)}",
                    hint="wait for their transaction to end, then run this again: nothing is built twice",
                ) from exc
            clock.sleep(_PAUSE * (1 + clock.random()))
            turn += 1
        else:
            reached(Failpoint.AFTER_PUBLISH)
            return made


def _publish(database: Database, edition: Edition, turn: int) -> tuple[int, datetime]:
    # What readers see survives a crash of Postgres, whatever a build before it was told.
    database.run(
        "select set_config('lock_timeout', %s, true), set_config('synchronous_commit', 'on', true)", [_PATIENCE]
    )
    showings = sorted(edition.showings, key=lambda showing: showing.version.shown)
    names = [showing.version.shown for showing in showings]
    there = published.shown(database, [*names, *edition.dropped])
    for showing in showings:
        schema, name = showing.version.shown
        if there.get((schema, name), "") is None and showing.stays is None:
            raise RefusedError(
                f"{schema}.{name} is there, and minidata did not make it", hint="rename it, or the model"
            )
    going = [name for name in sorted(edition.dropped) if there.get(name)]
    _lock(database, [sql.Identifier(*name) for name in (*names, *going) if name in there], turn)
    is_reader = database.one("select 1 from pg_roles where rolname = %s", [READER]) is not None
    has = _has(database, showings)
    statements = [*_schemas(names, is_reader=is_reader)]
    for showing in showings:
        statements += _shown(database, showing, has, is_there=showing.version.shown in there)
        if is_reader:
            statements.append(sql.SQL("grant select on {} to {}").format(showing.view, sql.Identifier(READER)))
    for schema, name in going:
        drop_orphan(database, schema, name)
    if statements:
        # In one message: there may be thousands.
        database.run(sql.SQL(";\n").join(statements))
    return published.record(
        database,
        edition.run,
        edition.models,
        edition.sources,
        orphans=edition.orphans,
        back_to=edition.back_to,
        passed=edition.passed,
    )


def _has(database: Database, showings: Sequence[Showing]) -> _Has:
    versions = [showing.version for showing in showings]
    columns = all_columns(database, [(BUILT, one.relation) for one in versions] + [one.shown for one in versions])
    built = [name for one in versions for name in (one.relation, one.base) if name]
    return _Has(columns, handed_on(database, built))


def _schemas(names: Sequence[Shown], *, is_reader: bool) -> Iterator[sql.Composed]:
    """Yield what makes the schemas of readers that are not there; the first one is everybody's already."""
    for schema in sorted({schema for schema, _ in names} - {published.ALWAYS}):
        yield sql.SQL("create schema if not exists {}").format(sql.Identifier(schema))
        if is_reader:
            yield sql.SQL("grant usage on schema {} to {}").format(sql.Identifier(schema), sql.Identifier(READER))


def _lock(database: Database, views: Sequence[sql.Identifier], turn: int) -> None:
    """
    Lock the views alone, and for themselves.

    LOCK would lock what they read as well. Giving a view to its owner changes nothing and takes just this lock. All
    are asked for in one statement, so that readers have no time to come in between; and each time another one first,
    since readers who name two of them in the order that is not ours would be in the way for ever.
    """
    if views:
        first = turn % len(views)
        statements = [
            sql.SQL("alter view {} owner to current_user").format(view) for view in (*views[first:], *views[:first])
        ]
        database.run(sql.SQL("; ").join(statements))


def _shown(database: Database, showing: Showing, has: _Has, *, is_there: bool) -> Iterator[sql.Composed]:
    """Yield what makes the view show the new relation: in place when its columns stay, else again with all it had."""
    new = has.columns[BUILT, showing.version.relation]
    old = has.columns[showing.version.shown] if is_there else []
    # Postgres replaces a view when its columns stay as they are; new ones may come behind them.
    stays = new[: len(old)] == old
    restore = [] if stays else drop_keeping(database, *showing.version.shown, old, new)
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in new)
    relation = sql.Identifier(BUILT, showing.version.relation)
    yield sql.SQL("create or replace view {} as select {} from {}").format(showing.view, names, relation)
    yield from restore
    yield from comments_of(showing, {column.name for column in new})
    yield from grants_of(showing, has.grants)


def _holder(database: Database, views: Sequence[Shown]) -> str:
    with database.as_login():
        row = database.one(_HOLDERS, [[schema for schema, _ in views], [name for _, name in views]])
    if row is None:
        return "whoever had them has just left"
    pid, name, user = row
    return f"{name} of {user}, server process {pid}"
