"""dbt itself, and a database for it beside the project's own."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from dbts import Dbt


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
