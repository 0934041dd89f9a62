"""What a Report's file says about itself, and which Reports are meant."""

import pytest

from minidata.core.answers import Column
from minidata.core.errors import ConfigError, RefusedError, UnknownName
from minidata.core.modelling.reports import Report, chosen, read_report

PATH = "sql/reports/revenue.sql"


def read(*lines: str) -> Report:
    return read_report(PATH, "\n".join(lines))


def test_the_header_says_how_the_answer_is_shown() -> None:
    report = read(
        "-- title: Revenue",
        "-- description: What was paid,",
        "--   and when.",
        "-- a note",
        "-- chart: line x=month y='net revenue' series=region",
        "",
        "select 1",
    )

    assert (report.name, report.title, report.description) == ("revenue", "Revenue", "What was paid, and when.")
    assert report.chart is not None
    assert (report.chart.kind, report.chart.x, report.chart.y, report.chart.series) == (
        "line",
        "month",
        "net revenue",
        "region",
    )
    assert report.sql == "select 1"


def test_the_whole_file_is_what_postgres_is_asked() -> None:
    assert read("-- title: T", "select 1").text == "-- title: T\nselect 1"


def test_without_a_header_the_name_is_the_title() -> None:
    assert read_report("sql/reports/top_customers.sql", "select 1").title == "Top customers"


def test_comments_below_the_header_and_links_are_no_keys() -> None:
    report = read("-- https://example.com", "select 1", "-- titel: no key here")

    assert report.title == "Revenue"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("-- titel: x", r"revenue\.sql:2: unknown key of a report 'titel', did you mean 'title'\?"),
        ("-- chart: bra x=a y=b", r":2: unknown kind of chart 'bra', did you mean 'bar'\?"),
        ("-- chart: bar x=a yy=b", r":2: unknown word of a chart 'yy'"),
        ("-- chart: bar x=a", r":2: the chart has no y"),
        ("-- chart: bar x=a x=b y=c", r":2: the chart must name one column for x"),
        ("-- chart: bar x='a y=c", r":2: the chart .* cannot be read"),
        ("-- chart:", r":2: the chart '' cannot be read"),
        ("-- description: twice", r":2: description is there twice, see sql/reports/revenue\.sql:1"),
    ],
)
def test_a_header_that_will_not_do_names_its_line(line: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read("-- description: x", line, "select 1")


def test_a_file_without_a_query_is_an_error() -> None:
    with pytest.raises(ConfigError, match="asks nothing"):
        read("-- title: x")


def test_a_file_name_that_is_no_name_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"sql/reports/Top 10\.sql: report name 'Top 10' will not do"):
        read_report("sql/reports/Top 10.sql", "select 1")


def test_a_chart_must_fit_the_columns() -> None:
    chart = read("-- chart: bar x=month y=revenu", "select 1").chart
    assert chart is not None

    with pytest.raises(UnknownName, match=r":1: unknown column of the chart 'revenu', did you mean 'revenue'\?"):
        chart.check([Column("month", "date"), Column("revenue", "numeric")])
    with pytest.raises(ConfigError, match="is text and no number"):
        chart.check([Column("month", "date"), Column("revenu", "text")])


def test_no_names_are_all_reports_and_a_name_twice_is_once() -> None:
    a, b = read_report("sql/reports/a.sql", "select 1"), read_report("sql/reports/b.sql", "select 1")

    assert chosen([a, b], []) == [a, b]
    assert chosen([a, b], ["b", "a", "b"]) == [b, a]


def test_an_unknown_report_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'revenue'"):
        chosen([read("select 1")], ["revenu"])


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "a\0b", "..", "x" * 300, "a\\b"])
def test_a_path_is_refused_as_a_name(name: str) -> None:
    with pytest.raises(RefusedError, match="is no name"):
        chosen([read("select 1")], [name])
