"""`minidata add` as a shell sees it."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults import FaultServer, fault_server, said_json
from shell import run_text

SECRET = "hunter2-hunter2-hunter2"
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as server:
        server.says(said_json({"data": [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}]}))
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "minidata.toml").touch()
    return tmp_path


def add(folder: Path, *arguments: str, **environ: str) -> Done:
    return run_text("add", *arguments, cwd=folder, **environ)


def test_it_says_what_it_wrote_and_what_to_run_next(folder: Path, server: FaultServer) -> None:
    done = add(folder, f"{server.url}/v1/people", "--name", "acme")

    assert done.returncode == 0, done.stderr
    assert (folder / "sources" / "acme.py").exists()
    assert f"written: {folder / 'sources' / 'acme.py'}" in done.stdout
    for line in ("minidata load --source acme", "minidata query 'select * from acme.people limit 5'"):
        assert line in done.stderr
    assert "minidata ingest" not in done.stderr


def test_a_program_gets_one_object(folder: Path, server: FaultServer) -> None:
    done = add(folder, f"{server.url}/v1/people", "--name", "acme", "--json")

    result = json.loads(done.stdout)["result"]
    assert (result["source"], result["text"]) == ("acme", None)
    (stream,) = result["streams"]
    assert (stream["name"], stream["key"], stream["paging"], stream["records"]) == ("people", "id", "SinglePage", 2)


def test_a_dry_run_prints_the_file(folder: Path, server: FaultServer) -> None:
    done = add(folder, f"{server.url}/v1/people", "--name", "acme", "--dry-run")

    assert done.stdout.startswith('"""\n')
    assert done.stdout.endswith("    ],\n)\n")
    compile(done.stdout, "acme.py", "exec")
    assert not (folder / "sources").exists()


@pytest.mark.parametrize(
    ("options", "header"),
    [
        (["--secret", "ACME_KEY", "--header", "X-Api-Key"], ("x-api-key", SECRET)),
        (["--bearer", "ACME_KEY"], ("authorization", f"Bearer {SECRET}")),
    ],
)
def test_a_credential_is_named_and_sent(
    folder: Path, server: FaultServer, options: list[str], header: tuple[str, str]
) -> None:
    done = add(folder, f"{server.url}/v1/people", "--name", "acme", *options, ACME_KEY=SECRET)

    assert done.returncode == 0, done.stderr
    assert server.heard[0].headers[header[0]] == header[1]
    assert_nowhere(folder, done)


def test_a_key_may_go_into_a_parameter(folder: Path, server: FaultServer) -> None:
    done = add(folder, f"{server.url}/v1/people?n=1", "--name", "acme", "--param", "appid=ACME_KEY", ACME_KEY=SECRET)

    assert done.returncode == 0, done.stderr
    assert server.heard[0].query == {"n": "1", "appid": SECRET}
    assert 'ApiKey(secret="ACME_KEY", param="appid")' in (folder / "sources" / "acme.py").read_text()
    assert_nowhere(folder, done)


@pytest.mark.parametrize(
    ("url", "options", "words"),
    [
        (f"/v1/people?api_key={SECRET}", [], "the address has what may be a secret in it: api_key="),
        ("/v1/people", ["--bearer", SECRET], "--bearer wants the name of a secret, never the secret"),
        ("/v1/people", ["--bearer", "ghp_0123456789abcdefABCDEF"], "never the secret"),
        ("/v1/people", ["--param", f"key={SECRET}"], "--param wants the name of a secret"),
        ("/v1/people", ["--secret", "ACME_KEY"], "--secret and --header go together"),
        ("/v1/people", ["--header", "X-Api-Key"], "--secret and --header go together"),
        ("/v1/people", ["--bearer", "A", "--param", "key=B"], "an API wants one credential"),
    ],
)
def test_a_secret_in_the_wrong_place_is_refused_and_not_written_down(
    folder: Path, server: FaultServer, url: str, options: list[str], words: str
) -> None:
    done = add(folder, f"{server.url}{url}", *options)

    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert words in done.stderr.splitlines()[0]
    assert server.heard == []
    assert_nowhere(folder, done)
    assert "ghp_" not in done.stderr


def assert_nowhere(folder: Path, done: Done) -> None:
    """The secret is in nothing that was printed or written."""
    assert SECRET not in done.stdout + done.stderr
    assert [path for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []
