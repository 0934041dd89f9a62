"""doctor: a project that is well, and many that are not; each ill is found by itself, with what mends it."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from threading import Event

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from buckets import S3, bad_line_to
from engine_projects import project_at
from faults import TurnedClock
from loading import put_run, rows, run_sql, until
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.core.findings import Finding, ok
from minidata.core.runs import manifest_key, run_prefix
from minidata.sources import SOURCES
from minidata.steps import doctor as steps_doctor
from minidata.steps.checks.patient import Check, Patient
from minidata.steps.doctor import CHECKS, Diagnosis, doctor
from minidata.steps.up import up

KEY = "a-key-nobody-must-see"


@pytest.fixture
def well(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project that lacks nothing."""
    monkeypatch.setenv("SHOP_API_KEY", KEY)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    up(project)
    return project


def looked_at(project: Project, **options: TurnedClock) -> Diagnosis:
    """Look at the project as the next command would."""
    return doctor(Project(project.root), SOURCES, **options)


def ills(found: Diagnosis) -> list[Finding]:
    return [finding for finding in found.findings if finding.state in {"problem", "warning"}]


def the_ill(project: Project, **options: TurnedClock) -> Finding:
    """The one thing that is not well with the project."""
    found = ills(looked_at(project, **options))
    assert len(found) == 1, found
    return found[0]


def test_a_project_that_lacks_nothing_is_well(well: Project) -> None:
    found = looked_at(well)

    assert ills(found) == []
    assert found.exit_code == Exit.DONE
    assert {check.name for check in CHECKS} <= {finding.name for finding in found.findings}
    assert KEY not in repr(found)


def test_looking_changes_nothing(tmp_path: Path) -> None:
    project = project_at(tmp_path / "new", DOCKER_HOST="unix:///nowhere")
    before = sorted(project.root.rglob("*"))

    doctor(project, SOURCES)

    assert sorted(project.root.rglob("*")) == before


