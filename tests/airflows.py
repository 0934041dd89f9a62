"""An Airflow with a home of its own, and small APIs that know what is new."""

import os
import sqlite3
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

# `airflow`, but for the API through which a task tells how it is: Airflow makes it anew, in seconds, for each task of a
# DAG that is tested.
AIRFLOW = """
import functools
from airflow.sdk.execution_time import supervisor
supervisor.in_process_api_server = functools.cache(supervisor.in_process_api_server)
from airflow.__main__ import main
main()
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

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.venv / "bin" / "python"), "-c", AIRFLOW, *arguments],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

    def test(self, dag: str) -> str:
        """Run the DAG once, to its end; return what was logged."""
        return self.run("dags", "test", dag).stdout

    def states(self) -> tuple[str, dict[str, str]]:
        """Return the state of the newest DAG run, and those of its tasks by name."""
        connection = sqlite3.connect(self.home / "airflow.db")
        run_id, state = connection.execute("select run_id, state from dag_run order by id desc").fetchone()
        tasks = dict(connection.execute("select task_id, state from task_instance where run_id = ?", (run_id,)))
        connection.close()
        return state, tasks


@dataclass
class Feeds:
    """APIs, by name, that give what is newer than ``after``; one that is *down* says 503. *asked* has each request."""

    url: str = ""
    records: dict[str, list[int]] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
