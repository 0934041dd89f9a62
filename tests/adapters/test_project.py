"""Settings, secrets, Sources and state of a project folder."""

import multiprocessing
from pathlib import Path

import pytest

from minidata.adapters.project import Project, write_atomically
from minidata.core.errors import ConfigError, LockedError, MinidataError


def project_with(folder: Path, toml: str = "", env: dict[str, str] | None = None, dotenv: str = "") -> Project:
    (folder / "minidata.toml").write_text(toml, encoding="utf-8")
    if dotenv:
        (folder / ".env").write_text(dotenv)
    return Project(folder, environ=env or {})


def test_the_stronger_place_wins(tmp_path: Path) -> None:
    toml = '[store]\nurl = "toml"\n[engine]\nimage = "toml"\n[http]\nattempts = 2\n'
    project = project_with(
        tmp_path,
        toml,
        env={"MINIDATA_STORE_URL": "environment"},
        dotenv="MINIDATA_STORE_URL=dotenv\nMINIDATA_ENGINE_IMAGE=dotenv\n",
    )

    assert project.settings.store.url == "environment"
    assert project.settings.engine.image == "dotenv"
    assert project.settings.http.attempts == 2
    assert [project.origin("store", "url"), project.origin("engine", "image")] == ["environment", ".env"]
    assert [project.origin("http", "attempts"), project.origin("http", "timeout")] == ["minidata.toml", "default"]


def test_a_flag_wins_over_all(tmp_path: Path) -> None:
    (tmp_path / "minidata.toml").touch()
    project = Project(tmp_path, {"engine": {"kind": "docker"}}, {"MINIDATA_ENGINE_KIND": "embedded"})

    assert project.settings.engine.kind == "docker"


@pytest.mark.parametrize(
    ("toml", "env", "told"),
    [
        ('[store]\nurll = "x"', {}, "unknown setting in [store] (from minidata.toml) 'urll', did you mean 'url'?"),
        ("[stroe]", {}, "unknown section of settings (from minidata.toml) 'stroe', did you mean 'store'?"),
        ("", {"MINIDATA_STORE_URLL": "x"}, "unknown setting in [store] (from environment) 'urll', did you mean 'url'?"),
        ("store = 1", {}, "store (from minidata.toml) must be a section, [store]"),
        (
            "[http]\nattempts = 0",
            {},
            "setting http.attempts (from minidata.toml): Input should be greater than or equal",
        ),
        (
            "",
            {"MINIDATA_HTTP_TIMEOUT": "soon"},
            "setting http.timeout (from environment): Input should be a valid number",
        ),
        ("", {"MINIDATA_VARS": "x"}, "MINIDATA_VARS must be a JSON object"),
        ("[store\n", {}, "minidata.toml: "),
    ],
)
def test_what_is_wrong_in_settings_is_one_line(tmp_path: Path, toml: str, env: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _ = project_with(tmp_path, toml, env).settings

    assert told in str(caught.value)


def test_a_byte_order_mark_and_crlf_are_fine(tmp_path: Path) -> None:
    (tmp_path / "minidata.toml").write_bytes(b'\xef\xbb\xbf[store]\r\nurl = "x"\r\n')

    assert Project(tmp_path, environ={}).settings.store.url == "x"


def test_the_nearest_parent_is_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "minidata.toml").touch()
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    monkeypatch.delenv("MINIDATA_PROJECT", raising=False)

    assert Project.find().root == tmp_path


def test_no_project_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MINIDATA_PROJECT", raising=False)

    with pytest.raises(ConfigError, match=r"no minidata\.toml") as caught:
        Project.find()

    assert "minidata init" in caught.value.hint


def test_a_secret_is_masked_from_then_on(tmp_path: Path) -> None:
    project = project_with(tmp_path, dotenv="SHOP_API_KEY='s3cr/et'\n")

    assert project.secret("SHOP_API_KEY").get_secret_value() == "s3cr/et"
    assert project.redact("at /?key=s3cr%2Fet or s3cr/et") == "at /?key=*** or ***"


def test_a_missing_secret_is_named_with_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the secret SHOP_API_KEY is not set") as caught:
        project_with(tmp_path).secret("SHOP_API_KEY")

    assert ".env" in caught.value.hint


