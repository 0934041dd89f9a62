"""What each role may do, and what it tries in vain, on a Postgres of our own that holds a whole platform's tables."""

from collections.abc import Iterator

import psycopg
import pytest

from engine_projects import project_at
from loading import put_run
from minidata import Row, Source, Stream
from minidata.adapters.database.connection import ANALYST, LOADER, READER
from minidata.adapters.project import Project
from minidata.steps.analyze import analyze
from minidata.steps.down import down
from minidata.steps.engine import database, role_endpoint
from minidata.steps.load import load
from minidata.steps.up import up

ROLES = (LOADER, ANALYST, READER)


class Order(Row):
    id: int
    total: int


SHOP = Source("shop", "http://127.0.0.1", streams=[Stream("orders", path="/orders", row=Order, key="id")])


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project whose Postgres has been loaded, analyzed and tested once, a rule being broken."""
    project = project_at(tmp_path_factory.mktemp("roles") / "p", "embedded")
    put_run(project, "shop.orders", [[{"id": 1, "total": 5}, {"id": 2}]])
    (project.root / "sql" / "models").mkdir()
    (project.root / "sql" / "tests").mkdir()
    (project.root / "sql" / "models" / "orders.sql").write_text(
        "{{ config(materialized='table') }} select * from {{ source('shop', 'orders') }}"
    )
    (project.root / "sql" / "tests" / "small.sql").write_text(
        "{{ config(severity='warn') }} select * from {{ ref('orders') }} where total > 3"
    )
    try:
        up(project)
        load(project, {"shop": SHOP})
        assert analyze(project).published
        yield project
    finally:
        down(project, volumes=True)


def ask(project: Project, role: str, statement: str) -> None:
    url = role_endpoint(project, role).url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


EVERYBODY = [
    "create role more",
    "create database more",
    "alter role minidata_reader superuser",
    "set role postgres",
    "reset role; select 1 / (current_user <> session_user)::int",
    "select * from pg_catalog.pg_authid",
    "copy (select 1) to program 'true'",
    "select pg_read_file('PG_VERSION')",
    "create table public.more ()",
    "select lo_create(0)",
    "select lo_from_bytea(0, 'x')",
    "drop schema analytics cascade",
    "drop schema minidata cascade",
    "drop schema minidata_build cascade",
]
LOADERS = [
    "set role minidata_analyst",
    "select * from analytics.orders",
    "create view analytics.more as select 1",
    "create or replace view analytics.orders as select 1 as id",
    "create table minidata_build.more ()",
    "select * from minidata.publish",
    "delete from minidata.publish",
    "select * from minidata.test_failure",
]
ANALYSTS = [
    "set role minidata_loader",
    "insert into shop.orders values (9, 9, 1, 1)",
    "update shop.orders set total = 0",
    "delete from shop.orders",
    "truncate shop.orders",
    "drop table shop.orders",
    "create table shop.more ()",
    "create temp table more ()",
    "delete from minidata.object",
    "update minidata.object set loaded = 0",
    "delete from minidata.quarantine",
    "delete from minidata.run",
    "drop table minidata.quarantine cascade",
]
READERS = [
    "set role minidata_analyst",
    "select * from shop.orders",
    "select * from minidata.object",
    "select * from minidata.quarantine",
    "select * from minidata.run",
    "select * from minidata.test_failure",
    "select models from minidata.publish",
    "delete from minidata.publish",
    "create table minidata.more ()",
    "create table minidata_build.more ()",
    "create view analytics.more as select 1",
    "drop view analytics.orders",
    "insert into analytics.orders values (9, 9, 1, 1)",
    "delete from analytics.orders",
    "create schema more",
    "create temp table more ()",
    "select set_config('role', 'minidata_analyst', false)",
]


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        *((role, statement) for role in ROLES for statement in EVERYBODY),
        *((LOADER, statement) for statement in LOADERS),
        *((ANALYST, statement) for statement in ANALYSTS),
        *((READER, statement) for statement in READERS),
    ],
)
def test_a_role_tries_in_vain(platform: Project, role: str, statement: str) -> None:
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.DivisionByZero)):
        ask(platform, role, statement)


def test_the_reader_sees_no_built_relation(platform: Project) -> None:
    with database(platform, None) as db:
        built = db.rows("select relname from pg_class where relnamespace = 'minidata_build'::regnamespace")

    for (name,) in built:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(platform, READER, f"select * from minidata_build.{name}")


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        (LOADER, "update shop.orders set total = total"),
        (ANALYST, "select * from shop.orders, minidata.object, minidata.quarantine, analytics.orders"),
        (READER, "select * from analytics.orders"),
        (READER, "select id, run, published_at from minidata.publish"),
    ],
)
def test_a_role_may_do_its_work(platform: Project, role: str, statement: str) -> None:
    ask(platform, role, statement)


@pytest.mark.parametrize("role", ROLES)
def test_a_step_logs_in_as_its_role(platform: Project, role: str) -> None:
    with database(platform, role) as db:
        assert db.one("select session_user::text, current_user::text") == (role, role)


def test_a_login_without_a_role_of_ours_gets_in_nowhere(platform: Project) -> None:
    with database(platform, None) as db:
        db.run("create role stranger login")
        url = db.connection.info.dsn
    for name in ("minidata", "postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(url, user="stranger", dbname=name)
