"""docs/loading.md is true: its examples are Sources, and it knows every code and every mode."""

import re
from typing import Any, get_args

import pytest

from conftest import ROOT
from minidata.core.drifting.finding import Code
from minidata.core.source import Mode, Source
from minidata.core.tables import tables_of

PAGE = (ROOT / "docs" / "loading.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
CORE = ROOT / "src" / "minidata" / "core"
MAKERS = ("codes", "payload", "apart", "checking", "holding", "preparing", "encoding", "exact_times", "exact_numbers")


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    """What the examples define, run one after the other as a person reads them."""
    names: dict[str, Any] = {"__name__": "docs_loading"}
    for number, block in enumerate(BLOCKS, start=1):
        exec(compile(block, f"docs/loading.md, example {number}", "exec"), names)  # noqa: S102 - our own page
    return names


def test_the_examples_are_a_source_whose_tables_are_as_told(said: dict[str, Any]) -> None:
    source = said["source"]
    assert isinstance(source, Source)

    orders, rates, shelves = ([table.name for table in tables_of(stream)] for stream in source.streams)

    assert (orders, rates, shelves) == (
        ["orders", "orders_items"],
        ["rates", "rates_items"],
        ["shelves", "shelves_items"],
    )
    assert [column.name for column in tables_of(source.stream("orders"))[1].links] == ["_parent_id", "_position"]


def test_every_code_of_the_quarantine_is_explained() -> None:
    texts = [path.read_text(encoding="utf-8") for path in CORE.rglob("*.py") if path.stem in MAKERS]
    codes = {code for text in texts for code in re.findall(r'"([A-Z]+(?:_[A-Z0-9]+)*)"', text) if len(code) > 4}

    assert len(codes) > 15
    assert sorted(code for code in codes if f"`{code}`" not in PAGE) == []


def test_every_kind_of_drift_is_explained() -> None:
    assert [code for code in get_args(Code) if f"| `{code}` |" not in PAGE] == []


def test_every_mode_is_explained() -> None:
    assert [mode for mode in get_args(Mode) if f'`"{mode}"`' not in PAGE] == []
