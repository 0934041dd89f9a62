"""Tables on terminals of any width."""

import re
import sys

import pytest

from minidata.cli.desk import Desk
from minidata.cli.drawing.tables import draw

HEADS = ("stream", "records", "deduplicated", "first in", "why")
RUN = "20260131t060000000000z-4d4e0ceb/1"
ROWS = [
    ("shop.orders", 5007, 1, RUN, "Input should be an ISO 8601 date and time with its zone"),
    ("shop.customers", 626, 0, RUN, "顧客の名前 と 住所"),
]


def drawn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int, heads: tuple[str, ...] = HEADS
) -> list[str]:
    """Return the lines of the table in a terminal that is *width* wide."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    draw(Desk(None, as_json=False, quiet=False), heads, ROWS)
    return re.sub(r"\x1b\[\d*m", "", capsys.readouterr().out).splitlines()


def test_where_there_is_room_a_row_is_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drawn(monkeypatch, capsys, 160) == [
        "stream          records  deduplicated  first in                           why",
        f"shop.orders       5,007             1  {RUN}  {ROWS[0][4]}",
        f"shop.customers      626             0  {RUN}  {ROWS[1][4]}",
    ]


def test_prose_is_folded_before_a_name_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = drawn(monkeypatch, capsys, 80)

    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["stream", "records", "deduplic", "first", "in", "why"]
    assert lines[2].split(maxsplit=4) == ["shop.orders", "5,007", "1", RUN, "Input"]
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == [
        "stream",
        "shop.orders",
        "shop.customers",
    ]


def test_what_is_too_wide_is_told_in_blocks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = drawn(monkeypatch, capsys, 60)

    assert lines[:6] == [
        "stream        shop.orders",
        "records       5,007",
        "deduplicated  1",
        f"first in      {RUN}",
        "why           Input should be an ISO 8601 date and time with",
        "              its zone",
    ]
    assert lines[6:8] == ["", "stream        shop.customers"]


def test_no_terminal_folds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    draw(Desk(None, as_json=False, quiet=False), HEADS, [(*ROWS[0][:4], "word " * 100)])

    assert [len(line) > 500 for line in capsys.readouterr().out.splitlines()] == [False, True]
