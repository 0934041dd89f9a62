"""The README is true: every command in it is run, every table in it is what the code says."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from minidata.core.errors import Exit

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
COMMANDS = [line.removeprefix("$ ") for block in BLOCKS for line in block.splitlines()]
BIN = Path(sys.executable).parent
# The demo's own port: the README's session starts the API where the built-in Source looks for it.
PORT = 8765


class Feed(BaseHTTPRequestHandler):
    """The earthquake feed, from a file."""

    def do_GET(self) -> None:
        body = (ROOT / "tests" / "data" / "usgs_small.geojson").read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def feed() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_every_minidata_command_in_the_readme_runs(tmp_path: Path, feed: str) -> None:
    """In order, in one shell, in an empty folder, with nothing set up before."""
    commands = [command for command in COMMANDS if not command.startswith("make ")]
    script = "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null; minidata down --quiet || true' EXIT\n" + "\n".join(
        command
        + (
            "\nfor i in $(seq 100); do (: </dev/tcp/127.0.0.1/8765) 2>/dev/null && break; sleep 0.1; done"
            if command.endswith("&")
            else ""
        )
        for command in commands
    )
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MINIDATA_")}
    environ |= {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "DOCKER_HOST": f"unix://{tmp_path}/nobody.sock",
        "MINIDATA_SOURCES": f'{{"usgs": {{"base_url": "{feed}"}}}}',
    }

    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=300, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "2025-12" in done.stdout
    assert "Traceback" not in done.stderr
    assert (tmp_path / "shop" / "output" / "revenue_by_month.html").stat().st_size > 1000


def test_the_readme_names_only_targets_that_exist_and_ci_runs_them() -> None:
    targets = {command.removeprefix("make ") for command in COMMANDS if command.startswith("make ")}
    targets |= set(re.findall(r"`make (\w+)`", README))
    makefile = (ROOT / "Makefile").read_text()

    assert {target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)} == set()
    ci = (ROOT / ".ci" / "run").read_text()
    assert all(f"make {target}" in ci for target in ("start", "test", "stop"))


def test_the_table_of_exit_codes_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| (\d+) \| (\w+) \|", README, re.MULTILINE)

    assert {name: int(code) for code, name in rows} == {code.name: code.value for code in Exit}


def test_every_command_is_in_the_readme() -> None:
    helped = subprocess.run([BIN / "minidata", "--help"], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"^  ([a-z][a-z-]+) +[A-Z]", helped, re.MULTILINE)

    assert len(names) >= 14
    assert [name for name in names if f"minidata {name}" not in README] == []


def test_the_readmes_source_is_a_source(tmp_path: Path) -> None:
    code = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0]
    (tmp_path / "minidata.toml").touch()
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "acme.py").write_text(code)

    done = subprocess.run(
        [BIN / "minidata", "ingest", "--source", "acme"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert "the secret ACME_API_KEY is not set" in done.stderr


def test_make_help_lists_the_targets() -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert {line.split()[1] for line in listed.splitlines()} >= {"start", "stop", "test", "help", "bench"}
