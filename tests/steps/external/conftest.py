"""A Postgres that knows nothing of minidata, and a project that is to use it."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from engine_projects import Lines, project_at
from loading import put_run
from minidata.adapters.project import Project
from minidata.steps.engine import embedded_engine
from theirs import ROLES, Admin, url_of


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The owner's URL of a Postgres that knows nothing of minidata."""
    engine = embedded_engine(project_at(tmp_path_factory.mktemp("server") / "p", "embedded"))
    engine.start(Lines())
    yield engine.endpoint().url.get_secret_value().replace("/minidata?", "/postgres?")
    engine.stop(volumes=True)


@pytest.fixture
def admin(server: str) -> Iterator[Admin]:
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
def project(tmp_path: Path, admin: Admin) -> Project:
    """A project with something to load and a model, whose URL logs in as the tenant of that database."""
    at = project_at(tmp_path / "p", "url", MINIDATA_ENGINE_URL=url_of(admin, "tenant"))
    put_run(at, "shop.orders", [[{"id": 1, "total": 5}]])
    (at.root / "sql" / "models").mkdir()
    (at.root / "sql" / "models" / "orders.sql").write_text(
        "{{ config(materialized='table') }} select * from {{ source('shop', 'orders') }}"
    )
    return at
