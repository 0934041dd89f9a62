"""A database that is somebody else's: what its administrator grants is enough, and what is missing is told by name."""

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from engine_projects import Lines, carry, project_at
from loading import put_run
from minidata import Row, Source, Stream
from minidata.adapters.database.connection import ANALYST, LOADER, READER
from minidata.adapters.database.refusals import RoleRefused
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, EngineDown, EngineError
from minidata.core.grants import url_setting
from minidata.steps.analyze import analyze
from minidata.steps.engine import database, embedded_engine
from minidata.steps.grants import grants
from minidata.steps.load import load
from minidata.steps.query import answer
from minidata.steps.up import up

pytestmark = pytest.mark.xdist_group("grants")

ROLES = (LOADER, ANALYST, READER)


class Order(Row):
    id: int
    total: int


SHOP = Source("shop", "http://127.0.0.1", streams=[Stream("orders", path="/orders", row=Order, key="id")])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The owner's URL of a Postgres that knows nothing of minidata."""
    engine = embedded_engine(project_at(tmp_path_factory.mktemp("server") / "p", "embedded"))
    engine.start(Lines())
    yield engine.endpoint().url.get_secret_value().replace("/minidata?", "/postgres?")
    engine.stop(volumes=True)


@pytest.fixture
def admin(server: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """An administrator's connection to a database of the test's own, where there are no roles of ours."""
    name = f"theirs_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        owner.execute("create role tenant login")
        with psycopg.connect(server, dbname=name, autocommit=True) as admin:
            yield admin
        owner.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
        for role in (*ROLES, "tenant"):
            owner.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(role)))


@pytest.fixture
def project(tmp_path: Path, admin: psycopg.Connection[tuple[object, ...]]) -> Project:
    """A project with something to load and a model, whose URL logs in as the tenant of that database."""
    at = project_at(tmp_path / "p", "url", MINIDATA_ENGINE_URL=_url(admin, "tenant"))
    put_run(at, "shop.orders", [[{"id": 1, "total": 5}]])
    (at.root / "sql" / "models").mkdir()
    (at.root / "sql" / "models" / "orders.sql").write_text(
        "{{ config(materialized='table') }} select * from {{ source('shop', 'orders') }}"
    )
    return at


def _url(admin: psycopg.Connection[tuple[object, ...]], user: str) -> str:
    info = admin.info
    return f"postgresql://{user}@/{info.dbname}?host={info.host}&port={info.port}"


def with_roles(project: Project, admin: psycopg.Connection[tuple[object, ...]]) -> Project:
    """The project as it is after its administrator has run what it prints: a URL for each role, none for an owner."""
    admin.execute(grants(project).sql.encode())
    return replace(project, environ={url_setting(role): _url(admin, role) for role in ROLES})


def works(project: Project) -> None:
    up(project)
    assert load(project, {"shop": SHOP}).counts.loaded == 1
    assert analyze(project).published
    with database(project, READER) as db:
        assert db.rows("select total from analytics.orders") == [(5,)]
    assert answer(project, "select count(*) from shop.orders", limit=1).rows == (("1",),)


Admin = psycopg.Connection[tuple[object, ...]]


def test_what_is_printed_is_all_that_the_roles_need(project: Project, admin: Admin) -> None:
    prepared = with_roles(project, admin)

    works(prepared)

    for role in ROLES:
        with database(prepared, role) as db:
            assert db.one("select session_user::text") == (role,)


def test_what_is_printed_may_be_run_again_and_has_no_password(project: Project, admin: Admin) -> None:
    for _ in range(2):
        admin.execute(grants(project).sql.encode())

    assert admin.execute("select count(rolpassword) from pg_authid where rolname like 'minidata%'").fetchone() == (0,)


def test_a_login_that_owns_the_database_works_as_itself(project: Project, admin: Admin) -> None:
    admin.execute(f"alter database {admin.info.dbname} owner to tenant")

    works(project)


def test_a_login_that_may_create_roles_takes_them_on(project: Project, admin: Admin) -> None:
    admin.execute("alter role tenant createrole")
    admin.execute(f"grant create on database {admin.info.dbname} to tenant with grant option")
    admin.execute(f"alter database {admin.info.dbname} owner to tenant")

    works(project)

    with database(project, LOADER) as db:
        assert db.one("select session_user::text, current_user::text") == ("tenant", LOADER)


def test_a_member_of_the_roles_uses_what_an_administrator_prepared(project: Project, admin: Admin) -> None:
    with_roles(project, admin)
    admin.execute(f"grant {', '.join(ROLES)} to tenant")

    works(project)


def test_a_login_that_may_make_nothing_is_told_what_to_ask_for(project: Project, admin: Admin) -> None:
    with pytest.raises(EngineError, match=r"^tenant lacks CREATE on database theirs") as caught:
        up(project)

    assert caught.value.hint.endswith(f'grant create on database "{admin.info.dbname}" to "tenant"')


