"""Answers rendered: exact in JSON, and in every format nothing out of the data is markup or moves a cursor."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.answers import Cells, Column, State
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.formats import FORMATS, format_called
from minidata.core.formats.about import About
from minidata.core.formats.axes import Scale
from minidata.core.formats.page import MOST_DRAWN
from minidata.core.modelling.reports import Chart
from minidata.core.places import Place

STATE = State(datetime(2025, 11, 24, 18, tzinfo=UTC), publish=7, run="20251124t180000000000z-abcd")
ATTACKS = [
    "<script>alert(1)</script>",
    '"onx="1',
    "</style><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "</code></pre><script>",
    "]]><!--",
    "&lt;b&gt;",
]
CONTROLS = ["\x1b[31mred", "\x1b]52;c;YQ==\x07", "\rOK", "\u202egnp.exe", "\x9b0m", "a\u2028b"]


def render(form: str, columns: Sequence[Column], rows: Sequence[Cells], **more: object) -> str:
    renderer = format_called(form).render
    assert renderer is not None
    about = About("select 1", STATE, "0.1.0")
    return "".join(renderer(columns, iter(rows), About(**{**vars(about), **more})))


def one(form: str, cell: str | None, kind: str = "text", **more: object) -> str:
    return render(form, [Column("a", kind)], [(cell,)], **more)


# --- JSON


@pytest.mark.parametrize("number", ["9007199254740993", "0.10", "-1e+20", "1234567890123456789012345678901234567.8"])
def test_json_keeps_every_digit(number: str) -> None:
    assert f": {number}}}" in one("json", number, "numeric")


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_json_has_words_where_it_has_no_number(word: str) -> None:
    assert json.loads(one("json", word, "double precision"), parse_constant=pytest.fail) == [{"a": word}]


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ("t", "boolean", True),
        (None, "integer", None),
        ('{"x": [1]}', "jsonb", {"x": [1]}),
        ("{1,2}", "integer[]", "{1,2}"),
    ],
)
def test_json_values_are_of_their_kind(cell: str | None, kind: str, value: object) -> None:
    assert json.loads(one("json", cell, kind)) == [{"a": value}]


@given(st.lists(st.tuples(st.none() | st.text(alphabet=st.characters(exclude_categories=["Cs"]))), max_size=5))
def test_json_and_jsonl_give_back_any_text(rows: list[tuple[str | None]]) -> None:
    expected = [{"a": cell} for (cell,) in rows]

    assert json.loads(render("json", [Column("a", "text")], rows)) == expected
    lines = render("jsonl", [Column("a", "text")], rows).split("\n")
    assert [json.loads(line) for line in lines if line] == expected


def test_a_json_cell_with_line_ends_stays_on_one_line() -> None:
    assert one("jsonl", '{\n  "a":\r\n 1}', "json").count("\n") == 1


def test_json_refuses_two_columns_of_one_name() -> None:
    with pytest.raises(ConfigError, match="two columns called 'a'"):
        render("json", [Column("a", "text"), Column("a", "text")], [])


# --- Text for people


def test_a_table_is_aligned_and_numbers_are_to_the_right() -> None:
    columns = [Column("name", "text"), Column("n", "bigint")]

    assert render("table", columns, [("日本", "1"), ("b", "1000"), (None, "")]) == (
        "name     n\n----  ----\n日本     1\nb     1000\n∅\n"
    )


def test_long_text_is_cut_in_a_table_and_long_numbers_are_not() -> None:
    columns = [Column("t", "text"), Column("n", "numeric")]

    line = render("table", columns, [("x" * 100, "9" * 100)]).splitlines()[2]

    assert line == "x" * 59 + "…  " + "9" * 100


@pytest.mark.parametrize("form", ["table", "md", "html"])
@pytest.mark.parametrize("text", CONTROLS)
def test_no_cell_moves_a_cursor_or_turns_text_around(form: str, text: str) -> None:
    written = one(form, text)

    assert not set(written) & set("\x1b\x07\r\u202e\x9b\u2028")
    assert "\\x" in written or "\\u" in written or "<br>" in written


@pytest.mark.parametrize("text", ["a|b", "`a`", "**x**", "[a](javascript:b)", "<b>", "a\nb", "\\|"])
def test_markdown_has_no_markup_out_of_data(text: str) -> None:
    row = one("md", text).splitlines()[2]

    assert row.count("|") - row.count("\\|") == 2
    assert not any(f" {letter}" in row for letter in "`*[<")


def test_markdown_of_a_report_says_what_it_is() -> None:
    written = one("md", "1", "integer", title="A # title", description="Why.")

    assert written.startswith("# A \\# title\n\nWhy.\n\n| a |\n| ---: |\n| 1 |\n")
    assert "publish 7" in written


@pytest.mark.parametrize("form", [name for name, form in FORMATS.items() if form.render])
def test_no_rows_is_a_header_only(form: str) -> None:
    written = render(form, [Column("month", "text")], [])

    assert ("month" in written) == (form not in {"json", "jsonl"})
    assert form != "json" or json.loads(written) == []


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'jsonl'"):
        format_called("jsnol")


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "md", "html"])
def test_rows_are_written_before_the_last_has_come(form: str) -> None:
    """A renderer that waited for all rows would fill the memory."""
    renderer = format_called(form).render
    assert renderer is not None

    def endless() -> Iterator[Cells]:
        while True:
            yield ("row",)

    pieces = renderer([Column("a", "text")], endless(), About("", STATE, "0"))

    assert sum("row" in next(pieces) for _ in range(3000)) > 1000


# --- HTML


class _Seen(HTMLParser):
    """What a browser would see: the elements, and the text of each cell."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.cells: list[str] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self._inside = tag == "td"
        if self._inside:
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "td"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.cells[-1] += data


