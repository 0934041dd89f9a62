"""Answers as text, one format after the other."""

import json
import math
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.answers import AnswerColumn, Row
from minidata.core.errors import ConfigError
from minidata.core.formats import FORMATS
from minidata.core.formats.charts import MOST, number_text, short_text, svg, ticks_for
from minidata.core.formats.pages import Origin, html
from minidata.core.formats.widths import shortened, width
from minidata.core.reports import Chart, Report, parse_report

ORIGIN = Origin("2026-01-31 12:00:00 UTC", "publish 7 of 2026-01-30 01:02:03 UTC", "0.1.0")
HOSTILE = [
    "<script>alert(1)</script>",
    '"onx=alert(1)',
    "'onx=alert(1)",
    "</style><b>",
    "</title></pre></table>",
    "javascript:alert(1)",
    "&lt;",
    "<!--",
    "]]>",
    "\x1b[31mred",
]


def columns(**types: str) -> list[AnswerColumn]:
    return [AnswerColumn(name, kind) for name, kind in types.items()]


def written(form: str, of: list[AnswerColumn], *rows: Row) -> str:
    return "".join(FORMATS[form][1](of, rows))


def page(text: str, of: list[AnswerColumn], *rows: Row) -> str:
    return "".join(html(parse_report("sales", text, "sales.sql"), ORIGIN, of, rows))


# -- json -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("numeric", "12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
        ("numeric", "0.10", "0.10"),
        ("bigint", "9007199254740993", "9007199254740993"),
        ("double precision", "1e+20", "1e+20"),
        ("double precision", "NaN", '"NaN"'),
        ("numeric", "-Infinity", '"-Infinity"'),
        ("boolean", "t", "true"),
        ("boolean", "f", "false"),
        ("text", "t", '"t"'),
        ("text", "", '""'),
        ("text", None, "null"),
        ("jsonb", None, "null"),
        ("jsonb", '{"a": 1.10}', '{"a": 1.10}'),
        ("json", '{\r\n  "a": [1,\n 2]\n}', '{    "a": [1,  2] }'),
        ("jsonb", '"\u2028\x85"', '"\u2028\x85"'),
        ("date", "0044-03-15 BC", '"0044-03-15 BC"'),
        ("timestamp with time zone", "infinity", '"infinity"'),
        ("integer[]", "{1,NULL}", '"{1,NULL}"'),
    ],
)
def test_a_value_keeps_all_it_is_in_json(kind: str, value: str | None, found: str) -> None:
    assert written("jsonl", columns(x=kind), (value,)) == f'{{"x": {found}}}\n'


@given(st.lists(st.tuples(st.none() | st.text(), st.none() | st.integers().map(str)), max_size=5))
def test_json_parses_back(rows: list[Row]) -> None:
    wanted = [{'a"\n': text, "n": number and int(number)} for text, number in rows]
    of = columns(**{'a"\n': "text", "n": "numeric"})

    assert json.loads(written("json", of, *rows)) == wanted
    assert [json.loads(line) for line in written("jsonl", of, *rows).split("\n")[:-1]] == wanted


def test_no_rows_are_an_empty_array() -> None:
    assert (written("json", columns(a="text")), written("jsonl", columns(a="text"))) == ("[]\n", "")


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_two_columns_of_one_name_are_refused_in_json(form: str) -> None:
    with pytest.raises(ConfigError, match="two columns are called 'n'"):
        written(form, [AnswerColumn("n", "integer")] * 2, ("1", "2"))


# -- Markdown and tables ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("a|b", r"a\|b"),
        ("`x` **b** [a](b)", r"\`x\` \*\*b\*\* \[a\](b)"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("$x$", r"\$x\$"),
        ("a\nb\r\nc", "a<br>b<br>c"),
        ("\\", "\\\\"),
        ("\x1b[0m", r"\\x1b\[0m"),
        (None, ""),
    ],
)
def test_nothing_in_a_markdown_cell_is_markup(cell: str | None, shown: str) -> None:
    assert written("md", columns(a="text", n="integer"), (cell, "1")).splitlines()[2] == f"| {shown} | 1 |"


