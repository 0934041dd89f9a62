"""The embedded Postgres and its data folder: where it may be, what it may be like, and whose it is."""

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from engine_projects import project_at
from minidata.adapters.embedded.sockets import folder_for
from minidata.adapters.project import Project
from minidata.core.errors import EngineDown, EngineError, RefusedError
from minidata.steps.down import down
from minidata.steps.engine import database, endpoint
from minidata.steps.up import up


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Project]:
    project = project_at(tmp_path / "p", "embedded")
    yield project
    down(project, volumes=True)


def data_of(project: Project) -> Path:
    return project.root / ".minidata" / "postgres"


@pytest.mark.parametrize("name", ["a b", "a,b", "it's", 'say "$x"', "back\\slash", "ünïcode", "l" * 150])
def test_a_project_may_be_called_anything(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    # Short, so that it is the sign and not the length that decides.
    project = project_at(tmp_path_factory.mktemp("n") / name, "embedded")
    try:
        up(project)

        with database(project, None) as db:
            assert db.one("select current_database()::text") == ("minidata",)
    finally:
        down(project, volumes=True)
    assert not data_of(project).exists()
    assert not folder_for(data_of(project)).exists()


def test_a_half_made_folder_is_made_again(embedded: Project) -> None:
    part = data_of(embedded).with_name("postgres.part-killed")
    part.mkdir(parents=True)
    (part / "PG_VERSION").write_text("18\n")

    assert up(embedded).started
    assert not part.exists()


def test_a_beginning_that_ended_before_its_database_was_made_goes_on(embedded: Project) -> None:
    up(embedded)
    with database(embedded, None) as db:
        url = db.connection.info.dsn
    with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
        connection.execute("drop database minidata with (force)")

    up(embedded)

    with database(embedded, None) as db:
        assert db.one("select 1 from pg_namespace where nspname = 'analytics'") == (1,)


def test_data_of_another_postgres_is_refused_and_kept(embedded: Project) -> None:
    up(embedded)
    down(embedded)
    version = data_of(embedded) / "PG_VERSION"
    version.write_text("16\n")

    with pytest.raises(RefusedError, match="is of Postgres 16"):
        up(embedded)

    assert (data_of(embedded) / "base").is_dir()


def test_a_server_that_will_not_start_is_told_with_its_last_words(embedded: Project) -> None:
    up(embedded)
    down(embedded)
    with (data_of(embedded) / "postgresql.conf").open("a") as file:
        file.write("nonsense = 1\n")

    with pytest.raises(EngineError, match=r"does not start: .*postgresql\.conf.* contains errors"):
        up(embedded)


def test_asking_where_it_is_starts_nothing(embedded: Project) -> None:
    up(embedded)
    down(embedded)

    with pytest.raises(EngineDown, match="does not run"):
        endpoint(embedded)

    assert not (data_of(embedded) / "postmaster.pid").exists()


def test_ctrl_c_in_the_terminal_does_not_reach_it(embedded: Project) -> None:
    up(embedded)

    server = int((data_of(embedded) / "postmaster.pid").read_text().split()[0])

    assert os.getsid(server) != os.getsid(0)


def test_its_data_and_its_socket_are_for_nobody_else(embedded: Project) -> None:
    up(embedded)

    for folder in (data_of(embedded), folder_for(data_of(embedded))):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    # Root's server runs as another user, who may pass through here but not look around.
    assert not stat.S_IMODE(embedded.state.stat().st_mode) & 0o066


def test_a_socket_folder_laid_out_by_somebody_else_is_not_used(tmp_path: Path) -> None:
    project = project_at(tmp_path / ("l" * 150), "embedded")
    squatted = folder_for(data_of(project))
    squatted.symlink_to(tmp_path, target_is_directory=True)
    try:
        with pytest.raises(EngineError, match="belongs to somebody else"):
            up(project)
    finally:
        squatted.unlink()
        down(project, volumes=True)


def test_a_folder_that_is_moved_takes_its_running_server_along(tmp_path: Path) -> None:
    project = project_at(tmp_path / "here", "embedded")
    up(project)
    with database(project, None) as db:
        db.run("create table public.kept as select 42 as x")
    project.root.rename(tmp_path / "there")
    moved = project_at(tmp_path / "there", "embedded")
    try:
        assert not up(moved).started
        with database(moved, None) as db:
            assert db.one("select x from public.kept") == (42,)
    finally:
        assert down(moved, volumes=True).stopped


def test_a_copy_of_a_folder_in_use_is_refused_and_never_touches_the_original(embedded: Project, tmp_path: Path) -> None:
    up(embedded)
    subprocess.run(["cp", "-a", embedded.root, tmp_path / "copy"], check=True)
    copy = project_at(tmp_path / "copy", "embedded")

    with pytest.raises(EngineDown):
        endpoint(copy)
    with pytest.raises(RefusedError, match="was copied from"):
        up(copy)
    assert not down(copy, volumes=True).stopped

    assert not up(embedded).started
    try:
        assert up(copy).started
    finally:
        down(copy, volumes=True)
