"""A plain dbt project with all that plain dbt projects use gives with minidata the relations that it gives with dbt."""

import shutil
from pathlib import Path

import psycopg
import pytest

from dbts import Built, Dbt, differences, standing
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.steps.analyze import Wishes, analyze

pytestmark = pytest.mark.dbt

HERE = Path(__file__).parent
EVERYTHING = HERE / "everything"


def test_relations_are_those_that_dbt_makes_again_and_again(project: Project, url: str, dbt: Dbt, dbt_url: str) -> None:
    shutil.copytree(EVERYTHING, project.root, dirs_exist_ok=True)

    def made_by_both(*options: str, full_refresh: bool = False) -> list[str]:
        theirs = dbt.run(EVERYTHING, dbt_url, "build", *options)
        assert theirs.code == 0, theirs.output
        ours = analyze(project, Wishes(full_refresh=full_refresh))
        assert ours.exit_code == Exit.DONE
        return differing(theirs, dbt_url, url)

    for database in (url, dbt_url):
        execute(database, "everything.sql")
    # A unit test of an increment wants the table that it increments.
    assert made_by_both("--exclude", "resource_type:unit_test") == []

    for database in (url, dbt_url):
        execute(database, "everything_later.sql")
    assert made_by_both() == []
    assert made_by_both("--full-refresh", full_refresh=True) == []


def execute(url: str, script: str) -> None:
    """Run a script of this folder, as the owner."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((HERE / script).read_bytes())


def differing(built: Built, dbt_url: str, url: str) -> list[str]:
    """Say what differs of the relations that dbt has made, of which there are so many."""
    theirs = standing(dbt_url, built.relations)
    assert len(theirs) == len(built.relations) == 59
    return differences(theirs, standing(url, theirs))
