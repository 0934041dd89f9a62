"""report and query: from what is published to files and stdout."""

import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from minidata.adapters.database.connection import Database, connect
from minidata.adapters.database.scripts import run_script
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, EngineError, RefusedError, StoreError, UnknownName
from minidata.steps.analyze import analyze
from minidata.steps.engine import endpoint
from minidata.steps.query import query
from minidata.steps.report import Destination, report

Put = Callable[[str, str], None]


class Notes:
    """A Watch that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        self.lines.append(line)

    def count(self, what: str, done: int, total: int | None = None) -> None:
        """Look away."""


@pytest.fixture
def project(project: Project) -> Project:
    """A project whose one model, sales, is published."""
    with connect(endpoint(project).url) as database:
        run_script(database, (project.root / "sql" / "init.sql").read_text(), name="init.sql")
    (project.root / "sql" / "models").mkdir()
    (project.root / "sql" / "models" / "sales.sql").write_text(
        "select n, 'a' || n as name from generate_series(1, 3) n"
    )
    analyze(project)
    return project


@pytest.fixture
def put(project: Project) -> Put:
    """Write a report."""

    def put(name: str, text: str) -> None:
        folder = project.root / "sql" / "reports"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.sql").write_text(text)

    return put


def owner_runs(project: Project, work: Callable[[Database], None]) -> None:
    with connect(endpoint(project).url) as database:
        work(database)


def test_all_reports_go_into_the_output_folder(project: Project, put: Put) -> None:
    put("names", "-- title: All names\nselect name from sales order by n")
    put("total", "select sum(n) as total from sales")

    facts = report(project, Destination("csv"))

    assert [(one.name, one.title, one.rows, one.size) for one in facts.reports] == [
        ("names", "All names", 3, 14),
        ("total", "Total", 1, 8),
    ]
    assert (project.root / "output" / "names.csv").read_text() == "name\na1\na2\na3\n"
    assert (facts.publish, facts.waiting) == (1, ())


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("table", "n  name\n-  ----\n1  a1\n"),
        ("csv", "n,name\n1,a1\n"),
        ("json", '[\n{"n": 1, "name": "a1"}\n]\n'),
        ("jsonl", '{"n": 1, "name": "a1"}\n'),
        ("md", "| n | name |\n|---:|---|\n| 1 | a1 |\n"),
    ],
)
def test_one_report_may_go_to_stdout(project: Project, put: Put, form: str, text: str) -> None:
    put("first", "select n, name from sales order by n limit 1; -- the first")
    stdout = io.BytesIO()

    facts = report(project, Destination(form, stdout=stdout), names=["first"])

    assert stdout.getvalue().decode() == text
    assert [(one.path, one.rows, one.size) for one in facts.reports] == [(None, 1, len(text))]


def test_a_page_rests_on_a_publish(project: Project, put: Put) -> None:
    put("names", "-- title: <b>\n-- chart: bar x=name y=n\nselect name, n from sales")

    facts = report(project, Destination("html"))
    text = (project.root / "output" / "names.html").read_text()

    assert re.search(r"As of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC · publish 1 of \d{4}-", text)
    assert text.count('class="bar"') == 3
    assert "<h1>&lt;b&gt;</h1>" in text
    assert (facts.reports[0].rows, facts.reports[0].size) == (3, len(text.encode()))


def test_a_chart_of_no_column_is_told(project: Project, put: Put) -> None:
    put("names", "-- chart: bar x=name y=m\nselect name, n from sales")
    watch = Notes()

    report(project, Destination("html"), watch=watch)

    assert watch.lines == ["report names has no chart: there is no column 'm'"]


@pytest.mark.parametrize("form", ["csv", "json", "html"])
def test_rows_are_counted_and_not_lines(project: Project, put: Put, form: str) -> None:
    put("lines", "select e'a\\nb\\r\\n' || n as text from sales")

    assert report(project, Destination(form)).reports[0].rows == 3


def test_no_rows_are_a_header(project: Project, put: Put) -> None:
    put("none", "select n from sales where false")

    assert report(project, Destination("csv")).reports[0].rows == 0
    assert (project.root / "output" / "none.csv").read_text() == "n\n"


@pytest.mark.parametrize("name", ["nams", "../../names", "/etc/names"])
def test_an_unknown_report_is_told_with_the_nearest(project: Project, put: Put, name: str) -> None:
    put("names", "select 1")

    with pytest.raises(UnknownName) as caught:
        report(project, Destination(), names=[name])

    assert caught.value.nearest == "names"
    assert not (project.root / "output").exists()


def test_an_unknown_format_is_told_with_the_nearest(project: Project) -> None:
    with pytest.raises(UnknownName, match="unknown format 'jsn', did you mean 'json'"):
        report(project, Destination("jsn"))


def test_without_reports_there_is_nothing_to_do(project: Project) -> None:
    with pytest.raises(ConfigError, match=r"there are no reports in .*sql/reports"):
        report(project, Destination())


def test_a_report_waits_for_what_is_not_published_and_the_others_are_written(project: Project, put: Put) -> None:
    put("a_quakes", "select 1\nfrom quakes")
    put("names", "select name from sales")
    watch = Notes()

    facts = report(project, Destination("csv"), watch=watch)

    assert ([one.name for one in facts.reports], facts.waiting) == (["names"], ("a_quakes",))
    assert watch.lines == ['report a_quakes waits: sql/reports/a_quakes.sql:2: relation "quakes" does not exist']


def test_a_report_that_was_named_does_not_wait(project: Project, put: Put) -> None:
    put("quakes", "select 1 from quakes")

    with pytest.raises(ConfigError, match=r'sql/reports/quakes\.sql:1: relation "quakes" does not exist') as caught:
        report(project, Destination(), names=["quakes"])

    assert caught.value.hint == "`minidata analyze` publishes models"


def test_a_slip_in_a_report_is_no_reason_to_wait(project: Project, put: Put) -> None:
    put("names", "select\n s.name from sales")

    with pytest.raises(ConfigError, match=r"sql/reports/names\.sql:2: missing FROM-clause entry"):
        report(project, Destination("csv"))

    assert list((project.root).glob("output/*")) == []


@pytest.mark.parametrize("table", ["secret.orders", "minidata.publish"])
def test_a_report_reads_nothing_but_what_is_published(project: Project, put: Put, table: str) -> None:
    owner_runs(project, lambda db: run_script(db, "create schema secret; create table secret.orders ()", name="x"))
    put("all_of_it", f"select * from {table}")

    with pytest.raises(EngineError, match=r"sql/reports/all_of_it\.sql.*: permission denied for"):
        report(project, Destination("csv"))


def test_a_report_cannot_lend_its_role_to_the_next(project: Project, put: Put) -> None:
    put("a", "select set_config('role', 'none', false)")
    put("b", "select * from minidata.publish")

    with pytest.raises(EngineError, match="permission denied"):
        report(project, Destination("csv"))


# -- where answers go -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "written"),
    [
        (None, "output/names.csv"),
        ("there", "there/names.csv"),
        ("new/folder", "new/folder/names.csv"),
        ("new/mine.tsv", "new/mine.tsv"),
        ("folder.d", "folder.d/names.csv"),
        ("plain", "plain"),
    ],
)
def test_an_output_is_a_folder_or_a_file(project: Project, put: Put, output: str | None, written: str) -> None:
    for folder in ("there", "folder.d"):
        (project.root / folder).mkdir()
    (project.root / "plain").write_text("old")
    put("names", "select name from sales where n = 1")

    facts = report(project, Destination("csv", project.root / output if output else None))

    assert facts.reports[0].path == str(project.root / written)
    assert (project.root / written).read_text() == "name\na1\n"


@pytest.mark.parametrize("output", ["all.csv", "plain"])
def test_several_reports_do_not_go_into_one_file(project: Project, put: Put, output: str) -> None:
    (project.root / "plain").write_text("old")
    put("a", "select 1 as a")
    put("b", "select 2 as b")

    with pytest.raises(ConfigError, match="is one file, and there are several reports"):
        report(project, Destination("csv", project.root / output))

    assert (project.root / "plain").read_text() == "old"


def test_a_query_that_breaks_off_leaves_the_old_file(project: Project, put: Put) -> None:
    put("names", "select 1 as n")
    report(project, Destination("csv"))
    put("names", "select 1 / (3 - n) as n from sales order by sales.n")

    with pytest.raises(ConfigError, match=r"sql/reports/names\.sql: division by zero"):
        report(project, Destination("csv"))

    assert [path.name for path in (project.root / "output").iterdir()] == ["names.csv"]
    assert (project.root / "output" / "names.csv").read_text() == "n\n1\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("form", ["csv", "html"])
def test_a_full_stdout_is_a_store_error(project: Project, put: Put, form: str) -> None:
    put("names", "select name from sales")

    with Path("/dev/full").open("wb", buffering=0) as stdout, pytest.raises(StoreError, match="cannot write stdout"):
        report(project, Destination(form, stdout=stdout), names=["names"])


def test_a_closed_pipe_is_no_store_error(project: Project) -> None:
    read, write = os.pipe()
    os.close(read)

    with os.fdopen(write, "wb", buffering=0) as stdout, pytest.raises(BrokenPipeError):
        query(project, "select * from generate_series(1, 1000000)", form="csv", stdout=stdout)


# -- query ------------------------------------------------------------------------------------------------------------


def test_a_query_is_answered(project: Project) -> None:
    stdout = io.BytesIO()

    facts = query(project, "select name from sales order by n", form="json", stdout=stdout)

    assert json.loads(stdout.getvalue()) == [{"name": "a1"}, {"name": "a2"}, {"name": "a3"}]
    assert (facts.rows, facts.size) == (3, len(stdout.getvalue()))


def test_a_query_only_reads(project: Project) -> None:
    stdout = io.BytesIO()

    with pytest.raises(RefusedError, match=r"\Aquery: a query only reads; cannot execute DELETE"):
        query(project, "delete from minidata.publish returning *", form="table", stdout=stdout)

    assert stdout.getvalue() == b""


def test_a_page_is_no_format_of_a_query(project: Project) -> None:
    with pytest.raises(UnknownName, match="unknown format 'html'"):
        query(project, "select 1", form="html", stdout=io.BytesIO())
