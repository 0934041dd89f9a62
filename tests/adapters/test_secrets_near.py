"""A secret is looked for in the environment, a file, Docker's folder and .env, in this order."""

from pathlib import Path

import pytest

from minidata.adapters.project import Project
from minidata.core.errors import ConfigError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project's folder; beside it, Docker's."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "minidata.toml").touch()
    (tmp_path / "docker").mkdir()
    return project


def project_at(folder: Path, **environ: str) -> Project:
    return Project(folder, environ={"MINIDATA_SECRETS_DIR": str(folder.parent / "docker"), **environ})


def test_the_strongest_place_wins(folder: Path) -> None:
    """Take the strongest place away, one by one, and the next one answers."""
    (folder / "key").write_text("from-file\n")
    (folder.parent / "docker" / "KEY").write_text("from-docker\r\n")
    (folder / ".env").write_text("KEY=from-dotenv\n")
    there = [
        project_at(folder, KEY="from-environment"),
        project_at(folder, KEY_FILE=str(folder / "key")),
        project_at(folder),
        Project(folder, environ={"MINIDATA_SECRETS_DIR": "/nowhere"}),
    ]

    found = [project.find_secret("KEY") for project in there]

    assert [(one.value, one.place) for one in found if one] == [
        ("from-environment", "environment"),
        ("from-file", f"file {folder / 'key'}"),
        ("from-docker", "docker secret"),
        ("from-dotenv", ".env"),
    ]


def test_a_file_named_in_dotenv_is_seen_from_the_project(folder: Path) -> None:
    (folder / "key").write_text("from-file")
    (folder / ".env").write_text("KEY_FILE=key\n")

    assert project_at(folder).secret("KEY").get_secret_value() == "from-file"


def test_only_the_newline_at_the_end_is_not_part_of_it(folder: Path) -> None:
    (folder / "key").write_text(" two\nlines \n")

    assert project_at(folder, KEY_FILE="key").secret("KEY").get_secret_value() == " two\nlines "


def test_a_secret_from_a_file_is_masked(folder: Path) -> None:
    (folder / "key").write_text("hunter22\n")
    project = project_at(folder, KEY_FILE="key")

    project.secret("KEY")

    assert project.redact("it is hunter22") == "it is ***"


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"KEY": "a-value", "KEY_FILE": "key"}, "KEY and KEY_FILE are both set in the environment"),
        ({"KEY_FILE": "absent"}, "absent, which KEY_FILE names: No such file or directory"),
        ({"KEY_FILE": "."}, "which is to hold KEY: Is a directory"),
        ({"KEY_FILE": "empty"}, "empty, which is to hold KEY, is empty"),
        ({"KEY_FILE": "binary"}, "binary, which is to hold KEY, is no UTF-8 text"),
        ({"KEY": " \n"}, "the secret KEY is not set"),
    ],
)
def test_what_will_not_do_is_said_without_the_value(folder: Path, environ: dict[str, str], told: str) -> None:
    (folder / "key").write_text("s3cret-content")
    (folder / "empty").write_text("\n")
    (folder / "binary").write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigError) as caught:
        project_at(folder, **environ).secret("KEY")

    assert told in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "a-value" not in str(caught.value)


URL = "postgresql://me:hunter22@host/db"


@pytest.mark.parametrize("key", ["url", "loader_url", "analyst_url", "reader_url"])
def test_a_setting_that_is_a_secret_may_be_in_a_file(folder: Path, key: str) -> None:
    (folder / "url").write_text(URL + "\n")
    project = project_at(folder, **{f"MINIDATA_ENGINE_{key.upper()}_FILE": "url"})

    assert getattr(project.settings.engine, key).get_secret_value() == URL
    assert project.origin("engine", key) == "file"
    assert project.redact("hunter22") == "***"


def test_a_setting_that_is_a_secret_may_be_docker_s(folder: Path) -> None:
    (folder.parent / "docker" / "MINIDATA_ENGINE_URL").write_text(URL)
    project = project_at(folder, MINIDATA_ENGINE_KIND="url")

    assert project.settings.engine.url is not None
    assert (project.settings.engine.kind, project.origin("engine", "url")) == ("url", "docker secret")


def test_a_setting_and_its_file_contradict_each_other(folder: Path) -> None:
    project = project_at(folder, MINIDATA_ENGINE_URL=URL, MINIDATA_ENGINE_URL_FILE="url")

    with pytest.raises(ConfigError, match="MINIDATA_ENGINE_URL and MINIDATA_ENGINE_URL_FILE are both set"):
        _ = project.settings


def test_a_plain_setting_has_no_file(folder: Path) -> None:
    with pytest.raises(ConfigError, match="'url_file', did you mean 'url'"):
        _ = project_at(folder, MINIDATA_STORE_URL_FILE="x").settings


def test_a_dotenv_that_is_no_text_is_one_line(folder: Path) -> None:
    (folder / ".env").write_bytes(b"KEY=\xff")

    with pytest.raises(ConfigError, match=r"\.env is no UTF-8 text"):
        project_at(folder).secret("KEY")
