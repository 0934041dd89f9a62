"""Postgres in Docker: what comes up, what stays, and what is never touched."""

import json
import secrets
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace

import pytest

import docker
from canary.scanner import Scanner
from engine_projects import IMAGE, Lines, name_of
from loading import put_run
from minidata import Row, Source, Stream
from minidata.adapters.project import Project
from minidata.core.errors import EngineDown, EngineError, RefusedError
from minidata.steps.down import down
from minidata.steps.engine import database, endpoint
from minidata.steps.load import load
from minidata.steps.up import up

pytestmark = pytest.mark.docker


class Note(Row):
    id: int
    text: str


DIARY = Source("diary", "http://127.0.0.1", streams=[Stream("notes", path="/notes", row=Note, key="id")])


def test_up_and_down_twice_are_boring(docker_project: Project) -> None:
    first, second = up(docker_project), up(docker_project)
    stopped, again = down(docker_project), down(docker_project)

    assert (first.started, second.started) == (True, False)
    assert first.kind == "docker"
    assert (stopped.stopped, again.stopped) == (True, False)


def test_data_outlives_the_container(docker_project: Project) -> None:
    up(docker_project)
    with database(docker_project, None) as db:
        db.run("create table public.kept as select 42 as x")
    down(docker_project)

    up(docker_project)

    with database(docker_project, None) as db:
        assert db.one("select x from public.kept") == (42,)


def test_down_with_volumes_leaves_nothing_of_ours_and_all_of_others(
    docker_project: Project, engine: docker.DockerClient, ours: Callable[[], tuple[int, int]]
) -> None:
    foreign = engine.containers.create(IMAGE, name=f"foreign-{secrets.token_hex(4)}")
    volume = engine.volumes.create(f"foreign-{secrets.token_hex(4)}")
    before = ours()
    try:
        up(docker_project)
        during = ours()
        down(docker_project, volumes=True)

        assert during == (before[0] + 1, before[1] + 1)
        assert ours() == before
        assert engine.containers.get(str(foreign.id)).status == "created"
        assert engine.volumes.get(volume.name)
    finally:
        foreign.remove(v=True)
        volume.remove()


def test_nothing_but_this_machine_can_reach_it(docker_project: Project, engine: docker.DockerClient) -> None:
    up(docker_project)

    attrs = engine.containers.get(name_of(docker_project)).attrs
    assert {binding["HostIp"] for binding in attrs["NetworkSettings"]["Ports"]["5432/tcp"]} == {"127.0.0.1"}
    # And a large join has the shared memory that it needs.
    assert attrs["HostConfig"]["ShmSize"] == 2**30


def test_no_password_is_shown_or_logged(docker_project: Project, engine: docker.DockerClient) -> None:
    up(docker_project)
    with database(docker_project, None) as db:
        db.run("alter system set log_statement = 'all'")
        db.run("select pg_reload_conf()")
    up(docker_project)

    kept = docker_project.state / "password.json"
    container = engine.containers.get(name_of(docker_project))
    told = json.dumps(container.attrs) + container.logs().decode()

    assert "alter role" in told
    assert [*Scanner(json.loads(kept.read_text())).hits("container", told.encode())] == []
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize("running", [True, False])
def test_what_is_lost_of_the_projects_state_is_made_anew_and_the_data_stays(
    docker_project: Project, *, running: bool
) -> None:
    up(docker_project)
    with database(docker_project, None) as db:
        db.run("create table public.kept as select 42 as x")
    if not running:
        down(docker_project)
    shutil.rmtree(docker_project.state)

    assert up(docker_project).started is not running

    with database(docker_project, None) as db:
        assert db.one("select x from public.kept") == (42,)


def test_a_killed_container_is_down_and_up_heals_it(docker_project: Project, engine: docker.DockerClient) -> None:
    up(docker_project)
    engine.containers.get(name_of(docker_project)).kill()

    with pytest.raises(EngineDown, match="does not run"):
        endpoint(docker_project)

    assert up(docker_project).started
    with database(docker_project, None) as db:
        assert db.one("select 1") == (1,)


def test_a_port_is_asked_for_each_time(docker_project: Project, engine: docker.DockerClient) -> None:
    up(docker_project)
    container = engine.containers.get(name_of(docker_project))
    container.restart(timeout=60)
    container.reload()
    port = container.attrs["NetworkSettings"]["Ports"]["5432/tcp"][0]["HostPort"]

    assert f":{port}/" in endpoint(docker_project).url.get_secret_value()


