"""load, killed at any moment, left by its database, or doubled: nothing is lost, nothing comes twice."""

import json
import random
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from loading import begin, check_books, ended, fetch_shop, objects, objects_in, run_sql, traced, until
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.demo.flaws import STREAMS, expected_flaws
from minidata.demo.server import DemoShop
from minidata.sources import SOURCES
from minidata.steps.down import down
from minidata.steps.engine import database
from minidata.steps.load import load
from minidata.steps.up import up

SHOP = DemoShop(orders=10_000)
EXPECTED = {stream: flaws.rows for stream, flaws in expected_flaws(SHOP).items()}
# A transaction for each page.
SMALL = {"MINIDATA_LOAD_BATCH": "100"}


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The object store of a project that has fetched the shop."""
    folder = tmp_path_factory.mktemp("fetched")
    (folder / "minidata.toml").touch()
    fetch_shop(Project(folder), SHOP, page=100)
    return folder / "object_store"


@pytest.fixture
def shop(project: Project, fetched: Path) -> Project:
    """A project that has fetched the shop, its database prepared."""
    shutil.copytree(fetched, project.root / "object_store")
    up(project)
    return project


@pytest.fixture
def embedded(tmp_path: Path, fetched: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """The same with a Postgres of its own."""
    folder = tmp_path / "embedded"
    (folder / "sql").mkdir(parents=True)
    (folder / "minidata.toml").write_text('[engine]\nkind = "embedded"\n')
    init = Path(__file__).parents[2] / "sql" / "init.sql"
    (folder / "sql" / "init.sql").write_bytes(init.read_bytes())
    shutil.copytree(fetched, folder / "object_store")
    for name in ("KIND", "URL"):
        monkeypatch.delenv(f"MINIDATA_ENGINE_{name}", raising=False)
    project = Project(folder)
    up(project)
    yield project
    down(project, volumes=True)


def everything(project: Project) -> list[Any]:
    return [traced(project, f"shop.{stream}") for stream in STREAMS]


def forget_everything(project: Project) -> None:
    run_sql(project, "drop schema shop cascade", "truncate minidata.run, minidata.object cascade")


def undisturbed(project: Project) -> tuple[list[Any], float, int]:
    """Load the shop without a kill; return its rows, how long it took, and the number of objects. Then forget it."""
    begun = time.monotonic()
    assert ended(begin(project, "load", **SMALL))[0] == Exit.DONE
    seconds = time.monotonic() - begun
    found = everything(project), seconds, objects(project)
    forget_everything(project)
    return found


def killed(project: Project, chance: random.Random, seconds: float) -> int:
    """
    Start a load and kill it; return its exit code.

    Now and then anywhere in the *seconds* that a load takes, else within a few transactions after some of its own.
    """
    more = chance.randint(0, 5)
    with database(project, None) as db:
        target = objects_in(db) + more
        process = begin(project, "load", **SMALL)
        until(lambda: objects_in(db) >= target or process.poll() is not None)
    time.sleep(chance.random() * (0.05 if more else seconds))  # the moment is the test: nothing is waited for
    process.kill()
    return ended(process)[0]


def test_twenty_kills_lose_nothing_and_double_nothing(shop: Project) -> None:
    expected, seconds, total = undisturbed(shop)
    chance = random.Random(7)  # noqa: S311 - the same twenty moments each time

    codes, cuts = [], set()
    for _ in range(20):
        codes.append(killed(shop, chance, seconds))
        check_books(shop)
        cuts.add(objects(shop))
        if objects(shop) == total:
            forget_everything(shop)
    code, _, err = ended(begin(shop, "load", **SMALL))

    assert (code, err.count("error")) == (Exit.DONE, 0)
    assert everything(shop) == expected
    check_books(shop, EXPECTED)
    # The control: they were cut, at different places, and not only before the first row or after the last.
    assert codes.count(-signal.SIGKILL) > 10
    assert len(cuts - {0, total}) > 5


def test_the_check_sees_a_row_too_many_and_one_too_few(shop: Project) -> None:
    """The positive control of the test above."""
    load(shop, SOURCES, source="shop")
    check_books(shop, EXPECTED)
    run_sql(shop, "delete from shop.refunds where id = 7")
    with pytest.raises(AssertionError):
        check_books(shop)
    run_sql(shop, "delete from minidata.object where id = (select max(_object) from shop.refunds)")
    with pytest.raises(AssertionError):
        check_books(shop)


def test_two_at_once_are_as_good_as_one(shop: Project) -> None:
    both = [begin(shop, "load", "--json", **SMALL) for _ in range(2)]

    outcomes = [ended(process) for process in both]

    assert [code for code, _, _ in outcomes] == [Exit.DONE, Exit.DONE]
    check_books(shop, EXPECTED)
    streams = [one for _, out, _ in outcomes for one in json.loads(out)["result"]["streams"]]
    for name, flaws in expected_flaws(SHOP).items():
        told = [one for one in streams if one["stream"] == name]
        assert sum(one["counts"]["fetched"] for one in told) == flaws.fetched
        assert sum(sum(one["reasons"].values()) for one in told) == flaws.broken
    assert sum(one["objects"] for one in streams) == objects(shop)


def test_a_database_that_dies_is_one_line_and_the_next_load_completes(embedded: Project) -> None:
    process = begin(embedded, "load", **SMALL)
    until(lambda: objects(embedded) > 3)
    server = psutil.Process(int((embedded.root / ".minidata/postgres/postmaster.pid").read_text().split()[0]))
    server.kill()
    code, out, err = ended(process)

    assert code == Exit.ENGINE, err
    assert out == ""
    told = err.splitlines()
    assert [line for line in told if line.startswith("error: ")] == told[:1]
    assert [line.split(":")[0] for line in told] == ["error", "hint"]
    up(embedded)
    check_books(embedded)
    assert objects(embedded) > 3
    assert ended(begin(embedded, "load", **SMALL))[0] == Exit.DONE
    check_books(embedded, EXPECTED)


def test_workers_do_not_outlive_a_killed_load(shop: Project) -> None:
    code = "import minidata.adapters.processes as p; p.WORTH_WORKERS = p.AHEAD = 1"
    process = begin(shop, "load", code=code, **SMALL)
    parent = psutil.Process(process.pid)
    until(lambda: objects(shop) > 10)
    children = parent.children(recursive=True)
    assert len(children) >= 2
    process.kill()

    _, alive = psutil.wait_procs(children, timeout=20)

    for one in alive:
        one.kill()
    assert alive == []
    assert ended(process)[0] == -signal.SIGKILL
    assert ended(begin(shop, "load", code=code, **SMALL))[0] == Exit.DONE
    check_books(shop, EXPECTED)
