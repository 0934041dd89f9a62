"""Data of another Postgres version: refused by `up`, kept by `up --upgrade`, which fills a new database beside it."""

import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest

import docker
from engine_projects import IMAGE, Lines, name_of, project_at
from loading import put_run
from minidata import Row, Source, Stream
from minidata.adapters.project import Project
from minidata.core.errors import Exit, RefusedError
from minidata.steps.analyze import analyze
from minidata.steps.down import down
from minidata.steps.engine import database
from minidata.steps.load import load
from minidata.steps.up import up
from minidata.steps.upgrade import upgrade


class Order(Row):
    id: int
    total: int


SOURCES = {"shop": Source("shop", "http://127.0.0.1", streams=[Stream("orders", path="/o", row=Order, key="id")])}


class Interrupting(Lines):
    """Somebody who presses Ctrl-C when Postgres is up."""

    def note(self, line: str) -> None:
        if line.startswith("Postgres 18"):
            raise KeyboardInterrupt


def filled(project: Project) -> None:
    """See that the project has one order, loaded and published, and a table of its owner's own."""
    put_run(project, "shop.orders", [[{"id": 1, "total": 5}]])
    (project.root / "sql" / "models").mkdir()
    (project.root / "sql" / "models" / "orders.sql").write_text("select * from {{ source('shop', 'orders') }}")
    up(project)
    load(project, SOURCES)
    analyze(project)
    with database(project, None) as db:
        db.run("create table public.own as select 42 as x")


def published(project: Project) -> list[tuple[object, ...]]:
    with database(project, "minidata_reader") as db:
        return db.rows("select id, total from analytics.orders")


@pytest.fixture
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = project_at(tmp_path_factory.mktemp("u") / "p", "embedded")
    yield project
    down(project, volumes=True)


def make_it_older(project: Project) -> None:
    (project.root / ".minidata" / "postgres" / "PG_VERSION").write_text("17\n")


def test_embedded_data_is_moved_aside_and_a_new_database_filled(embedded: Project) -> None:
    filled(embedded)
    down(embedded)
    make_it_older(embedded)
    old = embedded.root / ".minidata" / "postgres-17"

    facts = upgrade(embedded, SOURCES)

    assert (facts.was, facts.exit_code, facts.remove) == ("17", Exit.DONE, f"rm -r {old}")
    assert published(embedded) == [(1, 5)]
    assert (old / "base").is_dir()
    with database(embedded, None) as db:
        assert db.one("select to_regclass('public.own')") == (None,)
    down(embedded, volumes=True)
    assert not old.exists()


def test_an_upgrade_that_is_interrupted_is_gone_on_with_and_never_forgotten(embedded: Project) -> None:
    filled(embedded)
    down(embedded)
    make_it_older(embedded)
    with pytest.raises(KeyboardInterrupt):
        upgrade(embedded, SOURCES, watch=Interrupting())

    with pytest.raises(RefusedError, match="an upgrade from Postgres 17 has not ended"):
        up(embedded)
    assert upgrade(embedded, SOURCES).was == "17"
    assert published(embedded) == [(1, 5)]
    assert not up(embedded).started


def test_an_upgrade_that_is_given_up_is_forgotten_with_the_data(embedded: Project) -> None:
    up(embedded)
    down(embedded)
    make_it_older(embedded)
    with pytest.raises(KeyboardInterrupt):
        upgrade(embedded, SOURCES, watch=Interrupting())

    down(embedded, volumes=True)

    assert up(embedded).started


def test_without_another_version_there_is_nothing_to_upgrade(embedded: Project) -> None:
    filled(embedded)

    facts = upgrade(embedded, SOURCES)

    assert (facts.was, facts.loaded, facts.up.started) == (None, None, False)
    with database(embedded, None) as db:
        assert db.one("select x from public.own") == (42,)


def test_before_anything_was_fetched_an_upgrade_is_an_up(embedded: Project) -> None:
    up(embedded)
    down(embedded)
    make_it_older(embedded)

    assert upgrade(embedded, SOURCES).analyzed is None


@pytest.fixture
def newer(engine: docker.DockerClient) -> Iterator[str]:
    """An image that says that its Postgres is another one."""
    name = f"minidata-test-newer:{secrets.token_hex(4)}"
    other = engine.containers.create(IMAGE)
    engine.api.commit(str(other.id), name, changes="ENV PG_MAJOR=99")
    other.remove(v=True)
    yield name
    engine.images.remove(name, force=True)


@pytest.mark.docker
def test_a_docker_volume_is_kept_and_the_way_back_is_open(
    docker_project: Project, engine: docker.DockerClient, newer: str
) -> None:
    filled(docker_project)
    renewed = replace(docker_project, flags={"engine": {"kind": "docker", "image": newer}})
    with pytest.raises(RefusedError, match=r"is of Postgres 15, the image .* is 99") as caught:
        up(renewed)
    assert "--upgrade" in caught.value.hint

    facts = upgrade(renewed, SOURCES)

    assert (facts.was, facts.exit_code) == ("15", Exit.DONE)
    assert facts.remove == f"docker volume rm {name_of(docker_project)}"
    assert published(renewed) == [(1, 5)]
    up(docker_project)
    with database(docker_project, None) as db:
        assert db.one("select x from public.own") == (42,)
    down(docker_project, volumes=True)
    assert engine.volumes.list(filters={"name": name_of(docker_project)}) == []