def test_a_markdown_table_has_numbers_to_the_right() -> None:
    assert written("md", columns(**{"a|": "text", "n": "numeric"})) == "| a\\| | n |\n|---|---:|\n"


def test_a_table_is_aligned() -> None:
    rows = [("秀英", "1"), ("e\u0301é", "-10.5"), ("❤\ufe0f", None)]

    lines = written("table", columns(name="text", n="numeric"), *rows).splitlines()

    assert lines == [
        "name      n",
        "----  -----",
        "秀英      1",
        "e\u0301é    -10.5",
        "❤\ufe0f",
    ]


@pytest.mark.parametrize("sign", ["\x1b", "\r", "\n", "\t", "\x9b", "\u202e", "\x07"])
def test_a_table_holds_nothing_that_a_terminal_obeys(sign: str) -> None:
    lines = written("table", columns(**{f"a{sign}": "text"}), (f"x{sign}y",)).split("\n")

    assert len(lines) == 4
    assert not any(sign in line for line in lines)


def test_a_long_cell_is_cut_with_a_mark() -> None:
    assert written("table", columns(a="text"), ("x" * 61,)).splitlines()[2] == "x" * 59 + "…"


@given(st.text(max_size=30), st.integers(1, 20))
def test_what_is_shortened_fits(text: str, most: int) -> None:
    short = shortened(text, most)

    assert width(short) <= most
    assert short == text or text.startswith(short[:-1])


# -- pages ------------------------------------------------------------------------------------------------------------


