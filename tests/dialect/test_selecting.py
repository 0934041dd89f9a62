"""Selectors over a whole project: models, seeds and tests are those that dbt lists."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dbts import Dbt
from minidata.adapters.project import Project
from minidata.core.modelling.choosing import chosen
from minidata.core.modelling.models import Models
from minidata.steps.models import folder, project_models

pytestmark = pytest.mark.dbt

HERE = Path(__file__).parent
SELECTIONS = [
    ("*", ""),
    ("path:models", "path:models/increments"),
    ("models/staging/*.yml", ""),
    ("path:seeds/books.csv+1", ""),
    ("path:tests", ""),
    ("plain_sql.sql file:jinja*", ""),
    ("tag:nightly+1", "tag:nightly,config.materialized:table"),
    ("config.materialized:seed", ""),
    ("config.enabled:true,resource_type:test", ""),
    ("config.severity:WARN", ""),
    ("config.on_schema_change:ignore", "resource_type:test"),
    # That one reads a table that no source declares: dbt does not know that it does.
    ("source:desk.loans+ source:*+1", "stg_parcels"),
    ("path:models/sources.yml", ""),
    ("package:this", "test_type:data"),
    ("test_type:singular test_type:unit", ""),
    ("test_name:unique test_name:*count*", ""),
    ("everything.staging *.increments.*", "appended+"),
    ("+merged @members", "unit_test:*"),
    ("2+reading_increments", ""),
    ("dim_readers", "dim_readers.v1"),
    ("dim_readers_v2 *readers* path:models/versions", ""),
]


def test_what_dbt_lists_is_what_is_chosen(project: Project, dbt: Dbt) -> None:
    shutil.copytree(HERE / "everything", project.root, dirs_exist_ok=True)
    models = project_models(Project.find(), {})
    theirs = asked(dbt, HERE / "everything")

    # The file is empty: dbt lists it, and builds nothing of it.
    theirs = [[one for one in names if one != ["model", "later"]] for names in theirs]
    for (select, exclude), names in zip(SELECTIONS, theirs, strict=True):
        mine = ours(project, models, select, exclude)
        assert ([one for one in mine if one not in names], [one for one in names if one not in mine]) == ([], []), (
            select
        )


def ours(project: Project, models: Models, select: str, exclude: str) -> list[list[str]]:
    choice = chosen(models, [select], [exclude], live={}, decisions={}, folder=folder(project))
    found = [[models.by_name[name].about.node["resource_type"], _name(models, name)] for name in choice.models]
    found += [["test", test.name] for test in models.tests if test.id in choice.tests]
    return sorted([*found, *(["unit_test", unit.name] for unit in models.unit_tests if unit.id in choice.units)])


def _name(models: Models, name: str) -> str:
    """Return what dbt calls the model: a version has the name of what it is a version of."""
    return str(models.by_name[name].about.node["name"])


def asked(dbt: Dbt, everything: Path) -> list[list[list[str]]]:
    dbt.home.mkdir()
    output = {"type": "postgres", "host": "", "port": 5432, "user": "", "password": "", "dbname": "", "schema": "x"}
    profile = {"everything": {"target": "dev", "outputs": {"dev": output}}}
    (dbt.home / "profiles.yml").write_text(json.dumps(profile))
    common = ["--project-dir", str(everything), "--profiles-dir", str(dbt.home), "--profile", "everything"]
    common += ["--target-path", str(dbt.home / "target"), "--log-path", str(dbt.home / "logs")]
    done = subprocess.run(
        [dbt.venv / "bin" / "python", HERE / "dbts_listing.py"],
        input=json.dumps({"common": common, "selections": SELECTIONS}),
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "False"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[list[list[str]]] = json.loads(done.stdout)
    return found
