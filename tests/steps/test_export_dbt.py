"""export dbt: with what is written, dbt runs the project by itself, and builds what minidata does."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
import yaml
from pydantic import SecretStr

from dbts import differences, standing
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit, RefusedError
from minidata.demo.records import DemoShop
from minidata.demo.server import DEMO_KEY, serve
from minidata.sources import SOURCES
from minidata.steps.analyze import analyze
from minidata.steps.export_dbt import export_dbt
from minidata.steps.ingest import ingest
from minidata.steps.load import load
from minidata.steps.up import up
from shell import run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shop(project: Project) -> Project:
    """A project with this repository's models of the shop, less what declares its tables."""
    shutil.copytree(ROOT / "sql" / "models" / "shop", project.root / "sql" / "models" / "shop")
    (project.root / "sql" / "models" / "shop" / "sources.yml").unlink()
    return project


def test_what_is_written_is_what_is_missing(shop: Project) -> None:
    facts = export_dbt(shop, SOURCES, output=shop.root / "sql")

    assert [file.name for file in facts.files] == ["dbt_project.yml", "models/minidata_sources.yml", "profiles.yml"]
    declared = yaml.safe_load((shop.root / "sql" / "models" / "minidata_sources.yml").read_text())["sources"]
    assert [source["name"] for source in declared] == ["shop"]
    assert "DBT_ENV_SECRET_PASSWORD" in facts.notes[0]


def test_a_second_export_changes_nothing(shop: Project) -> None:
    first = export_dbt(shop, SOURCES, output=shop.root / "sql")

    second = export_dbt(shop, SOURCES, output=shop.root / "sql")

    # The project file is the folder's own now, and its sources are declared.
    assert [file.name for file in second.files] == ["profiles.yml"]
    assert second.files[0].text == first.files[2].text


def test_a_test_that_dbt_does_not_have_goes_along(shop: Project) -> None:
    path = shop.root / "sql" / "models" / "shop" / "counted.yml"
    path.write_text("models: [{name: customers, data_tests: [row_count: {min: 1}]}]")

    names = [file.name for file in export_dbt(shop, SOURCES, output=shop.root / "sql").files]
    again = [file.name for file in export_dbt(shop, SOURCES, output=shop.root / "sql").files]

    assert ("macros/minidata_row_count.sql" in names, again) == (True, ["profiles.yml"])


def test_what_says_something_else_is_replaced_only_by_force(shop: Project) -> None:
    path = shop.root / "sql" / "profiles.yml"
    path.write_text("mine: {}\n")

    with pytest.raises(RefusedError, match=r"profiles\.yml is there already, and says something else"):
        export_dbt(shop, SOURCES, output=shop.root / "sql")
    assert not (shop.root / "sql" / "dbt_project.yml").exists()
    export_dbt(shop, SOURCES, output=shop.root / "sql", force=True)

    assert path.read_text().startswith("minidata:\n")


def test_a_folder_with_a_project_file_is_exported_into_itself(shop: Project, tmp_path: Path) -> None:
    (shop.root / "sql" / "dbt_project.yml").write_text("name: own\nprofile: theirs\n")

    with pytest.raises(ConfigError, match="is there already, and is for that folder alone"):
        export_dbt(shop, SOURCES, output=tmp_path / "elsewhere")
    facts = export_dbt(shop, SOURCES, output=shop.root / "sql")

    assert yaml.safe_load(facts.files[-1].text).keys() == {"theirs"}


def test_the_command_prints_the_files_or_writes_them(shop: Project) -> None:
    printed = run("export", "dbt", cwd=shop.root)
    written = run("export", "dbt", "-o", "sql", "--json", cwd=shop.root)
    again = run("export", "dbt", "-o", "sql", cwd=shop.root)
    (shop.root / "sql" / "profiles.yml").write_text("mine: {}\n")
    refused = run("export", "dbt", "-o", "sql", cwd=shop.root)

    assert list(yaml.safe_load(printed.stdout.decode().split("\n\n")[0])) == ["name", "version", "profile"]
    assert printed.stdout.startswith(b"# dbt_project.yml\n")
    assert b"\n\n# models/minidata_sources.yml\n" in printed.stdout
    assert b"DBT_ENV_SECRET_PASSWORD" in printed.stderr
    assert [Path(file["path"]).name for file in json.loads(written.stdout)["result"]["files"]] == [
        "dbt_project.yml",
        "minidata_sources.yml",
        "profiles.yml",
    ]
    assert (again.returncode, refused.returncode) == (Exit.DONE, Exit.REFUSED)


@pytest.mark.dbt
@pytest.mark.parametrize("place", ["sql", "elsewhere/dbt"])
def test_dbt_builds_with_it_what_minidata_builds(
    shop: Project, dbt_venv: Path, database_url: SecretStr, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_API_KEY", DEMO_KEY)
    up(shop)
    with serve(DemoShop(orders=200)) as api:
        at = Project(shop.root, flags={"sources": {"shop": {"base_url": api.url}}})
        assert ingest(at, SOURCES, source="shop").exit_code == Exit.DONE
        assert load(at, SOURCES, source="shop").exit_code == Exit.DONE
    tables = "tables: [{name: orders, data_tests: [row_count: {arguments: {min: 1}}]}]"
    counted = f"sources: [{{name: counted, schema: shop, {tables}}}]"
    (shop.root / "sql" / "models" / "shop" / "counted.yml").write_text(counted)
    facts = export_dbt(shop, SOURCES, output=shop.root / place)
    info = psycopg.conninfo.conninfo_to_dict(database_url.get_secret_value())
    environ = {"PGHOST": str(info["host"]), "PGDATABASE": str(info["dbname"]), "PGUSER": str(info["user"])}
    folder = shop.root / place

    done = subprocess.run(
        [dbt_venv / "bin" / "dbt", "--no-use-colors", "build", "--project-dir", folder, "--profiles-dir", folder],
        env={**os.environ, **environ, "PGTZ": "UTC", "DBT_SEND_ANONYMOUS_USAGE_STATS": "False"},
        cwd=shop.root,
        capture_output=True,
        text=True,
        check=False,
    )
    ours = analyze(shop)

    assert done.returncode == 0, done.stdout
    assert "ERROR=0" in done.stdout
    # Keys and nulls of the sources, and what the models' own files say.
    assert int(done.stdout.rpartition("PASS=")[2].split()[0]) > 60
    assert ours.exit_code == Exit.DONE
    assert "source_row_count_counted_orders_1" in done.stdout
    assert len(facts.files) == 4
    names = [one.name for one in ours.models]
    by_dbt = standing(database_url.get_secret_value(), [("analytics_dbt", name) for name in names])
    by_us = standing(database_url.get_secret_value(), [("analytics", name) for name in names])
    assert len(by_dbt) == len(names) == 9
    assert differences({("", n): r for (_, n), r in by_dbt.items()}, {("", n): r for (_, n), r in by_us.items()}) == []
