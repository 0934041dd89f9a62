"""The door to the project's SQL: a file that cannot be read is told, and no model that is gone."""

import os
from pathlib import Path
from typing import Any

import pytest

from minidata.adapters.models import read_model_files
from minidata.core.errors import ConfigError


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "sql" / "models"
    (folder / "marts").mkdir(parents=True)
    (folder / "a.sql").write_text("select 1 as n")
    (folder / "marts" / "b.sql").write_text("select 2 as n")
    return folder


def names(root: Path) -> list[str]:
    return [file.name for file in read_model_files(root).models]


def test_a_folder_that_nobody_may_look_into_is_told(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its models would be taken for gone, and dropped by --prune; root may look into any."""
    scandir = os.scandir

    def refused(path: Any) -> Any:
        if Path(path) == models / "marts":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    assert names(tmp_path) == ["a", "b"]
    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(ConfigError, match=r"^sql/models/marts cannot be read: Permission denied$"):
        read_model_files(tmp_path)


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path, models: Path) -> None:
    (models / "c.sql").symlink_to("nowhere.sql")

    with pytest.raises(ConfigError, match=r"^sql/models/c\.sql cannot be read: No such file"):
        read_model_files(tmp_path)


def test_what_editors_leave_and_folders_are_no_models(tmp_path: Path, models: Path) -> None:
    (models / ".#a.sql").symlink_to("somebody@somewhere")
    (models / "folder.sql").mkdir()

    assert names(tmp_path) == ["a", "b"]


def test_an_ending_may_be_in_capitals(tmp_path: Path, models: Path) -> None:
    (models / "C.SQL").write_text("select 3 as n")
    (models / "#d.sql").write_text("select 4 as n")

    assert names(tmp_path) == ["C", "a", "b"]


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        ("# nothing\n\n", ["a", "b", "c"]),
        ("b.sql", ["a", "c"]),
        ("marts/", ["a"]),
        ("/models/marts", ["a"]),
        ("/marts", ["a", "b", "c"]),
        ("models/*.sql", ["b", "c"]),
        ("models/**/*.sql\n!b.*", ["b"]),
        ("**/c.sql", ["a", "b"]),
        ("[!b].sql", ["b"]),
        ("?.sql\n!models/marts/\n", ["b", "c"]),
        ("\\a.sql", ["b", "c"]),
    ],
)
def test_what_dbtignore_names_is_not_there(tmp_path: Path, ignored: str, left: list[str]) -> None:
    for path, text in {
        "dbt_project.yml": "name: mine",
        ".dbtignore": ignored,
        "models/a.sql": "",
        "models/marts/b.sql": "",
        "models/marts/deep/c.sql": "",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / path).write_text(text)

    assert names(tmp_path) == left


def test_what_dbtignore_cannot_mean_is_told(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: mine")
    (tmp_path / ".dbtignore").write_text("*.sql\n[z-a]\n")

    with pytest.raises(ConfigError, match=r"\.dbtignore:2: \[z-a\] is no pattern"):
        names(tmp_path)


def test_no_folder_has_no_models(tmp_path: Path) -> None:
    assert names(tmp_path) == []
