"""PgBouncer before Postgres, however it is set: it keeps no session for us, and whoever connects is told."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from loading import until
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError
from minidata.steps.doctor import doctor
from minidata.steps.load import load
from minidata.steps.up import up
from theirs import SHOP, Admin, behind, doorkeeper, socket_of

INI = """
[databases]
* = host=127.0.0.1 port={server} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
{user}
pool_mode = {mode}
ignore_startup_parameters = {ignored}
"""
# It does not want to be root.
USER = "user = nobody" if os.geteuid() == 0 else ""


@pytest.fixture(scope="session")
def program() -> str:
    """The program; without one the test is skipped, unless it is required."""
    found = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        if os.environ.get("MINIDATA_TEST_REQUIRE_PGBOUNCER") == "1":
            pytest.fail("pgbouncer is not installed")
        pytest.skip("pgbouncer is not installed")
    return found


@contextmanager
def pooling(program: str, folder: Path, admin: Admin, mode: str, ignored: str) -> Iterator[str]:
    """PgBouncer on its way to the server of *admin*; gives its place."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with doorkeeper(socket_of(admin), []) as place:
        server = place.partition("port=")[2].partition("&")[0]
        ini = INI.format(server=server, port=port, user=USER, mode=mode, ignored=ignored)
        (folder / "pgbouncer.ini").write_text(ini)
        with subprocess.Popen([program, "--quiet", folder / "pgbouncer.ini"], stderr=subprocess.DEVNULL) as process:
            try:
                until(lambda: _answers(port))
                yield f"127.0.0.1&port={port}&sslmode=disable&gssencmode=disable"
            finally:
                process.kill()


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("mode", ["transaction", "session"])
@pytest.mark.parametrize(("ignored", "told"), [("", "refuses"), ("options", "drops")])
def test_a_pooler_is_told_by_whoever_connects(  # noqa: PLR0913, PLR0917 - what it is set to
    program: str, project: Project, admin: Admin, tmp_path: Path, mode: str, ignored: str, told: str
) -> None:
    up(behind(project, admin, admin.info.host))
    with pooling(program, tmp_path, admin, mode, ignored) as place:
        at = behind(project, admin, place)
        steps: tuple[Callable[[], object], ...] = (lambda: up(at), lambda: load(at, {"shop": SHOP}))
        for step in steps:
            with pytest.raises(ConfigError, match=f"a pooler stands before Postgres and {told} the settings") as caught:
                step()
            assert "give the URL of Postgres itself" in caught.value.hint
        problems = [one.what for one in doctor(at, {"shop": SHOP}).findings if one.state == "problem"]

    assert [one for one in problems if f"a pooler stands before Postgres and {told}" in one]
