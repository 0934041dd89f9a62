"""Places that a Postgres of somebody else's may be in, or a URL may lead to: each is one line, with what to do."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from engine_projects import Lines, project_at
from faults.tls import papers
from loading import put_run
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, EngineDown, EngineError
from minidata.steps.doctor import doctor
from minidata.steps.engine import embedded_engine
from minidata.steps.load import load
from minidata.steps.up import up
from theirs import SHOP, Admin, behind, doorkeeper, socket_of, url_of


def test_a_login_that_can_only_read_is_told(project: Project, admin: Admin) -> None:
    admin.execute("alter role tenant set default_transaction_read_only = on")

    with pytest.raises(EngineError, match="can only read"):
        up(project)


def test_a_standby_is_told(project: Project, tmp_path: Path) -> None:
    engine = embedded_engine(project_at(tmp_path / "standby", "embedded"))
    engine.start(Lines())
    url = engine.endpoint().url.get_secret_value().replace("/minidata?", "/postgres?")
    at = replace(project, environ={"MINIDATA_ENGINE_URL": url})
    try:
        up(at)
        load(at, {"shop": SHOP})
        engine.stop(volumes=False)
        (engine.folder / "standby.signal").touch()
        engine.start(Lines())
        put_run(at, "shop.orders", [[{"id": 2, "total": 6}]], number=1)
        with pytest.raises(EngineError, match="is a standby"):
            up(at)
        with pytest.raises(EngineError, match="in a read-only transaction") as caught:
            load(at, {"shop": SHOP})
        assert "give the URL of the primary" in caught.value.hint
    finally:
        engine.stop(volumes=True)


@pytest.mark.parametrize(
    "why",
    [
        "the database system is starting up",
        "the database system is in recovery mode",
        "the database system is not yet accepting connections",
        "sorry, too many clients already",
    ],
)
def test_a_load_waits_for_a_postgres_that_takes_no_connection_yet(project: Project, admin: Admin, why: str) -> None:
    with doorkeeper(socket_of(admin), []) as place:
        up(behind(project, admin, place))
    with doorkeeper(socket_of(admin), [why] * 3) as place:
        assert load(behind(project, admin, place), {"shop": SHOP}).counts.loaded == 1


def test_a_postgres_that_never_takes_one_is_told(project: Project, admin: Admin) -> None:
    (project.root / "minidata.toml").write_text("[engine]\nstart_timeout = 0.3\n")
    with (
        doorkeeper("", ["the database system is starting up"] * 100) as place,
        pytest.raises(EngineDown, match="Postgres: the database system is starting up"),
    ):
        load(behind(project, admin, place), {"shop": SHOP})


def test_a_connection_that_others_have_is_waited_for_and_told(project: Project, admin: Admin) -> None:
    admin.execute("alter role tenant connection limit 1")
    admin.execute(f"alter database {admin.info.dbname} owner to tenant")
    up(project)
    hasty = replace(project, flags={"engine": {"kind": "url", "start_timeout": 0.3}})
    with psycopg.connect(url_of(admin, "tenant")) as other:
        with pytest.raises(EngineDown, match='Postgres: too many connections for role "tenant"') as caught:
            load(hasty, {"shop": SHOP})
        assert "fewer --workers" in caught.value.hint

        threading.Timer(0.5, other.close).start()
        assert load(project, {"shop": SHOP}).counts.loaded == 1


def test_a_pooler_that_refuses_settings_is_told(project: Project, admin: Admin) -> None:
    with (
        doorkeeper("", ["unsupported startup parameter: options"] * 100) as place,
        pytest.raises(ConfigError, match="a pooler stands before Postgres"),
    ):
        up(behind(project, admin, place))


@pytest.mark.parametrize(
    ("tls", "told"),
    [("without", "does not support SSL, but SSL was required"), ("unknown", "certificate verify failed")],
)
def test_where_tls_is_not_to_be_trusted_is_told(
    project: Project, admin: Admin, tmp_path: Path, tls: str, told: str
) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "ours").mkdir()
    shown = papers(tmp_path / "theirs").context if tls == "unknown" else None
    trust = f"&sslmode=verify-full&sslrootcert={papers(tmp_path / 'ours').file}"
    with doorkeeper(socket_of(admin), [], shown) as place:
        at = behind(project, admin, place.replace("&sslmode=disable", trust))
        with pytest.raises(EngineError, match=f"^no TLS with Postgres: .*{told}") as caught:
            up(at)

    assert "sslrootcert" in caught.value.hint


@pytest.mark.parametrize("wrong", ["database", "user"])
def test_a_database_or_user_that_is_not_there_is_told(project: Project, admin: Admin, wrong: str) -> None:
    url = url_of(admin, "tenant").replace({"database": admin.info.dbname, "user": "tenant"}[wrong], "nobody_here")

    with pytest.raises(EngineError, match=r'^Postgres: (database|role) "nobody_here" does not exist') as caught:
        load(replace(project, environ={"MINIDATA_ENGINE_URL": url}), {"shop": SHOP})

    assert "in its URL" in caught.value.hint


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_does_not_hold_any_text_is_refused_by_all(
    project: Project, admin: Admin, encoding: str
) -> None:
    name = f"theirs_{secrets.token_hex(4)}"
    create = "create database {} encoding {} locale 'C' template template0"
    admin.execute(sql.SQL(create).format(sql.Identifier(name), sql.Literal(encoding)))
    url = url_of(admin, "postgres").replace(admin.info.dbname, name)
    at = replace(project, environ={"MINIDATA_ENGINE_URL": url})
    steps: tuple[Callable[[], object], ...] = (lambda: up(at), lambda: load(at, {"shop": SHOP}))

    for step in steps:
        with pytest.raises(EngineError, match=f"has the encoding {encoding}: minidata needs UTF8") as caught:
            step()
        assert "encoding 'UTF8'" in caught.value.hint
    found = {finding.name: finding for finding in doctor(at, {"shop": SHOP}).findings}
    assert (found["encoding"].state, found["encoding"].exit_code) == ("problem", EngineError.exit_code)
    with psycopg.connect(url) as connection:
        assert connection.execute("select from pg_namespace where nspname = 'minidata'").fetchone() is None
    admin.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))