def test_a_name_that_is_somebody_elses_is_refused(docker_project: Project, engine: docker.DockerClient) -> None:
    foreign = engine.containers.create(IMAGE, name=name_of(docker_project))

    with pytest.raises(RefusedError, match="not this project's"):
        up(docker_project)

    assert engine.containers.get(str(foreign.id)).status == "created"


def test_a_half_made_container_of_ours_is_replaced(docker_project: Project, engine: docker.DockerClient) -> None:
    up(docker_project)
    labels = engine.containers.get(name_of(docker_project)).labels
    down(docker_project)
    engine.containers.create(IMAGE, name=name_of(docker_project), labels=labels)

    assert up(docker_project).started


def test_a_volume_of_another_postgres_is_refused(docker_project: Project, engine: docker.DockerClient) -> None:
    up(docker_project)
    labels = engine.containers.get(name_of(docker_project)).labels
    down(docker_project, volumes=True)
    engine.volumes.create(name_of(docker_project), labels={**labels, "minidata.postgres": "14"})

    with pytest.raises(RefusedError, match="is of Postgres 14"):
        up(docker_project)


def test_an_image_that_cannot_be_had_is_one_line(docker_project: Project, ours: Callable[[], tuple[int, int]]) -> None:
    before = ours()
    flags = {"engine": {"kind": "docker", "image": "localhost:1/no/such-image:1"}}

    with pytest.raises(EngineError, match="cannot be pulled") as caught:
        up(replace(docker_project, flags=flags))

    assert "\n" not in str(caught.value)
    assert ours() == before


def test_a_container_that_stops_while_it_starts_is_told_with_its_last_words(
    docker_project: Project, engine: docker.DockerClient
) -> None:
    up(docker_project)
    container = engine.containers.get(name_of(docker_project))
    container.exec_run(["bash", "-c", "echo nonsense >> $PGDATA/postgresql.conf"])
    down(docker_project)

    with pytest.raises(EngineError, match="stopped while it started"):
        up(docker_project)


def test_auto_takes_docker_where_it_answers_and_says_so(docker_project: Project) -> None:
    project = replace(docker_project, flags={"engine": {"image": IMAGE}})
    lines = Lines()

    chosen = up(project, watch=lines)

    assert chosen.kind == "docker"
    assert "Docker container" in lines.lines[-1]


def test_a_container_killed_in_the_middle_of_a_load_is_one_line_and_the_next_load_completes(
    docker_project: Project, engine: docker.DockerClient
) -> None:
    # Of so many bytes that each page is a transaction of its own.
    put_run(docker_project, "diary.notes", [[{"id": n, "text": "a" * 400}] for n in range(8)])
    up(docker_project)
    small = replace(docker_project, flags={**docker_project.flags, "load": {"batch": 1}})

    class Killer(Lines):
        def count(self, _what: str, done: int, _total: int | None = None) -> None:
            if done == 3:
                engine.containers.get(name_of(docker_project)).kill()

    with pytest.raises(EngineDown) as caught:
        load(small, {"diary": DIARY}, watch=Killer())
    assert "\n" not in str(caught.value)
    with pytest.raises(EngineDown, match="does not run") as caught:
        load(docker_project, {"diary": DIARY})
    assert caught.value.hint == "run `minidata up` first"

    assert up(docker_project).started
    load(docker_project, {"diary": DIARY})
    with database(docker_project, "minidata_loader") as db:
        assert db.one("select count(*) from diary.notes") == (8,)


def test_roles_that_could_not_log_in_can_after_the_next_up(docker_project: Project) -> None:
    up(docker_project)
    with database(docker_project, None) as db:
        db.run("alter role minidata_loader nologin")
        db.run("alter role minidata_reader password 'another'")

    for role in ("minidata_loader", "minidata_reader"):
        with pytest.raises(EngineError, match=f"{role} cannot log in") as caught, database(docker_project, role):
            pass
        assert "minidata up" in caught.value.hint

    up(docker_project)
    for role in ("minidata_loader", "minidata_reader"):
        with database(docker_project, role) as db:
            assert db.one("select session_user::text") == (role,)
