"""analyze by dbt itself: what it builds, what is told of it, and what it leaves behind."""

import json
import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import psycopg
import pytest
from pydantic import SecretStr

from dbts import differences, standing
from loading import begin, run_sql, until
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit, RefusedError
from minidata.core.watch import Nobody
from minidata.demo.records import DemoShop
from minidata.demo.server import DEMO_KEY, serve
from minidata.sources import SOURCES
from minidata.steps.analyze import Wishes, analyze
from minidata.steps.dbt_runner import analyze_with_dbt
from minidata.steps.ingest import ingest
from minidata.steps.load import load
from minidata.steps.up import up
from shell import run

ROOT = Path(__file__).parents[2]
PASSWORD = "Xq7-of-the-analyst"
FILES = {
    "models/numbers.sql": "select 1 as id union all select {{ var('more', 2) }}",
    "models/doubled.sql": "{{ config(materialized='table') }} select id * 2 as id from {{ ref('numbers') }}",
    "models/orders.sql": "select * from {{ source('shop', 'orders') }}",
    "models/numbers.yml": """
        version: 2
        models:
          - name: numbers
            columns: [{name: id, data_tests: [unique]}]
          - name: doubled
            columns:
              - name: id
                data_tests: [{accepted_values: {values: [2], quote: false, config: {severity: warn}}}]
    """,
}


