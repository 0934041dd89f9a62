"""The embedded Postgres, a Postgres at a URL, and how one of the engines is chosen."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from engine_projects import Lines, project_at
from minidata.adapters.database.access.logins import ensure_database, log_in
from minidata.adapters.database.connection import ANALYST
from minidata.adapters.embedded.sockets import folder_for
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, EngineDown, EngineError, LockedError
from minidata.steps.down import down
from minidata.steps.engine import database, endpoint
from minidata.steps.up import up


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Project]:
    project = project_at(tmp_path / "with space and ünïcode", "embedded")
    yield project
    down(project, volumes=True)


def postmaster(project: Project) -> int:
    return int((project.root / ".minidata" / "postgres" / "postmaster.pid").read_text().split()[0])


def test_up_and_down_twice_are_boring(embedded: Project) -> None:
    first, second = up(embedded), up(embedded)
    stopped, again = down(embedded), down(embedded)

    assert (first.kind, first.started, second.started) == ("embedded", True, False)
    assert (stopped.stopped, again.stopped) == (True, False)


def test_it_outlives_the_command_that_started_it(embedded: Project) -> None:
    code = "import sys; from pathlib import Path; from engine_projects import project_at; "
    code += "from minidata.steps.up import up; up(project_at(Path(sys.argv[1]), 'embedded'))"
    subprocess.run([sys.executable, "-c", code, embedded.root], cwd=Path(__file__).parents[1], check=True)

    with database(embedded, None) as db:
        assert db.one("select 1") == (1,)


def test_a_killed_server_is_down_and_up_recovers_its_data(embedded: Project) -> None:
    up(embedded)
    with database(embedded, None) as db:
        db.run("create table public.kept as select 42 as x")
    server = psutil.Process(postmaster(embedded))
    server.send_signal(signal.SIGKILL)
    server.wait(30)

    with pytest.raises(EngineDown, match="does not run"):
        endpoint(embedded)
    up(embedded)

    with database(embedded, None) as db:
        assert db.one("select x from public.kept") == (42,)


@pytest.mark.skipif(sys.platform != "linux", reason="no other system says what a process is")
def test_a_process_that_has_got_the_number_of_a_killed_server_is_not_taken_for_it(embedded: Project) -> None:
    """As after a power failure: the numbers begin anew."""
    up(embedded)
    file = embedded.root / ".minidata" / "postgres" / "postmaster.pid"
    server = psutil.Process(postmaster(embedded))
    processes = [server, *server.children()]
    server.kill()
    psutil.wait_procs(processes, timeout=30)
    with subprocess.Popen(["sleep", "600"], user=file.stat().st_uid if os.geteuid() == 0 else None) as other:
        file.write_text(file.read_text().replace(str(server.pid), str(other.pid), 1))
        try:
            assert up(embedded).started
            assert other.poll() is None
        finally:
            other.kill()


def test_down_with_volumes_removes_the_data(embedded: Project) -> None:
    up(embedded)

    ended = down(embedded, volumes=True)

    assert ended.removed_data
    assert not (embedded.root / ".minidata" / "postgres").exists()


def test_before_the_first_up_there_is_no_engine(tmp_path: Path) -> None:
    with pytest.raises(EngineDown, match="no engine has been started") as caught:
        endpoint(project_at(tmp_path))

    assert "minidata up" in caught.value.hint


def test_auto_without_docker_runs_embedded_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    project = project_at(tmp_path / "p")
    lines = Lines()

    try:
        assert up(project, watch=lines).kind == "embedded"
        assert "no Docker engine answers" in lines.lines[0]
        assert "embedded Postgres" in lines.lines[-1]
        assert project.read_state("engine") == {"kind": "embedded"}
    finally:
        down(project, volumes=True)


def test_two_at_once_are_one_after_the_other(tmp_path: Path) -> None:
    project = project_at(tmp_path, "embedded")

    with project.lock("engine"), pytest.raises(LockedError, match="another minidata is at work"):
        up(project)


def test_a_url_is_used_as_it_is_and_never_stopped(tmp_path: Path, database_url: SecretStr) -> None:
    project = project_at(tmp_path, "url", MINIDATA_ENGINE_URL=database_url.get_secret_value())

    assert (up(project).kind, up(project).started) == ("url", False)
    assert down(project, volumes=True).stopped is False
    with database(project, "minidata_reader") as db:
        assert db.one("select current_user::text") == ("minidata_reader",)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (None, "needs a URL"),
        ("postgresql://u:S3CRET%zz@h/db", "cannot be read"),
        ("host=h password=S3CRET nonsense=1", "cannot be read"),
        ("postgresql://u:S3CRET@127.0.0.1:notaport/db", "cannot be read|does not answer"),
    ],
)
def test_a_url_that_will_not_do_is_told_without_its_password(tmp_path: Path, url: str | None, told: str) -> None:
    project = project_at(tmp_path, "url", **({"MINIDATA_ENGINE_URL": url} if url else {}))

    with pytest.raises((ConfigError, EngineDown), match=told) as caught:
        up(project)

    assert "S3CRET" not in f"{caught.value} {caught.value.hint}"


def test_nobody_at_the_url_is_one_line(tmp_path: Path) -> None:
    project = project_at(tmp_path, "url", MINIDATA_ENGINE_URL="postgresql://me:hunter22@127.0.0.1:1/db")

    with pytest.raises(EngineDown, match="does not answer") as caught:
        up(project)

    assert "\n" not in str(caught.value)
    assert "hunter22" not in str(caught.value)


def test_an_error_in_init_sql_names_its_line(tmp_path: Path, database_url: SecretStr) -> None:
    project = project_at(tmp_path, "url", MINIDATA_ENGINE_URL=database_url.get_secret_value())
    (tmp_path / "sql" / "init.sql").write_text("create schema one;\n\nselect nonsense;\n")

    with pytest.raises(ConfigError, match=r"sql/init\.sql:3: .*nonsense"):
        up(project)

    with database(project, None) as db:
        assert db.one("select 1 from pg_namespace where nspname = 'one'") is None


def test_two_that_make_the_database_at_once_both_find_it(postgres: str) -> None:
    url = SecretStr(make_conninfo(postgres, dbname=f"made_{secrets.token_hex(6)}"))

    with ThreadPoolExecutor(8) as threads:
        for made in [threads.submit(ensure_database, url) for _ in range(8)]:
            made.result()

    assert log_in(url).version


def unheard(project: Project) -> None:
    """Remove the socket of the project's server, as somebody does who removes the folder and makes it anew."""
    (folder_for(project.root / ".minidata" / "postgres") / ".s.PGSQL.5432").unlink()


def test_up_makes_a_server_heard_whose_socket_is_gone(embedded: Project) -> None:
    up(embedded)
    before = psutil.Process(postmaster(embedded))
    unheard(embedded)

    assert up(embedded).started

    before.wait(30)
    with database(embedded, None) as db:
        assert db.one("select 1") == (1,)


def test_down_stops_a_server_whose_socket_is_gone(embedded: Project) -> None:
    up(embedded)
    before = psutil.Process(postmaster(embedded))
    unheard(embedded)

    assert down(embedded).stopped

    before.wait(30)


def test_models_may_read_what_the_owner_brings(embedded: Project) -> None:
    up(embedded)
    with database(embedded, None) as owner:
        owner.run("create schema raw")
        owner.run("create table raw.orders as select 1 as id")

    with database(embedded, ANALYST) as analyst:
        assert analyst.rows("select id from raw.orders") == [(1,)]
        with pytest.raises(EngineError, match="permission denied"):
            analyst.run("insert into raw.orders values (2)")