def test_a_login_that_may_not_take_on_the_roles_is_told(project: Project, admin: Admin) -> None:
    with_roles(project, admin)

    with pytest.raises(EngineError, match=r"minidata_loader: .*permission denied to set role") as caught:
        up(project)

    assert "minidata db grants" in caught.value.hint


@pytest.mark.parametrize(
    ("revoked", "told"),
    [
        ("revoke create on schema minidata from minidata_loader", "minidata_loader lacks CREATE on schema minidata"),
        ("revoke usage on schema analytics from minidata_reader", "minidata_reader lacks USAGE on schema analytics"),
        ("revoke create on schema minidata_build from minidata_analyst", "minidata_analyst lacks CREATE on schema"),
        (
            "alter default privileges for role minidata_loader revoke select on tables from minidata_analyst",
            "minidata_analyst may not read what minidata_loader will make",
        ),
    ],
)
def test_what_is_missing_is_told_with_the_grant_that_mends_it(
    project: Project, admin: Admin, revoked: str, told: str
) -> None:
    prepared = with_roles(project, admin)
    admin.execute(revoked.encode())

    with pytest.raises(EngineError, match=told) as caught:
        up(prepared)

    admin.execute(caught.value.hint.partition("says: ")[2].encode())
    works(prepared)


def test_a_login_that_can_only_read_is_told(project: Project, admin: Admin) -> None:
    admin.execute("alter role tenant set default_transaction_read_only = on")

    with pytest.raises(EngineError, match="can only read"):
        up(project)


def test_a_standby_is_told(project: Project, tmp_path: Path) -> None:
    other = project_at(tmp_path / "standby", "embedded")
    engine = embedded_engine(other)
    engine.start(Lines())
    engine.stop(volumes=False)
    (engine.folder / "standby.signal").touch()
    try:
        engine.start(Lines())
        url = engine.endpoint().url.get_secret_value().replace("/minidata?", "/postgres?")
        with pytest.raises(EngineError, match="is a standby"):
            up(replace(project, environ={"MINIDATA_ENGINE_URL": url}))
    finally:
        engine.stop(volumes=True)


def _refusal(message: str) -> bytes:
    fields = b"SFATAL\0VFATAL\0C57P03\0M" + message.encode() + b"\0\0"
    return b"E" + (len(fields) + 4).to_bytes(4, "big") + fields


@contextmanager
def doorkeeper(socket_path: str, refusals: list[str]) -> Iterator[str]:
    """Something at a port that refuses as many clients as there are *refusals*, then lets all through to Postgres."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        left = iter(refusals)

        def serve() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                message = next(left, None)
                if message is None:
                    _let_through(client, socket_path)
                else:
                    with client:
                        client.recv(4096)
                        client.sendall(_refusal(message))

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1&port={listening.getsockname()[1]}&sslmode=disable&gssencmode=disable"
        listening.shutdown(socket.SHUT_RDWR)


def _let_through(client: socket.socket, path: str) -> None:
    server = socket.socket(socket.AF_UNIX)
    server.connect(path)
    threading.Thread(target=carry, args=(client, server), daemon=True).start()


def behind(project: Project, admin: Admin, place: str) -> Project:
    url = f"postgresql://postgres@/{admin.info.dbname}?host={place}"
    return replace(project, environ={"MINIDATA_ENGINE_URL": url})


@pytest.mark.parametrize("why", ["the database system is starting up", "sorry, too many clients already"])
def test_a_load_waits_for_a_postgres_that_takes_no_connection_yet(project: Project, admin: Admin, why: str) -> None:
    with doorkeeper(f"{admin.info.host}/.s.PGSQL.5432", []) as place:
        up(behind(project, admin, place))
    with doorkeeper(f"{admin.info.host}/.s.PGSQL.5432", [why] * 3) as place:
        assert load(behind(project, admin, place), {"shop": SHOP}).counts.loaded == 1


def test_a_postgres_that_never_takes_one_is_told(project: Project, admin: Admin) -> None:
    (project.root / "minidata.toml").write_text("[engine]\nstart_timeout = 0.3\n")
    with (
        doorkeeper("", ["the database system is starting up"] * 100) as place,
        pytest.raises(EngineDown, match="Postgres: the database system is starting up"),
    ):
        load(behind(project, admin, place), {"shop": SHOP})


def test_a_pooler_that_refuses_settings_is_told(project: Project, admin: Admin) -> None:
    with (
        doorkeeper("", ["unsupported startup parameter: options"] * 100) as place,
        pytest.raises(ConfigError, match="a pooler stands before Postgres"),
    ):
        up(behind(project, admin, place))


def test_the_password_of_a_roles_url_is_masked(project: Project) -> None:
    told = replace(project, environ={url_setting(LOADER): "postgresql://u:S3CRETWORD@127.0.0.1:1/db"})
    with pytest.raises((EngineDown, RoleRefused)):
        up(told)

    assert told.redact("S3CRETWORD") == "***"
