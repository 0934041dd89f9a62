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


def test_no_folder_has_no_models(tmp_path: Path) -> None:
    assert names(tmp_path) == []
