"""The exported DAG in a real Airflow: with work, with nothing new, and with a Source that fails."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflows import Airflow, Commands, Feeds
from minidata.adapters.project import Project

pytestmark = pytest.mark.airflow

SOURCE = """
from minidata import Cursor, Row, Source, Stream

class Item(Row):
    id: int

source = Source(
    "{name}",
    "{url}",
    [Stream("items", "/{name}", Item, "id", since=Cursor("id", param="after"))],
)
"""
MODEL = "select id, 'news' as feed from {{ source('news', 'items') }} union all select id, 'weather' from weather.items"
STAGES = ("ingest_news", "ingest_weather", "load_news", "load_weather", "analyze")
ALL_DONE = dict.fromkeys((*STAGES, "every_source_answered", "test", "report_what_there_is"), "success")
DAG = "minidata_test"
REPORT = "select feed, count(*) as items, max(id) as newest from everything group by feed order by feed"


@pytest.fixture
def exported(project: Project, feeds: Feeds, airflow: Airflow, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with two Sources, a model and a report; its DAG is in Airflow's folder."""
    # Airflow has retries of its own, which are what is looked at here.
    monkeypatch.setenv("MINIDATA_HTTP_ATTEMPTS", "1")
    for name in ("news", "weather"):
        write(project, f"sources/{name}.py", SOURCE.format(name=name, url=feeds.url))
    write(project, "sql/models/everything.sql", MODEL)
    write(project, "sql/reports/what_there_is.sql", REPORT)
    minidata("up")
    minidata("export", "airflow", "-s", "news", "-s", "weather", "-o", str(airflow.dags / "feeds.py"))
    hasten(airflow.dags / "feeds.py")
    return project


@pytest.fixture
def commands(exported: Project, airflow: Airflow) -> Iterator[Commands]:
    """Airflow's, once it has a database."""
    assert exported
    with airflow.begun() as commands:
        commands.run("db", "migrate")
        yield commands


def test_the_dag_runs_to_a_report_with_work_with_nothing_new_and_with_a_source_that_fails(
    exported: Project, feeds: Feeds, airflow: Airflow, commands: Commands
) -> None:
    feeds.records = {"news": [1, 2], "weather": [7]}
    log = commands.run("dags", "test", DAG)
    assert airflow.states() == ("success", ALL_DONE), log
    assert "news.items" in log, "what minidata says is in the task's log"
    assert reported(exported) == ["news", "2", "2", "weather", "1", "7"]

    log = commands.run("dags", "test", DAG)
    nothing_new = dict.fromkeys(STAGES, "skipped")
    assert airflow.states() == ("success", ALL_DONE | nothing_new), log

    feeds.asked.clear()
    feeds.down.add("weather")
    feeds.records["news"].append(3)
    log = commands.run("dags", "test", DAG, ends="failed")
    failed = {"ingest_weather": "failed", "load_weather": "skipped", "every_source_answered": "upstream_failed"}
    assert airflow.states() == ("failed", ALL_DONE | failed), log
    assert sorted(feeds.asked) == ["news", "weather", "weather"], "it was tried once more"
    assert reported(exported) == ["news", "3", "3", "weather", "1", "7"]


def reported(project: Project) -> list[str]:
    """Return the cells of the report's table."""
    page = (project.root / "output" / "what_there_is.html").read_text()
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return re.findall(r"<td[^>]*>([^<]*)</td>", body)


def hasten(dag: Path) -> None:
    """Let it retry once, and at once."""
    text = dag.read_text()
    for was, becomes in (("RETRIES = 3", "RETRIES = 1"), ("timedelta(minutes=1)", "timedelta(seconds=1)")):
        assert was in text
        text = text.replace(was, becomes)
    dag.write_text(text)


def write(project: Project, name: str, text: str) -> None:
    path = project.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def minidata(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "minidata", *arguments, "--quiet"], timeout=60, check=True)