@pytest.fixture
def ready(project: Project, database_url: SecretStr, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with a few models, and a database in which the analyst has a password."""
    write(project, FILES)
    up(project)
    run_sql(
        project,
        f"alter role minidata_analyst login password '{PASSWORD}'",
        "create schema shop",
        "create table shop.orders as select 7 as id",
        "grant usage on schema shop to minidata_analyst",
        "grant select on shop.orders to minidata_analyst",
    )
    url = psycopg.conninfo.conninfo_to_dict(database_url.get_secret_value())
    host = str(url["host"]).replace("/", "%2F")
    monkeypatch.setenv(
        "MINIDATA_ENGINE_ANALYST_URL", f"postgresql://minidata_analyst:{PASSWORD}@{host}/{url['dbname']}"
    )
    return Project.find()


def write(project: Project, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        file = project.root / "sql" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text))


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def ids(project: Project, relation: str) -> list[int]:
    with psycopg.connect(project.environ["MINIDATA_ENGINE_URL"]) as connection:
        return sorted(row for (row,) in connection.execute(f"select id from {relation}"))


@pytest.mark.dbt
def test_dbt_builds_and_what_it_says_is_told_as_ours(ready: Project, dbt_venv: Path) -> None:
    before = files_of(ready.root / "sql")

    facts = analyze_with_dbt(ready, SOURCES, venv=dbt_venv)

    assert {one.name: (one.status, one.relation) for one in facts.models} == {
        "doubled": ("built", "analytics_dbt.doubled"),
        "numbers": ("built", "analytics_dbt.numbers"),
        "orders": ("built", "analytics_dbt.orders"),
    }
    assert {(one.about, one.status, one.failures) for one in facts.tests} == {
        ("numbers", "pass", 0),
        ("doubled", "warn", 1),
    }
    assert facts.exit_code == Exit.DONE
    assert ids(ready, "analytics_dbt.doubled") == [2, 4]
    assert ids(ready, "analytics_dbt.orders") == [7]
    assert files_of(ready.root / "sql") == before
    with psycopg.connect(ready.environ["MINIDATA_ENGINE_URL"]) as connection:
        connection.execute("set role minidata_reader")
        assert connection.execute("select count(*) from analytics_dbt.doubled").fetchone() == (2,)


@pytest.mark.dbt
def test_the_password_is_in_no_file_and_no_argument(ready: Project, dbt_venv: Path) -> None:
    write(ready, {"models/slow.sql": "{{ config(materialized='table') }} select pg_sleep(1)::text as id"})
    shown: list[str] = []

    class Spy(Nobody):
        def count(self, *_: object) -> None:
            """See which programs are running while dbt is."""
            shown.append(subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True).stdout)

    analyze_with_dbt(ready, SOURCES, venv=dbt_venv, watch=Spy())

    assert any("dbt.cli.main" in one for one in shown)
    assert not any(PASSWORD in one for one in shown)
    assert [name for name, content in files_of(ready.root).items() if PASSWORD.encode() in content] == []


@pytest.mark.dbt
def test_what_fails_is_told_with_its_reason(ready: Project, dbt_venv: Path) -> None:
    write(ready, {"models/doubled.sql": "select nonsense from {{ ref('numbers') }}"})

    facts = analyze_with_dbt(ready, SOURCES, Wishes(exclude=["orders"]), venv=dbt_venv, variables={"more": 1})

    models = {one.name: one for one in facts.models}
    assert {name: one.status for name, one in models.items()} == {"numbers": "built", "doubled": "skipped"}
    assert [(one.status, one.failures) for one in facts.tests if one.about == "numbers"] == [("fail", 1)]
    assert facts.exit_code == Exit.TESTS

    again = analyze_with_dbt(ready, SOURCES, Wishes(select=["doubled"]), venv=dbt_venv)

    (doubled,) = again.models
    assert (doubled.status, doubled.exit_code) == ("failed", Exit.CONFIG)
    assert 'column "nonsense" does not exist' in doubled.message
    assert again.exit_code == Exit.CONFIG


@pytest.mark.dbt
def test_a_project_that_dbt_does_not_understand_is_one_clear_error(ready: Project, dbt_venv: Path) -> None:
    write(ready, {"models/lost.sql": "select * from {{ ref('nowhere') }}"})

    with pytest.raises(ConfigError, match=r"dbt: .*depends on a node named 'nowhere' which was not found"):
        analyze_with_dbt(ready, SOURCES, venv=dbt_venv)


@pytest.mark.dbt
def test_what_minidata_publishes_is_not_for_dbt_to_replace(ready: Project, dbt_venv: Path) -> None:
    assert analyze(ready, Wishes(select=["numbers"])).published

    with pytest.raises(RefusedError, match=r"analytics\.numbers is published by minidata"):
        analyze_with_dbt(ready, SOURCES, venv=dbt_venv, schema="analytics")
    with pytest.raises(ConfigError, match="the schema shop is a Source's"):
        analyze_with_dbt(ready, SOURCES, venv=dbt_venv, schema="shop")


@pytest.mark.dbt
def test_dbt_is_handed_the_test_that_it_does_not_have(ready: Project, dbt_venv: Path) -> None:
    counted = "models: [{name: orders, data_tests: [row_count: {arguments: {min: 3}}]}]"
    write(ready, {"models/counted.yml": counted})

    facts = analyze_with_dbt(ready, SOURCES, Wishes(select=["orders"]), venv=dbt_venv)

    assert ("row_count_orders_3", "fail", 1) in {(one.name, one.status, one.failures) for one in facts.tests}


@pytest.mark.dbt
def test_a_project_of_dbts_own_is_built_by_its_own_file(ready: Project, dbt_venv: Path) -> None:
    moved = ready.root / "sql" / "warehouse" / "models"
    shutil.move(ready.root / "sql" / "models", moved)
    write(
        ready,
        {
            "dbt_project.yml": """
                name: own
                profile: elsewhere
                model-paths: [warehouse/models]
                models: {own: {+schema: special}}
            """,
            "warehouse/models/sources.yml": "{version: 2, sources: [{name: shop, tables: [{name: orders}]}]}",
        },
    )

    facts = analyze_with_dbt(ready, SOURCES, Wishes(select=["path:warehouse/models/orders.sql"]), venv=dbt_venv)

    assert [one.relation for one in facts.models] == ["analytics_dbt_special.orders"]


@pytest.mark.dbt
def test_killed_it_leaves_no_dbt_behind_and_the_next_one_works(ready: Project, dbt_venv: Path) -> None:
    write(ready, {"models/slow.sql": "{{ config(materialized='table') }} select pg_sleep(60)::text as id"})
    command = ("analyze", "--runner", "dbt", "--dbt-venv", str(dbt_venv))
    environ = {"MINIDATA_ENGINE_ANALYST_URL": os.environ["MINIDATA_ENGINE_ANALYST_URL"]}
    killed = begin(ready, *command, **environ)
    until(lambda: _sleeping(ready), seconds=120)

    busy = run(*command, cwd=ready.root)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    until(lambda: not _dbts(ready), seconds=120)
    until(lambda: not _sleeping(ready), seconds=120)
    facts = analyze_with_dbt(ready, SOURCES, Wishes(exclude=["slow"]), venv=dbt_venv)

    assert (busy.returncode, b"at work here" in busy.stderr) == (Exit.LOCKED, True)
    assert facts.exit_code == Exit.DONE


@pytest.mark.dbt
def test_ctrl_c_ends_dbt_and_what_it_runs(ready: Project, dbt_venv: Path) -> None:
    write(ready, {"models/slow.sql": "{{ config(materialized='table') }} select pg_sleep(60)::text as id"})
    environ = {"MINIDATA_ENGINE_ANALYST_URL": os.environ["MINIDATA_ENGINE_ANALYST_URL"]}
    interrupted = begin(ready, "analyze", "--runner", "dbt", "--dbt-venv", str(dbt_venv), **environ)
    until(lambda: _sleeping(ready), seconds=120)

    interrupted.send_signal(signal.SIGINT)
    interrupted.communicate()

    assert interrupted.returncode == Exit.INTERRUPTED
    assert not _sleeping(ready)
    assert not _dbts(ready)


def _sleeping(project: Project) -> bool:
    with psycopg.connect(project.environ["MINIDATA_ENGINE_URL"]) as connection:
        asked = "select from pg_stat_activity where datname = current_database() and query like '%%pg_sleep%%'"
        return bool(connection.execute(f"{asked} and state = 'active' and pid <> pg_backend_pid()").fetchall())


def _dbts(project: Project) -> bool:
    """Whether a dbt is at work for this project."""
    running = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True).stdout
    return str(project.root / ".minidata" / "dbt") in running


@pytest.mark.dbt
def test_the_command_draws_it_and_takes_the_venv_from_the_settings(ready: Project, dbt_venv: Path) -> None:
    (ready.root / "minidata.toml").write_text(f'[project]\nname = "test"\n[analyze]\ndbt = "{dbt_venv}"\n')

    drawn = run("analyze", "--runner", "dbt", "--select", "+doubled", "--full-refresh", cwd=ready.root)
    as_json = run("analyze", "--runner", "dbt", "-s", "orders", "--schema", "other", "--json", cwd=ready.root)

    assert [line.split()[:2] for line in drawn.stdout.decode().splitlines()[1:3]] == [
        ["numbers", "built"],
        ["doubled", "built"],
    ]
    assert b"in analytics_dbt; nothing is published" in drawn.stdout
    assert b"warning: test accepted_values_doubled_id" in drawn.stderr
    found = json.loads(as_json.stdout)["result"]
    assert [one["relation"] for one in found["models"]] == ["other.orders"]


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., Path]:
    """An environment whose Python tells of other versions."""

    def fake(**versions: str | None) -> Path:
        told = json.dumps({name.replace("_", "-"): version for name, version in versions.items()})
        (tmp_path / "venv" / "bin").mkdir(parents=True)
        for name in ("dbt", "python"):
            program = tmp_path / "venv" / "bin" / name
            program.write_text(f"#!/bin/sh\necho '{told}'\n")
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return tmp_path / "venv"

    return fake


def test_without_a_dbt_that_can_there_is_one_clear_error(
    project: Project, fake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(ConfigError, match="there is no dbt on PATH"):
        analyze_with_dbt(project, SOURCES)
    with pytest.raises(ConfigError, match=f"there is no dbt in {project.root}"):
        analyze_with_dbt(project, SOURCES, venv=project.root)
    with pytest.raises(ConfigError, match=r"dbt 1\.11\.0 has no adapter for Postgres"):
        analyze_with_dbt(project, SOURCES, venv=fake(dbt_core="1.11.0", dbt_postgres=None))


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ({"dbt_core": None, "dbt_postgres": None}, "has no dbt-core"),
        ({"dbt_core": "1.7.9", "dbt_postgres": "1.7.9"}, r"dbt 1\.7\.9 is too old"),
    ],
)
def test_a_dbt_that_cannot_is_told(
    project: Project, fake: Callable[..., Path], versions: Mapping[str, str | None], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        analyze_with_dbt(project, SOURCES, venv=fake(**versions))


def test_a_program_that_is_no_python_is_told(project: Project, tmp_path: Path) -> None:
    program = tmp_path / "dbt"
    program.write_text("#!/bin/sh\n")

    with pytest.raises(ConfigError, match="is no dbt-core in a Python environment"):
        analyze_with_dbt(project, SOURCES, venv=program)


@pytest.mark.dbt
def test_the_shops_models_are_the_same_either_way(
    project: Project, dbt_venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every relation, its columns and its rows."""
    for folder in ("models", "tests"):
        shutil.copytree(ROOT / "sql" / folder, project.root / "sql" / folder)
    monkeypatch.setenv("SHOP_API_KEY", DEMO_KEY)
    up(project)
    with serve(DemoShop(orders=300)) as api:
        shop = Project(project.root, flags={"sources": {"shop": {"base_url": api.url}}})
        assert ingest(shop, SOURCES, source="shop").exit_code == Exit.DONE
        assert load(shop, SOURCES, source="shop").exit_code == Exit.DONE
    ours = analyze(project)
    theirs = analyze_with_dbt(project, SOURCES, Wishes(exclude=["usgs"]), venv=dbt_venv)

    assert (ours.exit_code, theirs.exit_code) == (Exit.DONE, Exit.DONE)
    names = [one.name for one in theirs.models]
    assert len(names) == 9
    url = project.environ["MINIDATA_ENGINE_URL"]
    by_dbt = {("", name): found for (_, name), found in standing(url, [("analytics_dbt", n) for n in names]).items()}
    by_us = {("", name): found for (_, name), found in standing(url, [("analytics", n) for n in names]).items()}
    assert len(by_dbt) == 9
    assert differences(by_dbt, by_us) == []
