"""The header of a report."""

import pytest

from minidata.core.errors import ConfigError, UnknownName
from minidata.core.reports import Chart, parse_report

WHERE = "sql/reports/sales.sql"


def test_a_header_is_read() -> None:
    text = "-- title: Sales: all\n--description:What came in.\n-- CHART: line x=day  y=total\nselect 1"

    report = parse_report("sales", text, WHERE)

    assert (report.title, report.description) == ("Sales: all", "What came in.")
    assert report.chart == Chart("line", "day", "total")
    assert report.sql == text


def test_without_a_header_the_name_is_the_title() -> None:
    report = parse_report("sales_by_day", "select 1", WHERE)

    assert (report.title, report.description, report.chart) == ("Sales by day", "", None)


def test_a_header_may_stand_behind_other_comments() -> None:
    report = parse_report("sales", "\ufeff-- Free to use\r\n\r\n--\r\n  -- title: Sales\r\nselect 1", WHERE)

    assert report.title == "Sales"
    assert not report.sql.startswith("\ufeff")


def test_comments_in_the_query_are_no_header() -> None:
    report = parse_report("sales", "select 1\n-- title: Other\n-- nonsense: here", WHERE)

    assert report.title == "Sales"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-- title: a\n-- desciption: b", r"sales\.sql:2: unknown header 'desciption', did you mean 'description'\?"),
        ("-- title: a\n\n-- title: b", r"sales\.sql:3: title is given twice"),
        ("-- chart: bars x=a y=b", r"sales\.sql:1: unknown chart 'bars', did you mean 'bar'\?"),
        ("-- chart:", r"sales\.sql:1: unknown chart '', there is: bar, line"),
        ("-- chart: bar x=a z=b", r"sales\.sql:1: unknown axis 'z', there is: x, y"),
        ("-- chart: bar x=a", r"sales\.sql:1: a chart needs x and y"),
        ("-- chart: bar x= y=b", r"sales\.sql:1: a chart needs x and y"),
    ],
)
def test_a_wrong_header_is_told_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_report("sales", text + "\nselect 1", WHERE)


def test_an_unknown_header_names_the_nearest() -> None:
    with pytest.raises(UnknownName) as caught:
        parse_report("sales", "-- titel: a", WHERE)

    assert caught.value.nearest == "title"


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "Sales", "a b", "a.b", "", "a" * 64, "x\0"])
def test_a_name_that_could_lead_elsewhere_will_not_do(name: str) -> None:
    with pytest.raises(ConfigError, match="will not do"):
        parse_report(name, "select 1", WHERE)
