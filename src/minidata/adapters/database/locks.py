"""
Who may work at the same time: loaders together, the analyst alone.

Advisory locks, held by the session: they die with its connection, so nothing stays locked after a crash.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from minidata.adapters.database.connection import Database
from minidata.core.errors import LockedError

# "mini", "data" in ASCII: one lock per database, whoever connects to it.
KEY = (0x6D696E69, 0x64617461)

_HOLDER = """
select a.pid, coalesce(a.application_name, ''), a.usename, coalesce(host(a.client_addr), 'this machine'),
  a.backend_start
from pg_locks l join pg_stat_activity a using (pid)
where l.locktype = 'advisory' and l.granted and (l.classid, l.objid) = (%s::oid, %s::oid) and l.objsubid = 2
  and l.database = (select oid from pg_database where datname = current_database())
  and l.pid <> pg_backend_pid()
order by a.backend_start limit 1
"""


@contextmanager
def loading(database: Database) -> Iterator[None]:
    """Hold the lock that loaders share; raise LockedError, naming the holder, when an analyst keeps it too long."""
    with _held(database, "_shared"):
        yield


@contextmanager
def analyzing(database: Database) -> Iterator[None]:
    """Hold the lock alone; raise LockedError, naming the holder, when somebody else keeps it too long."""
    with _held(database, ""):
        yield


def join_loading(database: Database) -> None:
    """Take the lock that loaders share until the session ends; raise as loading() does."""
    _take(database, "_shared")


def join_loading_if_free(database: Database) -> None:
    """
    Take it if nobody is in the way, as a worker of one who has it.

    An analyst who waits for that one comes first, and would be waited for.
    """
    database.run("select pg_try_advisory_lock_shared(%s, %s)", KEY)


@contextmanager
def _held(database: Database, kind: str) -> Iterator[None]:
    _take(database, kind)
    try:
        yield
    finally:
        if not database.connection.closed:
            database.run(f"select pg_advisory_unlock{kind}(%s, %s)", KEY)


def _take(database: Database, kind: str) -> None:
    try:
        database.run(f"select pg_advisory_lock{kind}(%s, %s)", KEY)
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
