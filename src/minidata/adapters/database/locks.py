"""
Who may work at the same time: loaders together, the analyst alone.

Advisory locks, held by the session: they die with its connection, so nothing stays locked after a crash.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from minidata.adapters.database.connection import Database
from minidata.core.errors import LockedError
from minidata.core.wording import excerpt

if TYPE_CHECKING:
    from minidata.adapters.database.targets import Target

# "mini", "data" in ASCII: one lock per database, whoever connects to it.
KEY = (0x6D696E69, 0x64617461)
# That of the connections that build for the one who holds it.
_BUILDING = (KEY[0], KEY[1] + 1)

_HOLDER = """
select a.pid, coalesce(a.application_name, ''), a.usename, coalesce(host(a.client_addr), 'this machine'),
  a.backend_start
from pg_locks l join pg_stat_activity a using (pid)
where l.locktype = 'advisory' and l.granted and (l.classid, l.objid) = (%s::oid, %s::oid) and l.objsubid = 2
  and l.database = (select oid from pg_database where datname = current_database())
  and l.pid <> pg_backend_pid()
order by a.backend_start limit 1
"""
# Who holds one of the tables so that others wait, or is a loader that has an object or rows in hand.
_IN_THE_WAY = """
select a.pid, a.usename, coalesce(a.application_name, ''), a.query
from pg_locks l join pg_stat_activity a using (pid)
where l.granted and l.pid <> pg_backend_pid()
  and l.database = (select oid from pg_database where datname = current_database())
  and (l.relation = any (select to_regclass(name) from unnest(%s::text[]) as name)
    or (l.locktype = 'advisory' and l.mode = 'ExclusiveLock' and (l.classid, l.objid) <> (%s::oid, %s::oid)))
order by l.mode = 'AccessExclusiveLock' desc, l.mode in ('ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock') desc,
  a.xact_start
limit 1
"""
_LONGEST_QUERY = 80


@contextmanager
def analyzing(database: Database, tell: Callable[[str], None] | None = None) -> Iterator[None]:
    """
    Hold the lock alone; raise LockedError, naming the holder, when somebody else keeps it too long.

    Before it is waited for, *tell* is told of whom.
    """
    if not database.one("select true where pg_try_advisory_lock(%s, %s)", KEY):
        if tell:
            tell(f"waiting, for the database is in use: {_holder(database)}")
        _take(database)
    _await_builders(database)
    try:
        yield
    finally:
        if not database.connection.closed:
            database.run("select pg_advisory_unlock(%s, %s)", KEY)


def _await_builders(database: Database) -> None:
    """Wait until nothing is built any more for one who was killed: Postgres notices that within a second."""
    try:
        database.run("select pg_advisory_lock(%s, %s)", _BUILDING)
    except LockedError as exc:
        raise LockedError("an analyze that was ended builds still", hint="run this again in a moment") from exc
    database.run("select pg_advisory_unlock(%s, %s)", _BUILDING)


def join_analyzing(database: Database) -> None:
    """Let nobody else analyze while this connection is open, which builds for the one who holds the lock."""
    database.run("select pg_advisory_lock_shared(%s, %s)", _BUILDING)


def join_loading(database: Database) -> None:
    """
    Take the lock that loaders share until the session ends.

    Raises LockedError, naming the holder, when an analyst keeps it too long.
    """
    _take(database, shared=True)


def join_loading_if_free(database: Database) -> None:
    """
    Take it if nobody is in the way, as a worker of one who has it.

    An analyst who waits for that one comes first, and would be waited for.
    """
    database.run("select pg_try_advisory_lock_shared(%s, %s)", KEY)


@contextmanager
def naming_holder(database: Database, target: "Target") -> Iterator[None]:
    """Let a LockedError of this block, which is no part of a transaction, say who holds the tables of *target*."""
    try:
        yield
    except LockedError as exc:
        names = [target.name(table).as_string() for table in target.tables]
        with database.as_login():
            row = database.one(_IN_THE_WAY, [names, *KEY])
        if row is None:
            raise
        pid, user, name, query = row
        doing = f", doing {excerpt(query, _LONGEST_QUERY)!r}" if query else ""
        raise LockedError(
            f"table {target.label} is locked by {name or 'a client'}, user {user}, server process {pid}{doing}",
            hint=f"wait for it to end; an administrator may end it: `select pg_terminate_backend({pid})`",
        ) from exc


def _take(database: Database, *, shared: bool = False) -> None:
    try:
        database.run(f"select pg_advisory_lock{'_shared' if shared else ''}(%s, %s)", KEY)
    except LockedError as exc:
        raise LockedError(f"the database is in use: {_holder(database)}", hint="wait for it to end") from exc


def _holder(database: Database) -> str:
    with database.as_login():
        row = database.one(_HOLDER, KEY)
    if row is None:
        return "whoever had it has just left"
    pid, name, user, host, since = row
    # Of another login's session Postgres shows no more than its name.
    place = f"from {host}, connected since {since:%H:%M:%S} UTC" if since else f"as {user}"
    return f"{name or 'a client'} {place}, server process {pid}"
