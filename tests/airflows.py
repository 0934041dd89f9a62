"""An Airflow with a home of its own, and small APIs that know what is new."""

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer

# `airflow`, one command after the other, since it takes seconds to start: the arguments of each are a line, and so is
# whether it failed. The API through which a task tells how it is would be made anew, in seconds, for each of a DAG's.
AIRFLOW = """
import functools, json, os, sys
told = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
from airflow.sdk.execution_time import supervisor
supervisor.in_process_api_server = functools.cache(supervisor.in_process_api_server)
from airflow.__main__ import main
for line in sys.stdin:
    sys.argv = ["airflow", *json.loads(line)]
    try:
        main()
        failed = False
    except SystemExit as ended:
        failed = bool(ended.code)
    print("failed" if failed else "done", file=told, flush=True)
"""


@dataclass
class Airflow:
    """An Airflow with a home, and so a database, of its own; *venv* is where it is installed."""

    venv: Path
    home: Path

    @property
    def dags(self) -> Path:
        return self.home / "dags"

    @property
    def environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        }

    @contextmanager
    def begun(self) -> Iterator["Commands"]:
        """Yield what runs commands of Airflow's, in the environment of now."""
        log = self.home / "commands.log"
        with (
            log.open("w") as written,
            subprocess.Popen(
                [str(self.venv / "bin" / "python"), "-c", AIRFLOW],
                env=self.environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=written,
                text=True,
            ) as process,
        ):
            yield Commands(process, log)

    def states(self) -> tuple[str, dict[str, str]]:
        """Return the state of the newest DAG run, and those of its tasks by name."""
        connection = sqlite3.connect(self.home / "airflow.db")
        run_id, state = connection.execute("select run_id, state from dag_run order by id desc").fetchone()
        tasks = dict(connection.execute("select task_id, state from task_instance where run_id = ?", (run_id,)))
        connection.close()
        return state, tasks


@dataclass
class Commands:
    """A process that runs commands of Airflow's, and its *log*."""

    process: "subprocess.Popen[str]"
    log: Path
    heard: int = 0

    def run(self, *arguments: str, ends: str = "done") -> str:
        """Run a command that *ends* so, "done" or "failed"; return what it wrote."""
        assert self.process.stdin
        assert self.process.stdout
        too_long = Timer(120, self.process.kill)
        too_long.start()
        print(json.dumps(arguments), file=self.process.stdin, flush=True)
        said = self.process.stdout.readline()
        too_long.cancel()
        written = self.log.read_bytes()[self.heard :]
        self.heard += len(written)
        assert said == f"{ends}\n", written.decode()
        return written.decode()


@dataclass
class Feeds:
    """APIs, by name, that give what is newer than ``after``; one that is *down* says 503. *asked* has each request."""

    url: str = ""
    records: dict[str, list[int]] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
