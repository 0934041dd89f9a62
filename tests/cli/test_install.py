"""The wheel, in an environment with nothing else: what `pip install .` gives to somebody who has only Python."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from minidata.adapters.template import template_files

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT], check=True
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_the_template(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    assert {
        f"minidata/template/{name}" for name in ("minidata.toml", "env.example", "gitignore", "sql/init.sql")
    } <= names
    assert [name for name in names if "__pycache__" in name or name.startswith("tests")] == []


def test_the_template_has_what_a_project_needs() -> None:
    paths = {path for path, _ in template_files()}

    assert {"minidata.toml", ".env.example", ".gitignore", "sql/init.sql", "sources/example.py"} <= paths
    assert any(path.startswith("sql/models/") for path in paths)
    assert any(path.startswith("sql/reports/") for path in paths)


def test_installed_alone_it_runs_the_demo_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    subprocess.run([*pip, "install", "--quiet", wheel], check=True, capture_output=True)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MINIDATA_")}
    environ |= {"DOCKER_HOST": f"unix://{tmp_path}/nobody.sock"}
    script = "minidata init shop && cd shop && minidata demo --orders 800 && minidata down --volumes --yes"

    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=tmp_path,
        env={**environ, "PATH": f"{python.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "published: 1" in done.stdout
    assert (tmp_path / "shop" / "output" / "revenue_by_month.html").exists()
