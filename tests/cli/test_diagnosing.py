"""doctor, status, history, logs and psql as a shell sees them."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from faults import FaultServer, fault_server
from loading import begin, ended, until
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.steps.history import Ended, history
from minidata.steps.up import up
from shell import run_text

CANARY = "canary-never-written-down"
# What find_psql() says on a machine that has none.
NO_PSQL = "import minidata.steps.psql\nminidata.steps.psql.find_psql = lambda: None"


@pytest.fixture
def ready(project: Project) -> Project:
    """A project whose database is prepared."""
    up(project)
    return project


def said(project: Project, *arguments: str, **environ: str) -> tuple[int, str, str]:
    done = run_text(*arguments, cwd=project.root, **environ)
    return done.returncode, done.stdout, done.stderr


def kept(project: Project) -> Sequence[Ended]:
    return history(project).commands


class TestDoctor:
    def test_its_exit_code_is_that_of_the_worst_finding(self, ready: Project) -> None:
        (ready.root / "object_store").touch()

        code, out, _ = said(ready, "doctor", SHOP_API_KEY="")

        assert code == Exit.STORE
        assert "SHOP_API_KEY is not set" in out
        assert "is no folder" in out

    def test_json_has_each_finding_with_what_mends_it(self, ready: Project) -> None:
        code, out, _ = said(ready, "doctor", "--json", SHOP_API_KEY="")

        told = json.loads(out)
        problems = [one for one in told["result"]["findings"] if one["state"] == "problem"]
        assert (code, told["exit_code"], told["ok"]) == (Exit.CONFIG, Exit.CONFIG, False)
        assert [(one["name"], one["exit_code"]) for one in problems] == [("secrets", Exit.CONFIG)]
        assert problems[0]["mend"]


class TestHistory:
    def test_what_was_run_is_told_with_what_came_of_it(self, ready: Project) -> None:
        said(ready, "load", "--source", "usgs")
        said(ready, "load", "--source", "ugss")
        said(ready, "psql", "-c", "select 1")

        _, out, err = said(ready, "history", "-n", "1", "--json")
        done, failed = kept(ready)

        assert (done.verb, done.arguments, done.exit_code) == ("load", ("--source", "usgs"), Exit.DONE)
        assert done.outcome == "nothing new"
        assert json.loads(out)["result"]["commands"][0]["ending"] == failed.ending == "2 CONFIG", err
        assert "did you mean 'usgs'" in failed.outcome
        assert {path.stat().st_mode & 0o777 for path in written(ready)} == {0o600}

    @pytest.mark.parametrize(
        ("number", "ending"), [(signal.SIGKILL, "ended without a word"), (signal.SIGINT, "130 INTERRUPTED")]
    )
    def test_one_that_was_killed_or_interrupted_is_told(self, ready: Project, number: int, ending: str) -> None:
        with fault_server() as api:
            api.says(lambda _: api.dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"))
            process = begin(ready, "ingest", "--source", "usgs", MINIDATA_SOURCES=usgs_at(api))
            until(lambda: bool(api.heard))
            running = kept(ready)
            process.send_signal(number)
            ended(process)

        assert [one.ending for one in running] == ["running"]
        assert [one.ending for one in kept(ready)] == [ending]

    def test_a_secret_on_the_command_line_is_not_written_down(self, ready: Project) -> None:
        arguments = ["analyze", "--var", f"key={CANARY}", "--var", f"url=https://me:{CANARY}2@example.com"]

        said(ready, *arguments, SHOP_API_KEY=CANARY)

        (one,) = kept(ready)
        assert one.arguments == ("--var", "key=***", "--var", "url=https://***@example.com")
        assert CANARY.encode() not in b"".join(path.read_bytes() for path in written(ready))

    def test_where_nothing_can_be_written_the_work_is_done_all_the_same(self, ready: Project) -> None:
        for path in (ready.root / ".minidata").iterdir():
            path.unlink()
        (ready.root / ".minidata").rmdir()
        (ready.root / ".minidata").touch()

        code, out, err = said(ready, "load")

        assert (code, out) == (Exit.DONE, "nothing new to load\n")
        assert err.count("is not written down") == 1


class TestLogs:
    def test_somebody_elses_postgres_keeps_its_own(self, ready: Project) -> None:
        code, _, err = said(ready, "logs")

        assert code == Exit.CONFIG
        assert "hint: look there" in err

    def test_following_ends_well_with_ctrl_c(self, ready: Project) -> None:
        said(ready, "load", "--source", "ugss")
        process = begin(ready, "logs", "--of", "minidata", "-f", "-n", "1", PYTHONUNBUFFERED="1")
        assert process.stdout is not None
        first = process.stdout.readline()
        said(ready, "load", "--source", "usgz")
        second = process.stdout.readline()
        process.send_signal(signal.SIGINT)

        assert "error unknown source 'ugss'" in first
        assert "error unknown source 'usgz'" in second
        assert ended(process)[0] == Exit.DONE


class TestPsql:
    def test_it_is_the_reader_by_default(self, ready: Project) -> None:
        code, out, err = said(ready, "psql", "-c", "select current_user", "--", "-At")

        assert (code, out) == (0, "minidata_reader\n"), err

    def test_its_exit_code_is_psqls(self, ready: Project) -> None:
        assert said(ready, "psql", "--role", "owner", "--", "-v", "ON_ERROR_STOP=1", "-f", "/no/such/file")[0] == 1

    def test_the_password_is_no_argument(self, ready: Project, tmp_path: Path) -> None:
        program = tmp_path / "bin" / "psql"
        program.parent.mkdir()
        program.write_text('#!/bin/sh\necho "arguments: $*"\n[ "$PGPASSWORD" = "$EXPECTED" ] || exit 99\nexit 7\n')
        program.chmod(0o755)
        url = f"{os.environ['MINIDATA_ENGINE_URL']}&password={CANARY}"

        code, out, err = said(
            ready, "psql", "-c", "select 1", PATH=f"{program.parent}:/bin", MINIDATA_ENGINE_URL=url, EXPECTED=CANARY
        )

        assert (code, out) == (7, "arguments: -c select 1\n"), err

    def test_an_unknown_role_is_one_line(self, ready: Project) -> None:
        code, _, err = said(ready, "psql", "--role", "redaer")

        assert code == Exit.CONFIG
        assert "did you mean 'reader'" in err


class TestOwnPrompt:
    def test_in_a_pipe_it_runs_statement_by_statement(self, ready: Project) -> None:
        text = "create temporary table t (a int, b text); -- a; b\ninsert into t values (1, 'x;y');\nselect *\nfrom t"

        done = prompted(ready, text, "--role", "owner")

        assert done.returncode == 0, done.stderr
        assert done.stdout == "CREATE TABLE\nINSERT 0 1\na  b\n-  ---\n1  x;y\n(1 row)\n"

    def test_of_several_commands_the_first_error_ends_it(self, ready: Project) -> None:
        done = prompted(ready, "", "-c", "select 1 as one", "-c", "selec", "-c", "select 2")

        assert done.returncode == Exit.CONFIG
        assert "syntax error" in done.stderr
        assert done.stdout == "one\n---\n  1\n(1 row)\n"

    def test_at_a_terminal_it_goes_on_after_an_error(self, ready: Project) -> None:
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-c", f"{NO_PSQL}\nfrom minidata.cli.main import main\nmain()", "psql"],
            cwd=ready.root,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            os.write(ours, b"selec;\nselect\n40 + 2 as answer;\n\\q\n")
            out, err = process.communicate(timeout=60)
        os.close(ours)
        os.close(theirs)

        assert process.returncode == 0
        assert "syntax error" in err
        assert "answer\n------\n    42\n(1 row)" in out


def prompted(project: Project, text: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `minidata psql` where there is no psql, *text* on its stdin."""
    return subprocess.run(
        [sys.executable, "-c", f"{NO_PSQL}\nfrom minidata.cli.main import main\nmain()", "psql", *arguments],
        cwd=project.root,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def usgs_at(api: FaultServer) -> str:
    return json.dumps({"usgs": {"base_url": api.url}})


def written(project: Project) -> list[Path]:
    """The files that a command leaves beside its work."""
    folder = project.root / ".minidata"
    return [*folder.glob("history.jsonl*"), *folder.glob("minidata.log*")]
