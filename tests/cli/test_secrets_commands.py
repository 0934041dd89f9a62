"""secrets list, check and set: names and places, never a value."""

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dotenv import dotenv_values
from moto.server import ThreadedMotoServer

from forks import Done
from shell import run

SOURCE = """
import logging
from minidata import ApiKey, Row, Source, Stream

logging.basicConfig(level=logging.DEBUG)

class Thing(Row):
    id: int

source = Source(
    "things", "http://127.0.0.1:1", auth=ApiKey(header="X", secret="THINGS_KEY"),
    streams=[Stream("things", path="/", row=Thing)],
)
"""
VALUE = "it's the ${SHELL} \\k\"ey# 1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a Source that needs THINGS_KEY and hears all loggers."""
    (tmp_path / "minidata.toml").touch()
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "things.py").write_text(SOURCE)
    return tmp_path


def secrets(folder: Path, *arguments: str, stdin: str | bytes = "", **environ: str) -> Done:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("MINIDATA_", "SHOP_"))}
    return run(
        *("secrets", *arguments),
        cwd=folder,
        environ={**plain, "MINIDATA_SECRETS_DIR": "/nowhere", **environ},
        stdin=stdin if isinstance(stdin, bytes) else stdin.encode(),
    )


def facts(done: Done) -> dict[str, tuple[str | None, str, str]]:
    listed = json.loads(done.stdout)["result"]["secrets"]
    return {one["name"]: (one["place"], one["problem"], one["warning"]) for one in listed}


def test_list_says_who_needs_what_and_where_it_is(folder: Path) -> None:
    (folder / "key").write_text("from-a-file")

    done = secrets(folder, "list", THINGS_KEY_FILE="key", MINIDATA_ENGINE_KIND="url")

    assert done.returncode == 0
    assert [line.split() for line in done.stdout.decode().splitlines()[1:]] == [
        ["SHOP_API_KEY", "source", "shop"],
        ["THINGS_KEY", "source", "things", "file", "key"],
        ["MINIDATA_ENGINE_URL", "setting", "engine.url"],
    ]


@pytest.mark.parametrize(
    ("value", "code", "problem", "warning"),
    [
        ("good-enough", 0, "", ""),
        ("", 2, "is not set", ""),
        ("ends-here\n", 2, "has a newline at its end, which is left out", ""),
        (" spaces ", 2, "begins or ends with white space", ""),
        ("'in-quotes'", 2, "is in quotes, which are taken as part of it", ""),
        ("abc", 0, "", "is shorter than 4 characters, too short to be masked"),
    ],
)
def test_check_finds_what_is_missing_or_odd(folder: Path, value: str, code: int, problem: str, warning: str) -> None:
    done = secrets(folder, "check", "THINGS_KEY", "--json", THINGS_KEY=value)

    assert done.returncode == code
    assert facts(done)["THINGS_KEY"][1:] == (problem, warning)


def test_check_goes_through_all_that_is_needed(folder: Path) -> None:
    done = secrets(folder, "check", THINGS_KEY_FILE="absent")

    assert done.returncode == 2
    assert b"SHOP_API_KEY: is not set" in done.stderr
    assert b"THINGS_KEY: cannot read" in done.stderr


def test_set_reads_stdin_and_is_found_again(folder: Path) -> None:
    done = secrets(folder, "set", "THINGS_KEY", stdin=VALUE + "\n")
    again = secrets(folder, "check", "THINGS_KEY", "--json")

    assert (done.returncode, done.stderr) == (0, b"THINGS_KEY is kept in .env\n")
    assert dotenv_values(folder / ".env") == {"THINGS_KEY": VALUE}
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    assert facts(again) == {"THINGS_KEY": (".env", "", "")}


def test_set_asks_in_a_terminal_and_does_not_show(folder: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "minidata", "secrets", "set", "THINGS_KEY"],
        cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = b""
        # The blank comes when what is typed is no longer shown.
        while not shown.endswith(b"(not shown): "):
            assert select.select([ours], [], [], 30)[0], shown
            shown += os.read(ours, 1000)
        os.write(ours, b"typed-by-hand\n")
        process.wait(30)
        shown += os.read(ours, 1000)
    os.close(ours)

    assert dotenv_values(folder / ".env") == {"THINGS_KEY": "typed-by-hand"}
    assert b"typed-by-hand" not in shown


def test_set_says_when_a_stronger_place_has_another(folder: Path) -> None:
    done = secrets(folder, "set", "THINGS_KEY", stdin=b"new-value", THINGS_KEY="old-value")

    assert b"warning: the environment has another value of THINGS_KEY, and is asked first" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "stdin", "told"),
    [
        (["set", "THINGS KEY"], b"x", b"'THINGS KEY' will not do as a secret's name"),
        (["set", "THINGS_KEY"], b"\n", b"the value of THINGS_KEY is empty"),
        (["set", "THINGS_KEY"], b"\xff", b"the value of THINGS_KEY is no UTF-8 text"),
        (["set", "THINGS_KEY", "--store", "aws"], b"x", b"secrets are not looked for in aws"),
        (["set", "THINGS_KEY", "--store", "keyring"], b"x", b"secrets are not looked for in keyring"),
    ],
)
def test_what_cannot_be_set_is_one_line(folder: Path, arguments: list[str], stdin: bytes, told: bytes) -> None:
    done = secrets(folder, *arguments, stdin=stdin)

    assert done.returncode == 2
    assert done.stderr.startswith(b"error: " + told)
    assert not (folder / ".env").exists()


@pytest.fixture
def aws() -> Iterator[dict[str, str]]:
    """The environment in which AWS is a server of our own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "eu-central-1"}
    yield {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "MINIDATA_SECRETS_AWS": "minidata", **keys}
    server.stop()


def test_aws_keeps_a_secret_and_its_library_is_not_heard(folder: Path, aws: dict[str, str]) -> None:
    """The Source hears all loggers, and botocore logs whole bodies at DEBUG."""
    done = secrets(folder, "set", "THINGS_KEY", "--store", "aws", stdin=VALUE, **aws)
    again = secrets(folder, "check", "THINGS_KEY", **aws)

    assert (done.returncode, done.stderr) == (0, b"THINGS_KEY is kept in aws\n")
    assert again.returncode == 0
    assert again.stdout.split()[-1] == b"aws"
    assert b"DEBUG:" not in again.stderr, again.stderr


def test_numbers_and_quotes_that_are_secrets_leave_json_whole(folder: Path) -> None:
    """A masked number in JSON would be no JSON."""
    done = secrets(folder, "list", "--json", THINGS_KEY='"source', SHOP_API_KEY="true")

    assert facts(done).keys() == {"SHOP_API_KEY", "THINGS_KEY"}
