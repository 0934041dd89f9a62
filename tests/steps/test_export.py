"""export: what each scheduler reads, read by what stands for it here."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, UnknownName
from minidata.sources import SOURCES
from minidata.steps.export import Exported, Wanted, export
from minidata.steps.init import init

BIN = Path(sys.executable).parent
# What a shell, a crontab, a unit and Python each would take for a sign of theirs.
AWKWARD = """it's 100% "$HOME" \\ here"""


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """A new project, as init makes it."""
    init(tmp_path / "shop")
    return Project(tmp_path / "shop", environ={})


@pytest.fixture
def awkward(tmp_path: Path) -> Project:
    """The same, in a folder whose name is hard to spell."""
    init(tmp_path / AWKWARD)
    return Project(tmp_path / AWKWARD, environ={})


def exported(project: Project, target: str, **wanted: Any) -> Exported:
    return export(project, SOURCES, target, Wanted(**wanted))


def text(project: Project, target: str, **wanted: Any) -> str:
    return exported(project, target, **wanted).files[0].text


def constants(dag: str) -> dict[str, Any]:
    """Return what the DAG's file says at its top."""
    found = {}
    for node in ast.parse(dag).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant | ast.List | ast.Set):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            found[ast.unparse(target)] = ast.literal_eval(node.value)
    return found


def test_the_dag_knows_the_project(awkward: Project) -> None:
    said = constants(text(awkward, "airflow", schedule="@hourly", dag_id="quakes", program=Path("/opt/it's/minidata")))

    assert said["DAG_ID"] == "quakes"
    assert said["SCHEDULE"] == "0 * * * *"
    assert said["PROGRAM"] == "/opt/it's/minidata"
    assert said["PROJECT"] == str(awkward.root)
    assert said["SOURCES"] == ["shop", "usgs"]
    assert len(said["REPORTS"]) == 5


def test_reports_that_read_what_other_sources_fill_are_left_out(shop: Project) -> None:
    of_shop = constants(text(shop, "airflow", sources=["shop"]))
    of_usgs = constants(text(shop, "airflow", sources=["usgs"]))

    assert "revenue_by_month" in of_shop["REPORTS"]
    assert "strongest_quakes" not in of_shop["REPORTS"]
    assert of_usgs["REPORTS"] == ["strongest_quakes"]


# What is let pass: B018 is how DAGs are written, S603 is what running programs is, UP017 is too new for 2.10.
@pytest.mark.parametrize("check", ["format --check", "check --select=E,F,I,UP,B,S --ignore=B018,S108,S603,UP017"])
def test_the_dag_is_formatted_and_clean(shop: Project, tmp_path: Path, check: str) -> None:
    file = tmp_path / "dag.py"
    file.write_text(text(shop, "airflow"))

    ruff = [str(BIN / "ruff"), *check.split(), "--isolated", "--line-length=120", str(file)]
    done = subprocess.run(ruff, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert text(shop, "airflow") == file.read_text(), "each time the same"


def test_the_dag_imports_nothing_of_ours(shop: Project) -> None:
    imports = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text(shop, "airflow")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imports <= {"airflow", *sys.stdlib_module_names}


def test_a_dag_of_containers_is_formatted_knows_its_user_and_takes_nothing_of_the_machine(
    shop: Project, tmp_path: Path
) -> None:
    (shop.root / "docker" / ".env").write_text("COMPOSE_PROJECT_NAME=minidata-shop-1\nMINIDATA_USER=1000:1000\n")
    file = tmp_path / "dag.py"
    file.write_text(text(shop, "airflow", isolated=True))

    ruff = [str(BIN / "ruff"), "format", "--check", "--isolated", "--line-length=120", str(file)]
    done = subprocess.run(ruff, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    said = constants(file.read_text())
    assert (said["USER"], said["NETWORK"]) == ("1000:1000", "minidata-shop-1_inside")
    assert "PROGRAM" not in said


def test_containers_need_what_secrets_sh_makes_and_a_folder_to_keep_objects_in(shop: Project) -> None:
    in_bucket = Project(shop.root, flags={"store": {"url": "s3://bucket/shop"}}, environ={})

    with pytest.raises(ConfigError, match="does not say how the containers run"):
        exported(shop, "airflow", isolated=True)
    with pytest.raises(ConfigError, match="have no way to s3://bucket/shop"):
        exported(in_bucket, "airflow", isolated=True)


def test_the_line_of_the_crontab_runs_as_cron_runs_it(awkward: Project, tmp_path: Path) -> None:
    """Cron takes %s for line breaks unless they are escaped, and gives the rest to sh with hardly any environment."""
    program = spy(tmp_path / "it's %d", fails_at="run")
    line = text(awkward, "cron", program=program, schedule="*/5 * * * *", sources=["shop"]).splitlines()[-1]
    command = line.removeprefix("*/5 * * * * ")
    assert "%" not in command.replace(r"\%", "")

    done = subprocess.run(
        ["/bin/sh", "-c", command.replace(r"\%", "%")],
        cwd="/",
        env={"HOME": "/", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    log = awkward.root / ".minidata" / "cron.log"
    assert log.read_text().splitlines() == [f"{awkward.root}: up --quiet", f"{awkward.root}: run --source shop"]
    assert (done.stdout, done.stderr) == (f"minidata {name_of(awkward)}: the run failed with 5, see {log}\n", "")


def test_cron_is_told_where_secrets_must_be(shop: Project) -> None:
    assert "SHOP_API_KEY" in text(shop, "cron")
    assert "SHOP_API_KEY" not in text(shop, "cron", sources=["usgs"])


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_systemd_finds_nothing_wrong_with_its_units(awkward: Project, tmp_path: Path) -> None:
    program = spy(tmp_path / "100 %d $x")
    export(awkward, SOURCES, "systemd", Wanted(program=program, schedule="0 6 13 * fri"), output=tmp_path / "units")

    units = sorted(str(path) for path in (tmp_path / "units").iterdir())
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )

    assert len(units) == 3
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_a_program_that_systemd_would_not_start_is_refused(shop: Project) -> None:
    with pytest.raises(ConfigError, match="systemd starts no program at /it's/minidata"):
        exported(shop, "systemd", program=Path("/it's/minidata"))


def test_the_timer_has_all_the_schedules_times_and_makes_up_for_missed_ones(shop: Project) -> None:
    timer = exported(shop, "systemd", schedule="0 6 13 * fri").files[1].text

    assert "OnCalendar=*-*-13 6:0:00\nOnCalendar=Fri *-*-* 6:0:00\n" in timer
    assert "Persistent=true" in timer


def test_systemd_keeps_no_engine_up_that_is_somebody_elses(shop: Project) -> None:
    elsewhere = Project(shop.root, flags={"engine": {"kind": "url"}}, environ={})

    files = {file.name: file.text for file in exported(elsewhere, "systemd").files}

    assert set(files) == {"minidata-shop.service", "minidata-shop.timer"}
    assert "Requires=" not in files["minidata-shop.service"]


def test_a_workflow_is_yaml_that_names_the_secrets_and_runs_once_at_a_time(shop: Project) -> None:
    in_bucket = Project(shop.root, flags={"store": {"url": "s3://bucket/shop"}}, environ={})

    done = exported(in_bucket, "github-actions", schedule="0 6 * * 5-7", sources=["shop"])

    workflow = yaml.load(done.files[0].text, yaml.BaseLoader)  # noqa: S506 - it makes nothing but text
    job = workflow["jobs"]["run"]
    assert workflow["on"]["schedule"] == [{"cron": "0 6 * * 0,5,6"}]
    assert workflow["concurrency"] == {"group": "minidata-shop", "cancel-in-progress": "false"}
    assert job["env"] == {
        "MINIDATA_ENGINE_KIND": "embedded",
        **{
            name: f"${{{{ secrets.{name} }}}}"
            for name in ("SHOP_API_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        },
    }
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert commands == ["pip install minidata", "minidata up", "minidata run --source shop"]
    assert job["steps"][-1]["with"]["path"] == "output/"
    assert not any("warning" in note for note in done.notes)


def test_a_workflow_warns_of_a_store_that_is_lost_with_the_machine(shop: Project) -> None:
    done = exported(shop, "github-actions")

    assert any("the store is the folder object_store" in note for note in done.notes)
    assert "s3://YOUR-BUCKET/" in done.files[0].text


@pytest.mark.parametrize("target", ["cron", "systemd", "github-actions"])
def test_run_takes_one_source_or_all(shop: Project, target: str) -> None:
    with pytest.raises(ConfigError, match="one source, or all"):
        exported(shop, target, sources=["shop", "usgs"])


def test_a_source_that_is_not_there_is_told_with_the_nearest(shop: Project) -> None:
    with pytest.raises(UnknownName, match="did you mean 'shop'"):
        exported(shop, "airflow", sources=["shp"])


def test_several_files_go_into_a_folder_one_where_it_is_told(shop: Project, tmp_path: Path) -> None:
    units = export(shop, SOURCES, "systemd", Wanted(), output=tmp_path / "units")
    dag = export(shop, SOURCES, "airflow", Wanted(), output=tmp_path / "dags" / "shop.py")
    named = export(shop, SOURCES, "airflow", Wanted(), output=tmp_path / "dags")

    assert {Path(file.path or "").parent for file in units.files} == {tmp_path / "units"}
    assert dag.files[0].path == str(tmp_path / "dags" / "shop.py")
    assert named.files[0].path == str(tmp_path / "dags" / "minidata_shop.py")
    assert (tmp_path / "dags" / "shop.py").read_text() == dag.files[0].text


def test_on_a_terminals_stdout_is_the_file_and_nothing_else(shop: Project) -> None:
    command = [sys.executable, "-m", "minidata", "export", "airflow", "--project", str(shop.root)]

    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "40"})

    sources = {**SOURCES, **shop.sources}
    assert done.stdout == export(shop, sources, "airflow", Wanted()).files[0].text
    assert done.stderr == ""


def spy(folder: Path, *, fails_at: str = "nothing") -> Path:
    """Return a program that says where it is and what it was told, and exits with 5 at one of its verbs."""
    folder.mkdir(parents=True)
    program = folder / "minidata"
    program.write_text(f'#!/bin/sh\necho "$PWD: $*"\n[ "$1" != {fails_at} ] || exit 5\n')
    program.chmod(0o755)
    return program


def name_of(project: Project) -> str:
    return project.settings.project.name
