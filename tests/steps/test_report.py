"""Reports and queries of a real project: files whole or untouched, one state of the data, no needless rights."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, RefusedError, StoreError, UnknownName
from minidata.core.modelling.reports import read_report
from minidata.steps import query as asked
from minidata.steps.query import query
from minidata.steps.report import Destination, answer, report

ROOT = Path(__file__).parents[2]
SQL = """
create table minidata_build.revenue as select date '2025-01-01' as month, 12.50::numeric(12,2) as revenue;
create view analytics.revenue as select * from minidata_build.revenue;
grant select on analytics.revenue to minidata_reader, minidata_analyst;
create schema shop;
create table shop.orders as select 1 as id;
grant usage on schema shop to minidata_analyst;
grant select on shop.orders to minidata_analyst;
"""
Write = Callable[[str, str], None]


@pytest.fixture
def write(project: Project) -> Write:
    """A project with one published relation; writes Reports into it."""
    with psycopg.connect(_url(project), autocommit=True) as owner:
        owner.execute((project.root / "sql" / "init.sql").read_bytes())
        owner.execute(SQL)
    (project.root / "sql" / "reports").mkdir()
    return lambda name, text: _put(project.root / "sql" / "reports" / f"{name}.sql", text)


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _url(project: Project) -> str:
    assert project.settings.engine.url
    return project.settings.engine.url.get_secret_value()


def _published(project: Project) -> None:
    with psycopg.connect(_url(project), autocommit=True) as owner:
        owner.execute(
            "create table minidata.publish"
            " (id bigint, run text, published_at timestamptz, models jsonb, sources jsonb);"
            "insert into minidata.publish values (7, 'the-run', '2025-11-24 18:00+00', '{}', '{}');"
            "grant select on minidata.publish to minidata_analyst, minidata_reader"
        )


def test_all_reports_go_into_files(project: Project, write: Write) -> None:
    write("one", "select * from revenue;")
    write("two", "-- title: The second\nselect 1 as n where false")

    facts = report(project, Destination("csv"))

    assert [(one.name, one.title, one.rows) for one in facts.reports] == [("one", "One", 1), ("two", "The second", 0)]
    assert (project.root / "output/one.csv").read_bytes() == b"month,revenue\n2025-01-01,12.50\n"
    assert (project.root / "output/two.csv").read_bytes() == b"n\n"
    assert facts.reports[0].size == (project.root / "output/one.csv").stat().st_size


def test_a_second_time_gives_the_same_bytes(project: Project, write: Write) -> None:
    write("one", "-- chart: bar x=month y=revenue\nselect * from revenue")
    _published(project)
    files = []
    for _ in range(2):
        report(project, Destination("html"))
        files.append((project.root / "output/one.html").read_bytes())

    assert files[0] == files[1]
    assert b"as of 2025-11-24 18:00:00 UTC, publish 7, run the-run" in files[0]


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl", "md", "html"])
def test_one_report_goes_to_stdout_in_any_format(project: Project, write: Write, form: str) -> None:
    write("one", "select * from revenue")
    out = io.BytesIO()

    facts = report(project, Destination(form, stdout=out), names=["one"])

    assert b"12.50" in out.getvalue()
    assert (facts.reports[0].path, facts.reports[0].rows, facts.reports[0].size) == (None, 1, len(out.getvalue()))
    assert not (project.root / "output").exists()


def test_two_reports_do_not_fit_into_one_stream(project: Project, write: Write) -> None:
    write("one", "select 1")
    write("two", "select 2")

    with pytest.raises(ConfigError, match="2 reports do not fit"):
        report(project, Destination("csv", stdout=io.BytesIO()))


def test_output_is_a_file_for_one_report_and_a_folder_for_more(project: Project, write: Write, tmp_path: Path) -> None:
    write("one", "select 1 as n")
    report(project, Destination("csv", tmp_path / "a/b.txt"))
    write("two", "select 2 as n")
    report(project, Destination("csv", tmp_path / "folder"))
    report(project, Destination("csv", tmp_path / "folder"), names=["two"])

    assert (tmp_path / "a/b.txt").read_bytes() == b"n\n1\n"
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == ["one.csv", "two.csv"]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_report_that_fails_half_way_leaves_the_old_file(project: Project, write: Write, form: str) -> None:
    write("one", "select 'old' as x")
    report(project, Destination(form))
    (path,) = (project.root / "output").iterdir()
    old = path.read_bytes()
    write("one", "select 1 / (100000 - i) as x from generate_series(1, 200000) i")

    with pytest.raises(ConfigError, match=r"report one: division by zero \(sql/reports/one\.sql\)"):
        report(project, Destination(form))

    assert path.read_bytes() == old
    assert list((project.root / "output").iterdir()) == [path]


def test_a_device_is_written_to_and_stays_a_device(project: Project, write: Write) -> None:
    write("one", "select 1")

    with pytest.raises(StoreError, match="No space left"):
        report(project, Destination("csv", Path("/dev/full")), names=["one"])
    report(project, Destination("csv", Path(os.devnull)), names=["one"])

    assert Path("/dev/full").is_char_device()
    assert Path(os.devnull).is_char_device()


def test_a_full_stdout_is_one_clear_error(project: Project, write: Write) -> None:
    write("one", "select 1")

    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(StoreError, match="stdout cannot be written"):
        report(project, Destination("csv", stdout=full), names=["one"])


def test_a_reader_who_has_had_enough_ends_it(project: Project, write: Write) -> None:
    write("one", "select * from generate_series(1, 10000000)")
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "wb", buffering=0) as pipe, pytest.raises(BrokenPipeError):
        report(project, Destination("jsonl", stdout=pipe), names=["one"])


def test_a_file_in_the_way_of_the_folder_is_one_clear_error(project: Project, write: Write) -> None:
    write("one", "select 1")
    (project.root / "output").write_text("in the way")

    with pytest.raises(StoreError, match=r"output/one\.csv cannot be written"):
        report(project, Destination("csv"))


def test_a_name_that_is_too_long_is_one_clear_error(project: Project, write: Write) -> None:
    write("months", "select month from revenue")

    with pytest.raises(StoreError, match="cannot be written: File name too long"):
        report(project, Destination("csv", project.root / ("n" * 300)))


def test_a_link_is_followed_and_the_rights_of_a_file_stay(project: Project, write: Write, tmp_path: Path) -> None:
    write("one", "select 1 as n")
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)

    report(project, Destination("csv", link))

    assert link.is_symlink()
    assert target.read_bytes() == b"n\n1\n"
    assert target.stat().st_mode & 0o777 == 0o640


def test_unknown_names_name_the_nearest(project: Project, write: Write) -> None:
    write("revenue", "select 1")

    with pytest.raises(UnknownName, match="did you mean 'revenue'"):
        report(project, Destination(), names=["revenu"])
    with pytest.raises(UnknownName, match="did you mean 'html'"):
        report(project, Destination("htlm"))
    with pytest.raises(RefusedError, match="is no name"):
        report(project, Destination(), names=["../../x"])


def test_a_report_sees_only_what_is_published(project: Project, write: Write) -> None:
    write("one", "select 1 as n\nfrom shop.orders")

    with pytest.raises(ConfigError, match="permission denied for schema shop") as caught:
        report(project, Destination("csv"))

    assert caught.value.hint == "a report reads what is published: make a model of it"


def test_a_report_cannot_lend_its_role_to_the_next(project: Project, write: Write) -> None:
    write("a", "select set_config('role', 'none', false)")
    write("b", "select * from shop.orders")

    with pytest.raises(ConfigError, match="permission denied for schema shop"):
        report(project, Destination("csv"))


def test_a_report_cannot_lend_its_settings_to_the_next(project: Project, write: Write) -> None:
    write("a", "select set_config('datestyle', 'german', false)")
    write("b", "select month from revenue")

    report(project, Destination("csv"))

    assert (project.root / "output" / "b.csv").read_text() == "month\n2025-01-01\n"


def test_a_report_cannot_write(project: Project, write: Write) -> None:
    write("one", "with gone as (delete from revenue returning 1) select * from gone")

    with pytest.raises((RefusedError, ConfigError)):
        report(project, Destination("csv"))
    out = io.BytesIO()
    query(project, "select count(*) as n from revenue", form="csv", stdout=out)

    assert out.getvalue() == b"n\n1\n"


def test_a_report_waits_for_a_model_that_is_not_published(project: Project, write: Write) -> None:
    _put(project.root / "sql/models/usgs/quakes.sql", "select 1")
    write("quakes", "select * from quakes")
    write("revenue", "select * from revenue")

    facts = report(project, Destination("csv"))

    assert (facts.waiting, [one.name for one in facts.reports]) == (("quakes",), ["revenue"])
    with pytest.raises(ConfigError, match="quakes") as caught:
        report(project, Destination("csv"), names=["quakes"])
    assert "minidata analyze" in caught.value.hint


def test_a_relation_that_no_model_makes_is_an_error(project: Project, write: Write) -> None:
    _put(project.root / "sql/models/revenue.sql", "select 1")
    write("typo", "select 1\nfrom revenu")
    write("revenue", "select * from revenue")

    with pytest.raises(ConfigError, match=r"typo: .*revenu.* \(sql/reports/typo\.sql:2\)") as caught:
        report(project, Destination("csv"))

    assert caught.value.hint == "did you mean revenue?"


def test_a_chart_that_does_not_fit_is_an_error_in_every_format_that_looks(project: Project, write: Write) -> None:
    write("one", "-- chart: bar x=month y=revenu\nselect * from revenue")

    for form in ("html", "json"):
        with pytest.raises(UnknownName, match=r"one\.sql:1: .*did you mean 'revenue'"):
            report(project, Destination(form))


def test_an_answer_is_the_first_rows(project: Project, write: Write) -> None:
    write("one", "-- title: One to five\nselect i::bigint from generate_series(1, 5) i")

    found = answer(project, "one", limit=3)

    assert (found.title, found.rows, found.truncated) == ("One to five", (("1",), ("2",), ("3",)), True)
    assert not answer(project, "one", limit=5).truncated


def test_a_query_reads_the_sources_too(project: Project, write: Write) -> None:
    write("unused", "select 1")
    out = io.BytesIO()

    facts = query(project, "select * from shop.orders", form="jsonl", stdout=out)

    assert (json.loads(out.getvalue()), facts.rows, facts.size) == ({"id": 1}, 1, len(out.getvalue()))
    assert asked.answer(project, "select * from shop.orders", limit=9).rows == (("1",),)


def test_a_query_that_would_write_is_refused(project: Project, write: Write) -> None:
    write("unused", "select 1")

    with pytest.raises((RefusedError, ConfigError), match="the query"):
        query(project, "insert into shop.orders values (2) returning id", form="csv", stdout=io.BytesIO())


_MANY = """
import resource, sys
from minidata.adapters.project import Project
from minidata.steps.query import query
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open("/dev/null", "wb") as out:
    text = "select i, repeat('x', 1000) from generate_series(1, 250000) i"
    facts = query(Project.find(), text, form=sys.argv[1], stdout=out)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(facts.rows, after - before)
"""


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_many_rows_do_not_fill_the_memory(project: Project, write: Write, form: str) -> None:
    """They are 250 MB: held all at once, they could not pass for 64."""
    write("unused", "select 1")

    done = subprocess.run(
        [sys.executable, "-c", _MANY, form], cwd=project.root, capture_output=True, text=True, check=True
    )

    rows, grown = map(int, done.stdout.split())
    assert rows == 250_000
    assert grown < 64 * 1024


@pytest.mark.parametrize("path", sorted((ROOT / "sql" / "reports").glob("*.sql")), ids=lambda path: path.stem)
def test_the_reports_of_the_template_are_understood(path: Path) -> None:
    found = read_report(f"sql/reports/{path.name}", path.read_text())

    assert found.title
    assert found.description
