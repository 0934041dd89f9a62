"""
The publish: in one transaction every view of ``analytics`` that changes shows its new relation.

A reader sees the old set or the new one, never a part of each, and never a missing view: the publisher has the locks
of all views that change before it changes the first. It asks for each with little patience and begins again when a
reader is in its way, so that readers never wait long behind it, and never lose a deadlock with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from psycopg import sql

from minidata.adapters.database.connection import READER, Database
from minidata.adapters.database.publishing import published
from minidata.adapters.database.publishing.published import Version
from minidata.adapters.database.publishing.reshaping import columns_of, drop_keeping
from minidata.core.clock import Clock
from minidata.core.errors import LockedError, RefusedError
from minidata.core.queries.relations import PUBLISHED
from minidata.core.queries.sqltext import BUILT

# Well below Postgres's deadlock_timeout (1 s): the publisher gives way before a deadlock is even looked for.
_PATIENCE = "100ms"
_PAUSE = 0.05

_HOLDERS = """
select distinct a.pid, coalesce(nullif(a.application_name, ''), 'a client'), a.usename
from pg_locks l join pg_stat_activity a using (pid)
join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
where l.granted and l.pid <> pg_backend_pid() and n.nspname = 'analytics' and c.relname = any(%s)
  and l.database = (select oid from pg_database where datname = current_database())
order by a.pid limit 1
"""


@dataclass(frozen=True)
class Showing:
    """A model to be shown as *version*, with what is said of it; *was* is how it is shown now."""

    model: str
    version: Version
    description: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    was: Version | None = None

    @property
    def view(self) -> sql.Identifier:
        """The view's name, quoted."""
        return sql.Identifier(PUBLISHED, self.model)


@dataclass(frozen=True)
class Edition:
    """All that a publish changes (*showings*), and the whole of what is live after it (*models*)."""

    run: str
    showings: Sequence[Showing]
    models: Mapping[str, Version]
    sources: Mapping[str, str]


def publish(database: Database, edition: Edition, *, patience: float, clock: Clock) -> tuple[int, datetime]:
    """
    Show the edition to readers; return the publish's id and time.

    Raises LockedError, naming the holder, when readers' transactions are in the way for *patience* seconds, and
    RefusedError when a view would lose what another view needs, or was not made by minidata.
    """
    end = clock.monotonic() + patience
    names = [showing.model for showing in edition.showings]
    turn = 0
    while True:
        try:
            with database.transaction():
                return _publish(database, edition, turn)
        except LockedError as exc:
            if clock.monotonic() >= end:
                raise LockedError(
                    f"readers keep what would be published: {_holder(database, names)}",
                    hint="wait for their transaction to end, then run this again: nothing is built twice",
                ) from exc
            clock.sleep(_PAUSE * (1 + clock.random()))
            turn += 1


def _publish(database: Database, edition: Edition, turn: int) -> tuple[int, datetime]:
    database.run("select set_config('lock_timeout', %s, true)", [_PATIENCE])
    there = published.shown(database)
    for showing in edition.showings:
        if showing.model in there and showing.was is None and there[showing.model] is None:
            raise RefusedError(
                f"{PUBLISHED}.{showing.model} is there, and minidata did not make it",
                hint="rename it, or the model",
            )
    showings = sorted(edition.showings, key=lambda showing: showing.model)
    _lock(database, [showing for showing in showings if showing.model in there], turn)
    for showing in showings:
        _show(database, showing, is_there=showing.model in there)
    return published.record(database, edition.run, edition.models, edition.sources)


def _lock(database: Database, showings: Sequence[Showing], turn: int) -> None:
    """
    Lock the views alone, and for themselves.

    LOCK would lock what they read as well. Giving a view to its owner changes nothing and takes just this lock. All
    are asked for in one statement, so that readers have no time to come in between; and each time another one first,
    since readers who name two of them in the order that is not ours would be in the way for ever.
    """
    if showings:
        first = turn % len(showings)
        statements = [
            sql.SQL("alter view {} owner to current_user").format(showing.view)
            for showing in (*showings[first:], *showings[:first])
        ]
        database.run(sql.SQL("; ").join(statements))


def _show(database: Database, showing: Showing, *, is_there: bool) -> None:
    """Make the view show the new relation: in place when its columns stay, else made again with all it had."""
    new = columns_of(database, BUILT, showing.version.relation)
    old = columns_of(database, PUBLISHED, showing.model) if is_there else []
    # Postgres replaces a view when its columns stay as they are; new ones may come behind them.
    stays = new[: len(old)] == old
    restore = [] if stays else drop_keeping(database, PUBLISHED, showing.model, old, new)
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in new)
    relation = sql.Identifier(BUILT, showing.version.relation)
    database.run(
        sql.SQL("create or replace view {} as select {} from {}").format(showing.view, names, relation),
    )
    for statement in restore:
        database.run(statement)
    for statement in _comments(showing, {column.name for column in new}):
        database.run(statement)
    if database.one("select 1 from pg_roles where rolname = %s", [READER]):
        database.run(sql.SQL("grant select on {} to {}").format(showing.view, sql.Identifier(READER)))


def _comments(showing: Showing, columns: set[str]) -> Iterator[sql.Composed]:
    """Yield the comments that are to be set: what is described, and nothing where a description is gone."""
    if showing.was and showing.was.notes == showing.version.notes:
        return
    if showing.description or showing.was:
        yield sql.SQL("comment on view {} is {}").format(showing.view, sql.Literal(showing.description or None))
    for name in sorted(columns):
        said = showing.columns.get(name)
        if said or showing.was:
            column = sql.Identifier(PUBLISHED, showing.model, name)
            yield sql.SQL("comment on column {} is {}").format(column, sql.Literal(said))


def _holder(database: Database, views: Sequence[str]) -> str:
    with database.as_login():
        row = database.one(_HOLDERS, [list(views)])
    if row is None:
        return "whoever had them has just left"
    pid, name, user = row
    return f"{name} of {user}, server process {pid}"