@pytest.mark.parametrize("attack", ATTACKS)
def test_data_names_titles_and_sql_are_text_in_html(attack: str) -> None:
    chart = Chart("bar", attack, "n", attack, Place("r.sql", 1))
    columns = [Column(attack, "text"), Column("n", "integer")]
    plain = _Seen(render("html", columns, [("x", "1")], chart=Chart("bar", attack, "n", attack, Place("r.sql", 1))))

    seen = _Seen(render("html", columns, [(attack, "1")], title=attack, description=attack, sql=attack, chart=chart))

    assert seen.cells == [attack, "1"]
    assert set(seen.tags) - set(plain.tags) <= {"p"}
    assert seen.attributes == plain.attributes


def test_html_asks_nobody_for_anything() -> None:
    page = one("html", "https://example.com/x.js", title="T")

    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert not {"script", "link", "img", "iframe", "form", "base", "object"} & set(_Seen(page).tags)
    assert not {"src", "href", "style"} & _Seen(page).attributes
    assert "url(" not in page


def test_html_says_of_when_by_whom_and_with_which_sql() -> None:
    page = one("html", "1", "integer", title="T", sql="select '<' as x")

    assert "1 row as of 2025-11-24 18:00:00 UTC, publish 7, run 20251124t180000000000z-abcd; minidata 0.1.0" in page
    assert "select &#x27;&lt;&#x27; as x" in page


def test_html_tells_null_from_empty_text() -> None:
    assert '<td class="null">∅</td>' in one("html", None)
    assert "<td></td>" in one("html", "")


def test_html_keeps_line_ends() -> None:
    assert "<td>a\nb\tc</td>" in one("html", "a\nb\tc")


# --- Charts


def charted(kind: str, rows: Sequence[Cells], series: str | None = None) -> str:
    chart = Chart("bar" if kind == "bar" else "line", "x", "y", series, Place("r.sql", 1))
    columns = [Column("x", "text"), Column("y", "numeric"), Column("s", "text")]
    return render("html", columns, rows, title="T", chart=chart)


def test_a_bar_for_each_row_and_a_sentence_for_who_cannot_see_it() -> None:
    page = charted("bar", [("jan", "10.50", ""), ("feb", "-3", ""), ("mar", None, ""), ("apr", "NaN", "")])

    assert page.count("<rect") == 2
    assert "<title>jan: 10.50</title>" in page
    assert "Bar chart of y over x: from -3 (feb) to 10.50 (jan)" in page


def test_a_chart_says_what_it_shows() -> None:
    assert "<figcaption>y by x</figcaption>" in charted("bar", [("jan", "1", "")])


def test_no_label_leaves_the_picture() -> None:
    page = charted("bar", [(f"a rather long name {number}", "1", "") for number in range(20)])
    places = [float(x) for x in re.findall(r'class="slanted" x="([\d.]+)"', page)]

    # Set at 35 degrees, sixteen letters reach so far to the left.
    assert len(places) == 20
    assert min(places) >= 16 * 6.6 * 0.81


def test_a_line_for_each_series_with_a_gap_where_nothing_is() -> None:
    rows: list[Cells] = [("1", "1", "a"), ("2", None, "a"), ("3", "3", "a"), ("1", "2", "b"), ("2", "2", "b")]

    page = charted("line", rows, series="s")

    assert page.count("<path") == 2
    assert [path.count("M") for path in page.split(' d="')[1:]] == [2, 1]
    assert page.count("<li>") == 2


@pytest.mark.parametrize("y", [[], ["0"], ["5", "5"], ["NaN"], [None], ["1e300", "-1e300"], ["1e-320"], ["9" * 400]])
@pytest.mark.parametrize("kind", ["bar", "line"])
def test_any_values_can_be_drawn(kind: str, y: list[str | None]) -> None:
    page = charted(kind, [(str(number), cell, "") for number, cell in enumerate(y)])

    assert page.endswith("</html>\n")
    assert not {"nan", "inf"} & set(page.split('aria-labelledby="chart-title')[-1].split("</svg>")[0].split('"'))


def test_too_many_rows_for_a_chart_is_said_and_all_of_them_are_in_the_table() -> None:
    page = charted("bar", [("x", "1", "")] * (MOST_DRAWN + 1))

    assert "too many for a chart" in page
    assert "<svg" not in page
    assert page.count("<tr><td") == MOST_DRAWN + 1


_VALUES = st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=9)


@given(_VALUES, st.booleans())
def test_every_value_is_on_the_scale_and_its_marks_are_few(values: list[float], from_zero: bool) -> None:  # noqa: FBT001 - hypothesis hands it in
    scale = Scale.over(values, from_zero=from_zero)

    assert 2 <= len(scale.marks) <= 13
    assert all(-1e-6 <= scale.share(value) <= 1 + 1e-6 for value in values)
    assert all(scale.label(mark) for mark in scale.marks)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [("0", "97", ["0", "20", "40", "60", "80", "100"]), ("0", "0.9", ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])],
)
def test_marks_are_round_numbers(low: str, high: str, labels: list[str]) -> None:
    scale = Scale.over([float(Decimal(low)), float(Decimal(high))], from_zero=True)

    assert [scale.label(mark) for mark in scale.marks] == labels