def test_the_database_password_is_masked(tmp_path: Path) -> None:
    project = project_with(tmp_path, env={"MINIDATA_ENGINE_URL": "postgresql://me:hunter22@h/db"})

    _ = project.settings

    assert project.redact("hunter22") == "***"


SOURCE = """
from minidata.core.source import Source, Stream
from minidata.core.rows import Row

class Thing(Row):
    id: int

source = Source("things", "http://127.0.0.1:1", streams=[Stream("things", path="/", row=Thing, key="id")])
"""


CHILDREN = """
from typing import Annotated
from pydantic import BaseModel
from minidata import Child, Row, Source, Stream

class Part(BaseModel):
    id: int

class Thing(Row):
    id: int
    parts: Annotated[list[Part], Child()] = []

streams = [Stream("things", "/", Thing, "id"), Stream("things_parts", "/", Thing, "id")]
source = Source("things", "http://127.0.0.1:1", streams)
"""


def test_a_source_file_is_found_by_its_value(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "mine.py").write_text(SOURCE)

    assert [*project_with(tmp_path).sources] == ["things"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = (", r"mine\.py:1: "),
        ("\n\nimport no_such_thing", r"mine\.py:3: ModuleNotFoundError"),
        ("raise KeyError('x')", r"mine\.py:1: KeyError"),
        ("x = 1", "has no Source in it"),
        ("import sys; sys.exit()", r"calls sys\.exit"),
        ("class Odd(Exception): pass\nraise Odd('so')", r":2: Odd: so"),
        (
            "from minidata import Row\nfrom typing import Literal\nclass R(Row):\n  x: Literal['\\ud800']",
            r":3: SchemaError: ",
        ),
        (SOURCE.replace('"id")', '"idd")'), r"mine\.py:8: .* did you mean 'id'"),
        (SOURCE.replace('"things", "http', '"Things", "http'), r"mine\.py:8: .*name 'Things' will not do"),
        (SOURCE.replace("import Row", "import Rowe"), r"mine\.py:3: ImportError: cannot import name 'Rowe'"),
        (SOURCE.replace("(Row)", "(Rowe)"), r"mine\.py:5: NameError: name 'Rowe' is not defined"),
        ("import minidata_project_mine as me\nme.source", r"mine\.py:2: AttributeError: .* 'source'"),
        ("from typing import List\n" * 2 + "recurse = lambda: recurse()\nrecurse()", r"mine\.py:\d: RecursionError"),
        (CHILDREN, r"mine\.py: streams 'things' and 'things_parts' would fill one table, things_parts"),
    ],
)
def test_a_source_file_that_fails_is_one_line_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "mine.py").write_text(text)

    with pytest.raises(ConfigError, match=told):
        _ = project_with(tmp_path).sources


def hold(folder: Path, held: "multiprocessing.synchronize.Event", done: "multiprocessing.synchronize.Event") -> None:
    with Project(folder, environ={}).lock("ingest"):
        held.set()
        done.wait(30)


def test_a_lock_is_for_one_process_and_dies_with_it(tmp_path: Path) -> None:
    project = project_with(tmp_path)
    context = multiprocessing.get_context("fork")
    held, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path, held, done))
    other.start()
    assert held.wait(30)

    with pytest.raises(LockedError, match=str(other.pid)), project.lock("ingest"):
        pass
    other.kill()
    other.join()
    with project.lock("ingest"):
        pass


def test_state_is_for_its_owner_alone(tmp_path: Path) -> None:
    project = project_with(tmp_path)

    project.write_state("engine", {"kind": "docker"})

    assert project.read_state("engine") == {"kind": "docker"}
    assert (tmp_path / ".minidata").stat().st_mode & 0o077 == 0
    assert (tmp_path / ".minidata" / "engine.json").stat().st_mode & 0o077 == 0


def test_damaged_state_is_said(tmp_path: Path) -> None:
    project = project_with(tmp_path)
    (project.state / "engine.json").write_text("{")

    with pytest.raises(MinidataError, match="damaged"):
        project.read_state("engine")


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "inside").touch()

    with pytest.raises(OSError, match="directory"):
        write_atomically(tmp_path / "taken", b"new")

    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
