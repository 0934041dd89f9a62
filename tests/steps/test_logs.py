"""logs: the lines of whoever is asked for."""

from pathlib import Path

import pytest

from engine_projects import project_at
from minidata.core.errors import ConfigError, EngineDown
from minidata.steps.logs import logs
from minidata.steps.own_log import own_journal


def test_the_embedded_postgres_writes_a_file(tmp_path: Path) -> None:
    project = project_at(tmp_path / "p", "embedded")
    folder = project.root / ".minidata" / "postgres"
    folder.mkdir(parents=True)
    (folder / "log").write_bytes(b"one\ntwo\n\xffthree\n")

    assert list(logs(project, newest=2)) == ["two", "\ufffdthree"]


@pytest.mark.parametrize("kind", ["embedded", "auto"])
def test_without_a_postgres_there_is_no_log(tmp_path: Path, kind: str) -> None:
    with pytest.raises(EngineDown) as caught:
        list(logs(project_at(tmp_path / "p", kind)))

    assert "minidata up" in caught.value.hint


def test_a_postgres_at_a_url_has_its_log_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        list(logs(project_at(tmp_path / "p", "url")))

    assert "--of minidata" in caught.value.hint


def test_minidata_has_its_own(tmp_path: Path) -> None:
    project = project_at(tmp_path / "p", "url")
    own_journal(project.root).append(b"a note")

    assert list(logs(project, of="minidata")) == ["a note"]
