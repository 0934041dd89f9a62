"""What somebody has set for a login, a database or a server: the rows are the same, or it is one line what mends it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest

from loading import put_run
from minidata import Row, Source, Stream
from minidata.adapters.project import Project
from minidata.core.errors import EngineError, Exit
from minidata.steps.engine import database
from minidata.steps.load import load
from minidata.steps.up import up
from theirs import Admin, url_of


class Thing(Row):
    id: int
    at: datetime
    on: date
    took: timedelta
    price: Decimal
    ratio: float
    text: str
    tags: list[str | None]


THINGS = Source("things", "http://127.0.0.1", streams=[Stream("all", path="/all", row=Thing, key="id")])
RECORDS = [
    {
        "id": 1,
        "at": "2026-03-04T05:06:07.123456+05:30",
        "on": "2026-03-04",
        "took": "P1DT2H",
        "price": "1234567.89",
        "ratio": 0.1 + 0.2,
        "text": "a\\b 'c' \"d\" \\n é ☃",
        "tags": ["NULL", None, 'a"b\\c'],
    },
    {
        "id": 2,
        "at": "2026-12-31T23:59:59Z",
        "on": "1999-12-01",
        "took": "PT0.5S",
        "price": "-0.01",
        "ratio": 1e-300,
        "text": "",
        "tags": [],
    },
]
# All at once; what is harmless alone may not be together.
ODD = {
    "timezone": "'Asia/Kolkata'",
    "datestyle": "'German'",
    "intervalstyle": "'sql_standard'",
    "client_encoding": "'LATIN1'",
    "standard_conforming_strings": "off",
    "array_nulls": "off",
    "search_path": "evil, pg_catalog",
    "row_security": "off",
    "extra_float_digits": "-10",
    "bytea_output": "'escape'",
    "quote_all_identifiers": "on",
    "default_transaction_isolation": "'serializable'",
    "default_transaction_deferrable": "on",
    "idle_session_timeout": "1",
    "idle_in_transaction_session_timeout": "1",
    "lock_timeout": "1",
    "jit": "off",
}
# Whatever is found here is not what it seems to be.
EVIL = """
create schema evil;
create function evil.now() returns timestamptz language sql as $$ select 'epoch'::timestamptz $$;
create function evil.clock_timestamp() returns timestamptz language sql as $$ select 'epoch'::timestamptz $$;
create function evil.hashtextextended(text, bigint) returns bigint language sql as $$ select 1 / 0::bigint $$;
create function evil.coalesced(text) returns text language sql as $$ select 'evil' $$;
create operator evil.= (leftarg = text, rightarg = text, function = texteq);
create table evil.object (key text);
grant usage on schema evil to public;
"""


@contextmanager
def set_for(admin: Admin, whom: str) -> Iterator[None]:
    """Set all that is odd: for a role, for the database, or for the server."""
    target = {"role": "alter role tenant", "database": f"alter database {admin.info.dbname}", "server": "alter system"}
    # What is set for the server comes over sessions that are open, but not over what they have set themselves.
    admin.execute("set idle_session_timeout = 0")
    admin.execute("set client_encoding = 'UTF8'")
    try:
        for name, value in ODD.items():
            admin.execute(f"{target[whom]} set {name} = {value}".encode())
        admin.execute("select pg_reload_conf()")
        yield
    finally:
        admin.execute(f"{target[whom]} reset all".encode())
        admin.execute("select pg_reload_conf()")


def contents(admin: Admin) -> list[tuple[object, ...]]:
    for name, value in (("timezone", "UTC"), ("intervalstyle", "postgres"), ("extra_float_digits", "1")):
        admin.execute(f"set {name} = '{value}'".encode())
    return admin.execute("select to_jsonb(t) - '_object' from things.all t order by id").fetchall()


@pytest.fixture
def things(project: Project, admin: Admin) -> Project:
    """A project with values of each kind to load, whose login owns a database with a bad neighbour."""
    admin.execute(f"alter database {admin.info.dbname} owner to tenant".encode())
    admin.execute(EVIL.encode())
    put_run(project, "things.all", [RECORDS])
    return project


@pytest.mark.parametrize("whom", ["role", "database", "server"])
def test_the_rows_are_the_same_whatever_is_set(things: Project, admin: Admin, whom: str) -> None:
    up(things)
    assert load(things, {"things": THINGS}).counts.loaded == len(RECORDS)
    expected = contents(admin)
    admin.execute("drop schema things cascade")

    with set_for(admin, whom):
        # The control: it is as odd as it is meant to be.
        with psycopg.connect(url_of(admin, "tenant"), options="-c idle_session_timeout=0", autocommit=True) as odd:
            assert odd.execute("show datestyle").fetchone() == ("German, DMY",)
        up(things)
        assert load(things, {"things": THINGS}).counts.loaded == len(RECORDS)
        found = contents(admin)
        assert load(things, {"things": THINGS}).nothing_new
        with database(things, None) as db:
            assert db.rows("select ratio from things.all order by id") == [(one["ratio"],) for one in RECORDS]

    assert found == expected
    assert [row["text"] for (row,) in found if isinstance(row, dict)] == [one["text"] for one in RECORDS]


@pytest.mark.parametrize(
    ("setting", "told", "mends"),
    [
        ("default_transaction_read_only = on", "read-only transaction", "default_transaction_read_only = off"),
        ("statement_timeout = 1", "canceling statement due to statement timeout", "statement_timeout = 0"),
    ],
)
def test_what_is_set_to_keep_a_load_from_its_work_is_told(
    things: Project, admin: Admin, setting: str, told: str, mends: str
) -> None:
    up(things)
    put_run(things, "things.all", [[{**RECORDS[0], "id": number} for number in range(5_000)]], number=1)
    admin.execute(f"alter role tenant set {setting}".encode())

    with pytest.raises(EngineError, match=told) as caught:
        load(things, {"things": THINGS})

    assert mends in caught.value.hint
    assert caught.value.exit_code == Exit.ENGINE
    admin.execute(f"alter role tenant set {mends}".encode())
    assert load(things, {"things": THINGS}).counts.loaded > 0
