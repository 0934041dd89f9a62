"""check, drift and the drift in status, as a shell sees them."""

import json
from pathlib import Path

import pytest

from cli.test_commands import minidata
from loading import put_run
from minidata.adapters.project import Project
from minidata.core.errors import Exit

SOURCE = """\
from typing import Literal

from minidata import Row, Source, Stream


class Item(Row):
    price: int


class Order(Row):
    id: int
    status: Literal["placed"]
    items: list[Item]


source = Source("desk", "http://127.0.0.1:1", [Stream("orders", "/orders", Order, key="id")])
"""
ITEM = {"price": 1}
SECRETIVE = "a value that nobody must see"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project without a database, and a Run that its Row does not expect."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "minidata.toml").write_text('[project]\nname = "test"\n')
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "desk.py").write_text(SOURCE)
    project = Project.find()
    new = {"id": 2, "status": SECRETIVE, "items": [ITEM, {**ITEM, "tax": SECRETIVE}], "gift_note": SECRETIVE}
    put_run(project, "desk.orders", [[{"id": 1, "status": "placed", "items": []}, new]])
    return project


def test_drift_is_drawn_without_values(desk: Project) -> None:
    done = minidata("drift", cwd=desk.root)

    assert (done.returncode, done.stderr) == (Exit.DONE, "")
    lines = [line.split("  ") for line in done.stdout.splitlines()]
    told = [[cell.strip() for cell in line if cell.strip()][1:4] for line in lines[1:]]
    assert told == [
        ["/gift_note", "no field of Order reads it", "1 of 2"],
        ["/status", "1 value that Order.status does not name", "1 of 2"],
        ["/items/*/tax", "no field of Item reads it", "1 of 2"],
    ]
    assert SECRETIVE not in done.stdout


def test_a_patch_is_alone_on_stdout(desk: Project) -> None:
    done = minidata("drift", "--patch", cwd=desk.root)

    assert done.stdout.startswith("--- sources/desk.py\n+++ sources/desk.py\n@@")
    assert "Order: 1 new field" in done.stderr
    assert minidata("drift", "--patch", "-s", "shop", cwd=desk.root).stderr == "nothing to look at: no run is stored\n"


def test_drift_is_told_to_programs(desk: Project) -> None:
    told = json.loads(minidata("drift", "--json", "--patch", cwd=desk.root).stdout)

    assert told["ok"]
    (stream,) = told["result"]["streams"]
    assert [one["pointer"] for one in stream["drifts"]] == ["/gift_note", "/status", "/items/*/tax"]
    assert told["result"]["patch"]["text"].startswith("--- sources/desk.py")


def test_drift_stops_a_pipeline_where_that_is_wanted(desk: Project) -> None:
    done = minidata("drift", "--exit-code", "--json", cwd=desk.root)

    assert done.returncode == Exit.QUARANTINED
    assert json.loads(done.stdout)["exit_code"] == Exit.QUARANTINED
    done = minidata("drift", "--exit-code", cwd=desk.root)
    assert done.returncode == Exit.QUARANTINED
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["error", "hint"]
    assert "drift in desk.orders" in done.stderr


def test_check_tells_what_a_load_would_reject(desk: Project) -> None:
    done = minidata("check", cwd=desk.root)

    assert done.returncode == Exit.QUARANTINED
    assert "OUT_OF_RANGE" in done.stdout
    assert "error: desk.orders: 1 record does not fit" in done.stderr
    assert "not known what of it would be new" in done.stderr
    assert SECRETIVE not in done.stdout + done.stderr


def test_status_tells_drift_in_a_line_and_goes_on_when_a_source_does_not_import(desk: Project) -> None:
    (desk.root / "sources" / "broken.py").write_text("import nothing_of_that_name")

    done = minidata("status", cwd=desk.root)

    assert done.returncode == Exit.DONE
    line = next(
        line for line in done.stdout.splitlines() if line.startswith("desk.orders") and "minidata drift" in line
    )
    assert "2 fields that no Row names (gift_note, items/*/tax); 1 field with values that are new (status)" in line
    assert "broken.py:1" in done.stderr
