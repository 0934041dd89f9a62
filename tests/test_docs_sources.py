"""docs/sources.md is true: its examples are Sources, and nothing that a Source may say is missing from it."""

import re
from dataclasses import fields
from typing import Any

import pytest

import minidata
from conftest import ROOT
from minidata.core.exchange import Ask
from minidata.core.source import Cursor, Source, Stream

PAGE = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    """What the examples define, run one after the other as a person reads them."""
    names: dict[str, Any] = {"__name__": "docs_sources"}
    for number, block in enumerate(BLOCKS, start=1):
        exec(compile(block, f"docs/sources.md, example {number}", "exec"), names)  # noqa: S102 - our own page
    return names


def test_the_examples_are_sources(said: dict[str, Any]) -> None:
    assert len(BLOCKS) > 10
    assert {name for name, value in said.items() if isinstance(value, Source)} == {
        "source",
        "polite",
        "shop",
        "utils",
        "llm",
    }
    assert [said[name].name for name in ("utils", "llm")] == ["github_sqlite_utils", "llm"]


def test_the_generator_stops_where_it_says(said: dict[str, Any]) -> None:
    pages = said["by_year"](Ask("https://api.example.com/v1/orders"))

    assert [next(pages).params["year"], pages.send({"data": [1]}).params["year"]] == [2026, 2025]
    with pytest.raises(StopIteration):
        pages.send({"data": []})


def test_nothing_that_may_be_said_is_missing() -> None:
    names = {*minidata.__all__, *(one.name for kind in (Source, Stream, Cursor) for one in fields(kind))} - {"Project"}

    assert sorted(name for name in names if not re.search(rf"\b{name}\b", PAGE)) == []
