"""dbt itself, and a database for it beside the project's own."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from dbts import Dbt
from minidata.adapters.database.connection import connect
from minidata.adapters.database.scripts import run_script
from minidata.adapters.project import Project
from minidata.steps.engine import endpoint


@pytest.fixture
def dbt(dbt_venv: Path, tmp_path: Path) -> Dbt:
    return Dbt(dbt_venv, tmp_path / "dbt")


@pytest.fixture
def dbt_url(postgres: str) -> Iterator[str]:
    """The owner's URL of an empty database in which dbt builds, while minidata builds in the project's."""
    name = f"dbt_{secrets.token_hex(6)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        head, _, tail = postgres.partition("/postgres?")
        yield f"{head}/{name}?{tail}"
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def url(database_url: SecretStr) -> str:
    """The owner's URL of the project's own database."""
    return database_url.get_secret_value()


@pytest.fixture
def project(project: Project) -> Project:
    """An empty project whose database `up` has prepared."""
    with connect(endpoint(project).url) as database:
        run_script(database, (project.root / "sql" / "init.sql").read_text(), name="init.sql")
    return project
