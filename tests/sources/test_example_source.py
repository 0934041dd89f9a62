"""The Source a newcomer copies, and the public names it is written with."""

import subprocess
import sys
from pathlib import Path

import pytest

import minidata
from minidata.adapters.project import Project
from minidata.core.fitting.checking import checker_of
from minidata.demo.records import DemoShop
from minidata.sources import SOURCES

ROOT = Path(__file__).parents[2]


def test_the_repositorys_project_has_the_example_and_nothing_else() -> None:
    sources = Project(ROOT).sources

    assert list(sources) == ["example"]
    assert not sources.keys() & SOURCES.keys()
    assert [stream.name for stream in sources["example"].streams] == ["customers"]


def test_the_example_fits_the_bundled_api() -> None:
    shop = DemoShop(orders=80)
    (stream,) = Project(ROOT).sources["example"].streams
    records = [shop.customer(number) for number in range(1, shop.customers + 1)]

    page = checker_of(stream.row).check(records)

    assert page.rejected == ()
    assert [row["wants_mail"] for row in page.rows] == [record["newsletter"] for record in records]


@pytest.mark.parametrize("name", minidata.__all__)
def test_a_public_name_is_there_when_asked_for(name: str) -> None:
    assert getattr(minidata, name).__name__ == name
    assert name in dir(minidata)


def test_a_name_that_is_not_public_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'minidata' has no attribute 'Sauce'"):
        _ = minidata.Sauce  # type: ignore[attr-defined]


def test_importing_minidata_imports_nothing_heavy() -> None:
    code = (
        "import sys, minidata; print(*sorted({m.split('.')[0] for m in sys.modules} & {'pydantic', 'dotenv', 'httpx'}))"
    )

    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout

    assert loaded.split() == []