class Seen(HTMLParser):
    """What a browser would find: tags, attributes, text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("evil", HOSTILE)
def test_whatever_comes_from_data_is_text_in_a_page(evil: str) -> None:
    text = f"-- title: {evil}\n-- description: {evil}\n-- chart: bar x=x y=y\nselect 1 -- {evil}"
    plain = "-- title: a\n-- description: a\n-- chart: bar x=x y=y\nselect 1 -- a"
    name = f"c{evil}"

    seen = Seen(page(text, columns(x="text", y="integer", **{name: "text"}), (evil, "1", evil)))
    wanted = Seen(page(plain, columns(x="text", y="integer", c="text"), ("a", "1", "a")))

    assert seen.tags == wanted.tags
    assert [key for key, _ in seen.attributes] == [key for key, _ in wanted.attributes]
    assert seen.texts.count(evil.replace("\x1b", "\\x1b")) >= 3


def test_a_page_fetches_and_runs_nothing() -> None:
    text = page("-- chart: bar x=x y=y\nselect 1", columns(x="text", y="integer"), ("http://evil.example", "1"))
    seen = Seen(text)

    assert {"script", "link", "img", "iframe", "object", "base", "form", "a", "use", "image"}.isdisjoint(seen.tags)
    assert not [key for key, _ in seen.attributes if key in {"src", "href", "xlink:href", "style"} or key[:2] == "on"]
    assert not re.search(r"url\(|@import", text)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in seen.attributes


def test_the_foot_says_what_an_answer_rests_on() -> None:
    text = page("-- title: A\nselect\t1", columns(a="text"))
    foot = text[text.index("<footer>") :]

    assert "As of 2026-01-31 12:00:00 UTC · publish 7 of 2026-01-30 01:02:03 UTC · minidata 0.1.0" in foot
    assert "<pre>-- title: A\nselect  1</pre>" in foot


def test_null_is_marked_and_empty_text_is_not() -> None:
    text = page("select 1", columns(a="text", n="integer"), (None, None), ("", "1"))

    assert text.count('<td class="null">∅</td>') == 2
    assert '<tr><td></td><td class="n">1</td></tr>' in text


@pytest.mark.parametrize(
    ("header", "rows", "drawn"),
    [
        ("-- chart: bar x=x y=y", [("a", "1")], True),
        ("-- chart: line x=x y=y", [("a", "1"), ("b", "2")], True),
        ("-- title: no chart", [("a", "1")], False),
        ("-- chart: bar x=x y=y", [], False),
        ("-- chart: bar x=x y=y", [("a", None), ("b", "NaN"), ("c", "Infinity")], False),
        ("-- chart: bar x=x y=z", [("a", "1")], False),
        ("-- chart: bar x=z y=y", [("a", "1")], False),
    ],
)
def test_a_chart_is_there_when_it_was_asked_for_and_can_be_drawn(header: str, rows: list[Row], drawn: bool) -> None:  # noqa: FBT001 - a case's outcome
    text = page(f"{header}\nselect 1", columns(x="text", y="numeric"), *rows)

    assert ("<svg" in text, "<figcaption>y by x</figcaption>" in text) == (drawn, drawn)


def test_a_page_says_that_only_the_first_rows_are_drawn() -> None:
    rows = [(str(n), str(n)) for n in range(MOST + 5)]

    text = page("-- chart: bar x=x y=y\nselect 1", columns(x="text", y="numeric"), *rows)

    assert f"<figcaption>y by x, the first {MOST} rows</figcaption>" in text
    assert text.count('class="bar"') == MOST
    assert text.count("<tr>") == MOST + 6


def test_a_page_is_written_as_its_rows_come() -> None:
    def endless() -> Iterator[Row]:
        while True:
            yield ("x",)

    report = Report("a", "select 1", "a.sql", "A")
    parts = html(report, ORIGIN, columns(a="text"), endless())

    assert sum(len(next(parts)) for _ in range(2_000)) > 0


# -- charts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bar", "line"])
@given(points=st.lists(st.tuples(st.text(max_size=30), st.floats(allow_nan=False, allow_infinity=False)), min_size=1))
def test_any_points_can_be_drawn(kind: str, points: list[tuple[str, float]]) -> None:
    chart = Chart("bar" if kind == "bar" else "line", "x", "y")

    drawn = ET.fromstring(svg(chart, "A <b>", points))  # noqa: S314 - our own

    places = [
        float(value) for part in drawn.iter() for key, value in part.items() if key in {"y", "y1", "cy", "height"}
    ]
    assert all(0 <= place <= 360 for place in places)


@given(st.floats(-1e12, -1e-9), st.floats(0, 1e12))
def test_ticks_are_even_and_span_all_values(low: float, high: float) -> None:
    ticks = ticks_for(low, high)

    slack = (high - low) * 1e-9
    steps = [after - before for before, after in pairwise(ticks)]
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert 2 <= len(ticks) <= 12
    assert all(math.isclose(step, steps[0], rel_tol=1e-6) for step in steps)


def test_a_bar_hangs_from_zero() -> None:
    drawn = svg(Chart("bar", "x", "y"), "A", [("a", -5.0), ("b", 5.0)])
    below, above = re.findall(r'<rect class="bar".* y="([\d.]+)" .*height="([\d.]+)"', drawn)

    assert float(above[0]) + float(above[1]) == pytest.approx(float(below[0]), abs=0.2)
    assert below[1] == above[1]


def test_bars_carry_their_numbers_where_there_is_room() -> None:
    few = svg(Chart("bar", "x", "y"), "A", [("a", 12_345.0), ("b", 7.0)])
    many = svg(Chart("bar", "x", "y"), "A", [("a", 12_345.0)] * 100)

    assert ">12.3k</text>" in few
    assert 'class="value"' not in many
    assert "<title>a: 12,345</title>" in many


def test_long_labels_are_turned_and_cut() -> None:
    short = svg(Chart("bar", "x", "y"), "A", [("jan", 1.0), ("feb", 2.0)])
    long = svg(Chart("bar", "x", "y"), "A", [(f"a long name {n}{n}{n}{n}{n}", 1.0) for n in range(10)])

    assert "rotate" not in short
    assert long.count("rotate") == 10
    assert ">a long name 000…<" in long


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (number_text, 0.0, "0"),
        (number_text, 0.05, "0.05"),
        (number_text, -12_500.0, "-12,500"),
        (number_text, 1_250_000.0, "1.25M"),
        (number_text, 3e9, "3B"),
        (number_text, 1e200, "1e+200"),
        (short_text, 999.0, "999"),
        (short_text, 23_964.12, "24k"),
        (short_text, -1_234_567.0, "-1.2M"),
    ],
)
def test_numbers_are_short(write: Callable[[float], str], value: float, text: str) -> None:
    assert write(value) == text
