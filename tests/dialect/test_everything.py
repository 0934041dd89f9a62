"""A plain dbt project with all that plain dbt projects use gives with minidata the relations that it gives with dbt."""

from pathlib import Path

import psycopg
import pytest

from dbts import Dbt, standing

pytestmark = pytest.mark.dbt

HERE = Path(__file__).parent
EVERYTHING = HERE / "everything"


def execute(url: str, script: str) -> None:
    """Run a script of this folder, as the owner."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((HERE / script).read_bytes())


def test_dbt_itself_builds_the_project_again_and_again(dbt: Dbt, dbt_url: str) -> None:
    execute(dbt_url, "everything.sql")
    # A unit test of an increment wants the table that it increments.
    first = dbt.run(EVERYTHING, dbt_url, "build", "--exclude", "resource_type:unit_test")
    execute(dbt_url, "everything_later.sql")
    second = dbt.run(EVERYTHING, dbt_url, "build")
    again = dbt.run(EVERYTHING, dbt_url, "build", "--full-refresh")

    for built in (first, second, again):
        assert built.code == 0, built.output
        assert built.relations == first.relations
    assert len(standing(dbt_url, first.relations)) == len(first.relations) == 39
