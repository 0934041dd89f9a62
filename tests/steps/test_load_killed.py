"""load, killed at any moment, left by its database, or doubled: nothing is lost, nothing comes twice."""

import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from faults.commits import Fate, commit_line
from faults.victims import Nursery, nursery
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.steps.down import down
from minidata.steps.load import load
from minidata.steps.up import up
from tills import everything, forget_everything, kept

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

KILLS = int(os.environ.get("MINIDATA_TEST_KILLS", "300"))
LOST = int(os.environ.get("MINIDATA_TEST_LOST_COMMITS", "50"))
# Each page is enough for workers to be worth while.
SPREAD = "import minidata.adapters.processes as p; p.WORTH_WORKERS = 1"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kept(tmp_path_factory.mktemp("kept")).root


@pytest.fixture
def till(project: Project, store: Path) -> Project:
    _copy(store, project.root)
    shutil.copy(store / "minidata.toml", project.root)
    up(project)
    return project


@pytest.fixture
def embedded(tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """The same with a Postgres of its own."""
    folder = tmp_path / "embedded"
    (folder / "sql").mkdir(parents=True)
    (folder / "minidata.toml").write_text('[engine]\nkind = "embedded"\n')
    init = Path(__file__).parents[2] / "sql" / "init.sql"
    (folder / "sql" / "init.sql").write_bytes(init.read_bytes())
    _copy(store, folder)
    for name in ("KIND", "URL"):
        monkeypatch.delenv(f"MINIDATA_ENGINE_{name}", raising=False)
    project = Project(folder)
    up(project)
    yield project
    down(project, volumes=True)


def _copy(store: Path, folder: Path) -> None:
    for part in ("sources", "object_store"):
        shutil.copytree(store / part, folder / part)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[list[Nursery]]:
    """Two who load at the same time, each as if on a machine of its own."""
    with ExitStack() as stack:
        yield [stack.enter_context(nursery(tmp_path / f"said-{number}.txt")) for number in range(2)]


def said(pair: list[Nursery]) -> str:
    return "".join(one.log.read_text() for one in pair if one.log.exists())


def test_kills_lose_nothing_and_double_nothing(till: Project, pair: list[Nursery]) -> None:
    """In every second round there are two, of whom one is killed, or both; each begins where the last one ended."""
    begun = time.monotonic()
    assert pair[0].begin("load").wait() == Exit.DONE, said(pair)
    seconds = time.monotonic() - begun
    expected = everything(till)
    forget_everything(till)
    chance = random.Random(7)  # noqa: S311 - the same moments each time
    killed, whole = 0, 0
    while killed < KILLS:
        loaders = [one.begin("load") for one in pair[: chance.randint(1, 2)]]
        for loader in loaders[: chance.randint(1, 2)]:
            time.sleep(chance.random() * seconds / 3)  # the moment is the test: nothing is waited for
            loader.kill()
        codes = [loader.wait() for loader in loaders]
        assert set(codes) <= {-signal.SIGKILL, Exit.DONE}, said(pair)
        killed += codes.count(-signal.SIGKILL)
        if Exit.DONE in codes:
            assert everything(till) == expected
            forget_everything(till)
            whole += 1
    assert pair[0].begin("load").wait() == Exit.DONE, said(pair)

    assert everything(till) == expected
    # The control: many were cut more than once on their way.
    assert whole < killed
    assert said(pair).count("error") == 0


def test_a_commit_that_is_not_answered_is_neither_lost_nor_done_twice(till: Project, database_url: SecretStr) -> None:
    whole = load(till, till.sources)
    expected = everything(till)
    made: list[Fate] = ["answered"] * 14
    fates: list[Fate] = ["unheard", "answered", "unsent", "unheard", "answered"]
    with commit_line(database_url.get_secret_value()) as (line, url):
        small = Project(till.root, {"load": {"batch": 1}, "engine": {"url": url}})
        while line.cut < LOST:
            forget_everything(till)
            # The ledger and the tables are made before.
            line.fates.extend(made + fates * 40)
            done = load(small, till.sources)

            assert everything(till) == expected
            assert [(one.objects, one.counts) for one in done.streams] == [
                (one.objects, one.counts) for one in whole.streams
            ]
            line.fates.clear()