def test_a_look_that_does_not_end_is_given_up(well: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def waits(_: Patient) -> Iterator[Finding]:
        Event().wait()
        yield ok("slow", "never")

    monkeypatch.setattr(steps_doctor, "CHECKS", (Check("slow", waits, seconds=0.05, code=Exit.STORE), *CHECKS))

    found = the_ill(well)

    assert (found.what, found.exit_code) == ("no answer within 0.05 s", Exit.STORE)


def test_settings_that_cannot_be_read_hide_only_what_needs_them(well: Project) -> None:
    (well.root / "minidata.toml").write_text("[stroe]\n")

    found = looked_at(well)

    assert the_ill(well).what.endswith("did you mean 'store'?")
    states = {finding.name: finding.state for finding in found.findings}
    assert (states["postgres"], states["store"], states["sources"], states["disk"]) == (
        "skipped",
        "skipped",
        "ok",
        "ok",
    )
    assert found.exit_code == Exit.CONFIG


def test_each_source_file_that_fails_is_told(well: Project) -> None:
    folder = well.root / "sources"
    folder.mkdir()
    (folder / "broken.py").write_text("import nothing_of_that_name\n")
    (folder / "long.py").write_text(
        f"from minidata import Row, Source, Stream\nclass Order(Row):\n    id: int\n    {'x' * 64}: str\n"
        "source = Source('long', 'https://example.com', [Stream('orders', '/orders', Order)])\n"
    )

    broken, long = ills(looked_at(well))

    assert "broken.py:1: ModuleNotFoundError" in broken.what
    assert "long.py:5: Order." in long.what
    assert "63 bytes" in long.what
    assert "validation_alias" in long.mend


def test_a_missing_secret_is_told_by_its_name(well: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_API_KEY")

    found = the_ill(well)

    assert (found.name, found.exit_code) == ("secrets", Exit.CONFIG)
    assert "SHOP_API_KEY" in found.what
    assert "shop" in found.what


def test_models_that_cannot_be_understood_are_told(well: Project) -> None:
    folder = well.root / "sql" / "models"
    folder.mkdir()
    (folder / "one.sql").write_text("select {{ nothing }}")

    assert "one.sql" in the_ill(well).what


@pytest.mark.skipif(os.name == "nt", reason="rights there are no bits of a mode")
def test_what_others_may_read_is_told(well: Project) -> None:
    path = well.root / ".env"
    path.write_text("")
    path.chmod(0o644)

    found = the_ill(well)

    assert (found.name, found.state) == ("permissions", "problem")
    assert found.mend == f"chmod go-rw '{path}'"
    path.chmod(0o640)
    assert the_ill(well).state == "warning"


class TestEngine:
    def test_docker_that_does_not_run(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")

        found = named("engine", doctor(project_at(tmp_path / "p", "docker", SHOP_API_KEY=KEY), SOURCES))

        assert (found.state, found.exit_code) == ("problem", Exit.ENGINE)
        assert "socket is not there" in found.what
        assert "--engine embedded" in found.mend

    def test_docker_that_does_not_answer_takes_seconds(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(str(tmp_path / "docker.sock"))
            silent.listen()
            monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
            project = project_at(tmp_path / "p", "docker", SHOP_API_KEY=KEY)

            found = named("engine", doctor(project, SOURCES))

        assert (found.state, found.exit_code) == ("problem", Exit.ENGINE)
        assert "in time" in found.what

    def test_before_the_first_up_it_says_which_one_it_would_be(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")

        found = doctor(project_at(tmp_path / "p", SHOP_API_KEY=KEY), SOURCES)

        assert "will take the embedded one" in named("engine", found).what
        assert "minidata up" in named("postgres", found).mend
        assert found.exit_code == Exit.ENGINE

    def test_embedded_data_of_another_postgres(self, tmp_path: Path) -> None:
        project = project_at(tmp_path / "p", "embedded", SHOP_API_KEY=KEY)
        (project.root / ".minidata" / "postgres").mkdir(parents=True, mode=0o700)
        (project.root / ".minidata" / "postgres" / "PG_VERSION").write_text("15\n")

        found = named("data", doctor(project, SOURCES))

        assert (found.state, found.exit_code, found.mend) == ("problem", Exit.REFUSED, "minidata up --upgrade")


class TestPostgres:
    def test_nobody_at_its_address(self, well: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MINIDATA_ENGINE_URL", f"postgresql://me:{KEY}@127.0.0.1:1/db")

        found = looked_at(well)

        assert named("postgres", found).exit_code == Exit.ENGINE
        assert named("roles", found).state == "skipped"
        assert KEY not in repr(found)

    @pytest.mark.parametrize(
        ("setting", "name", "state"),
        [
            ("synchronous_commit = off", "safety", "warning"),
            ("default_transaction_read_only = on", "standby", "problem"),
        ],
    )
    def test_settings_that_endanger_data_are_told(self, well: Project, setting: str, name: str, state: str) -> None:
        database = str(conninfo_to_dict(os.environ["MINIDATA_ENGINE_URL"])["dbname"])
        run_sql(well, f'alter database "{database}" set {setting}')

        found = the_ill(well)

        assert (found.name, found.state) == (name, state)
        assert found.mend

    @pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
    def test_a_server_that_does_not_survive_a_power_failure_is_told(
        self, well: Project, postgres: str, setting: str
    ) -> None:
        with psycopg.connect(postgres, autocommit=True) as server:
            server.execute(f"alter system set {setting} = off".encode())
            try:
                server.execute("select pg_reload_conf()")
                until(lambda: rows(well, f"show {setting}") == [("off",)])
                found = the_ill(well)
            finally:
                server.execute(f"alter system reset {setting}".encode())
                server.execute("select pg_reload_conf()")

        assert (found.name, found.state, found.mend.split(";")[0]) == (
            "safety",
            "warning",
            f"alter system set {setting} = on",
        )

    def test_an_order_of_text_that_has_changed_is_told(self, well: Project) -> None:
        """As where the same data is run on another system's libraries."""
        run_sql(
            well,
            'create table public.names (name text collate "pg_c_utf8" primary key)',
            "update pg_collation set collversion = '0' where collname = 'pg_c_utf8'",
        )

        found = the_ill(well)

        assert (found.name, found.state) == ("collation", "warning")
        assert found.what.startswith("the order of text has changed under pg_c_utf8 (0, now ")
        assert found.mend.startswith("reindex database")

    def test_an_encoding_that_cannot_hold_all_text(
        self, well: Project, postgres: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with ascii_database(postgres) as url:
            monkeypatch.setenv("MINIDATA_ENGINE_URL", url.get_secret_value())
            found = named("encoding", looked_at(well))

        assert (found.state, found.exit_code) == ("problem", Exit.ENGINE)
        assert "SQL_ASCII" in found.what

    def test_what_a_role_lacks_is_told_with_its_grant(self, well: Project) -> None:
        run_sql(well, "revoke usage on schema analytics from minidata_reader")

        found = the_ill(well)

        assert (found.name, found.exit_code) == ("roles", Exit.ENGINE)
        assert found.mend.endswith('grant usage on schema "analytics" to "minidata_reader";')

    def test_clocks_that_are_apart(self, well: Project) -> None:
        found = ills(looked_at(well, clock=TurnedClock(datetime.now(UTC) + timedelta(minutes=5))))

        assert [finding.name for finding in found] == ["database clock", "clock"]
        assert {finding.state for finding in found} == {"warning"}


class TestStore:
    def test_a_file_where_it_should_be(self, well: Project) -> None:
        (well.root / "object_store").touch()

        found = looked_at(well)

        assert (named("store", found).state, found.exit_code) == ("problem", Exit.STORE)
        assert named("newest runs", found).state == "skipped"

    def test_a_place_where_it_cannot_be_made(self, well: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MINIDATA_STORE_URL", "no/such/folder")

        assert the_ill(well).mend.startswith("mkdir -p")

    @pytest.mark.skipif(os.name == "nt", reason="rights there are no bits of a mode")
    def test_one_that_others_may_look_into(self, well: Project) -> None:
        (well.root / "object_store").mkdir(mode=0o755)

        found = the_ill(well)

        assert (found.name, found.state) == ("store", "warning")
        assert looked_at(well).exit_code == Exit.DONE

    def test_a_damaged_newest_manifest(self, well: Project) -> None:
        manifest = put_run(well, "shop.orders", [[]])
        key = manifest_key(run_prefix("shop", "orders", manifest.run))
        (well.root / "object_store" / key).write_bytes(b"{")

        found = the_ill(well)

        assert (found.name, found.exit_code) == ("newest runs", Exit.STORE)
        assert key in found.what

    def test_a_bucket_that_overwrites(self, well: Project, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
        line = bad_line_to(s3)
        line.conditions = False
        monkeypatch.setenv("MINIDATA_STORE_URL", s3.bucket().url)
        monkeypatch.setenv("MINIDATA_STORE_ENDPOINT", line.url)
        monkeypatch.setenv("MINIDATA_STORE_REGION", "us-east-1")

        found = the_ill(well)

        line.shutdown()
        line.server_close()
        assert (found.name, found.state) == ("store", "warning")
        assert "If-None-Match" in found.what


def test_proxies_are_told_without_their_passwords(well: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{KEY}@proxy.example:3128")

    found = named("network", looked_at(well))

    assert found.what == "https by http://***@proxy.example:3128"


def test_certificates_that_are_not_there_are_told(well: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file")

    assert the_ill(well).mend == "unset SSL_CERT_FILE"


def test_a_clock_that_cannot_be_right_is_told(well: Project) -> None:
    found = looked_at(well, clock=TurnedClock(datetime(1970, 1, 1, tzinfo=UTC)))

    assert named("clock", found).state == "problem"


def named(name: str, found: Diagnosis) -> Finding:
    """The first finding of that name."""
    return next(finding for finding in found.findings if finding.name == name)


@contextmanager
def ascii_database(postgres: str) -> Iterator[SecretStr]:
    """The URL of a database of another encoding, for as long as the block lasts."""
    name = sql.Identifier(f"test_{token_hex(6)}")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template template0 encoding sql_ascii").format(name))
        yield SecretStr(make_conninfo(postgres, dbname=name.as_string().strip('"')))
        connection.execute(sql.SQL("drop database {} with (force)").format(name))
