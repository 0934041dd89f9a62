"""A process that dies at each place that has a name: what was lost is nothing, what the next one does is the rest."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.victims import Nursery, nursery
from loading import LOCKS, rows
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.core.failpoints import FAILPOINT, KILLED, Failpoint
from minidata.demo.flaws import expected_flaws
from minidata.demo.server import DEMO_KEY, DemoShop, serve
from minidata.steps.up import up
from tills import everything, forget_everything, kept

INGEST = [point for point in Failpoint if point.startswith("ingest.")]
LOAD = [point for point in Failpoint if point.startswith("load.")]
TABLES = ("customers", "products", "orders", "refunds")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kept(tmp_path_factory.mktemp("kept")).root


@pytest.fixture
def till(project: Project, store: Path) -> Project:
    for folder in ("sources", "object_store"):
        shutil.copytree(store / folder, project.root / folder)
    shutil.copy(store / "minidata.toml", project.root)
    project = Project(project.root)
    up(project)
    return project


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Nursery]:
    with nursery(tmp_path / "said.txt") as found:
        yield found


def ended(processes: Nursery, *arguments: str, **variables: str) -> int:
    return processes.begin(*arguments, call=None, **variables).wait()


def test_no_failpoint_is_left_out() -> None:
    """Those of a rebuild and of an analyze are come by in their own tests."""
    others = [point for point in Failpoint if point.startswith(("rebuild.", "analyze."))]
    assert [*INGEST, *LOAD, *others] == list(Failpoint)


def test_killed_at_any_failpoint_of_load_the_next_one_completes(till: Project, processes: Nursery) -> None:
    assert ended(processes, "load") == Exit.DONE, processes.log.read_text()
    expected = everything(till)
    for point in LOAD:
        forget_everything(till)
        assert ended(processes, "load", **{FAILPOINT: f"{point}:3"}) == KILLED, point
        assert ended(processes, "load") == Exit.DONE, processes.log.read_text()
        assert everything(till) == expected, point
    assert rows(till, "select relname from pg_class where relname ~ 'stage'") == []
    assert rows(till, LOCKS) == [(0,)]


@pytest.mark.parametrize("point", INGEST)
def test_killed_at_any_failpoint_of_ingest_the_next_one_completes(
    project: Project, processes: Nursery, point: Failpoint
) -> None:
    shop = DemoShop(orders=1_200)
    up(project)
    # So slow that pages are noted one by one.
    with serve(shop, api_key=DEMO_KEY, log=lambda _: time.sleep(0.06)) as api:
        known = {"SHOP_API_KEY": DEMO_KEY, "MINIDATA_SOURCES": f'{{"shop": {{"base_url": "{api.url}"}}}}'}
        assert ended(processes, "ingest", "--source=shop", **known, **{FAILPOINT: point}) == KILLED
        assert ended(processes, "ingest", "--source=shop", **known) == Exit.DONE, processes.log.read_text()
    assert ended(processes, "load", "--source=shop") == Exit.DONE, processes.log.read_text()
    assert {table: rows(project, f"select count(*) from shop.{table}")[0][0] for table in TABLES} == {
        name: flaws.rows for name, flaws in expected_flaws(shop).items()
    }


@pytest.mark.parametrize("told", ["load.nowhere", "load.after_claim:0", "load.after_claim:x"])
@pytest.mark.usefixtures("project")
def test_a_failpoint_that_is_none_is_an_error_of_configuration(processes: Nursery, told: str) -> None:
    assert ended(processes, "config", **{FAILPOINT: told}) == Exit.CONFIG
    assert processes.log.read_text().count("error: MINIDATA_FAILPOINT: ") == 1
