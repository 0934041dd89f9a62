"""load, killed at any moment, left by its database, or doubled: nothing is lost, nothing comes twice."""

import json
import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psutil
import pytest
from pydantic import SecretStr

from faults.commits import Fate, commit_line
from faults.victims import Nursery, nursery
from loading import begin, ended, objects, rows, run_sql, store_of, until
from minidata.adapters.database.ledger.claims import claim
from minidata.adapters.database.targets import Target
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.core.rows import fingerprint
from minidata.steps.down import down
from minidata.steps.engine import database
from minidata.steps.load import load
from minidata.steps.up import up
from tills import OBJECTS, everything, forget_everything, kept

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

KILLS = int(os.environ.get("MINIDATA_TEST_KILLS", "80"))
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
    init = Path(__file__).parents[3] / "sql" / "init.sql"
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
    assert pair[0].begin("load").wait() == Exit.DONE, said(pair)
    expected = everything(till)
    forget_everything(till)
    chance = random.Random(7)  # noqa: S311 - the same moments each time
    killed, whole, longest = 0, 0, 0.2
    while killed < KILLS:
        loaders = [one.begin("load") for one in pair[: chance.randint(1, 2)]]
        for loader in loaders[: chance.randint(1, 2)]:
            time.sleep(chance.random() * longest)  # the moment is the test: nothing is waited for
            loader.kill()
        codes = [loader.wait() for loader in loaders]
        assert set(codes) <= {-signal.SIGKILL, Exit.DONE}, said(pair)
        killed += codes.count(-signal.SIGKILL)
        # As fast as the machine is now: most are to be cut, each a little further on.
        longest *= 0.9 if Exit.DONE in codes else 1.02
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


def test_two_at_once_load_everything_once(till: Project) -> None:
    load(till, till.sources)
    expected = everything(till)
    forget_everything(till)

    outcomes = [ended(process) for process in [begin(till, "load", "--json") for _ in range(2)]]

    assert [code for code, _, _ in outcomes] == [Exit.DONE, Exit.DONE], outcomes
    assert everything(till) == expected
    streams = [one for _, out, _ in outcomes for one in json.loads(out)["result"]["streams"]]
    assert sum(one["objects"] for one in streams) == OBJECTS


def test_what_another_loader_has_in_hand_is_waited_for(till: Project) -> None:
    """And when that one dies, it is loaded here."""
    load(till, till.sources, stream="till.visits")
    run_sql(
        till,
        "set local minidata.forgets = 'on'",
        "delete from minidata.quarantine",
        "delete from minidata.run",
        "delete from minidata.object",
        "delete from till.visits",
    )
    keys = [key for key in store_of(till).keys("raw/till/visits") if not key.endswith("_run.json")]
    with database(till, None) as other:
        other.run("begin")
        claim(other, target_of(till, "visits"), keys[3:5])
        other_dies = threading.Timer(0.5, other.connection.close)
        other_dies.start()

        done = load(till, till.sources, stream="till.visits")

    assert done.streams[0].objects == len(keys)
    assert rows(till, "select count(distinct _object) from till.visits") == [(len(keys),)]


def test_a_worker_that_is_killed_is_one_line_and_the_next_load_completes(till: Project) -> None:
    load(till, till.sources)
    expected = everything(till)
    forget_everything(till)
    process = begin(till, "load", "--workers=2", code=SPREAD)
    until(lambda: objects(till) > 3)
    worker = next(one for one in psutil.Process(process.pid).children() if "--multiprocessing-fork" in one.cmdline())
    worker.kill()
    code, out, err = ended(process)

    assert (code, out) == (Exit.ENGINE, ""), err
    assert err.splitlines() == [
        "error: a worker process was killed",
        "hint: what was finished is kept; the next `minidata load` goes on",
    ]
    load(till, till.sources)
    assert everything(till) == expected


def test_workers_do_not_outlive_a_killed_load(till: Project) -> None:
    process = begin(till, "load", "--workers=2", code=SPREAD)
    until(lambda: objects(till) > 3)
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 2
    process.kill()

    _, alive = psutil.wait_procs(children, timeout=20)

    for one in alive:
        one.kill()
    assert alive == []
    assert ended(process)[0] == -signal.SIGKILL


def test_a_database_that_dies_is_one_line_and_the_next_load_completes(embedded: Project) -> None:
    process = begin(embedded, "load", MINIDATA_LOAD_BATCH="1")
    until(lambda: objects(embedded) > 3)
    server(embedded).kill()
    code, out, err = ended(process)

    assert (code, out) == (Exit.ENGINE, ""), err
    assert [line.split(":")[0] for line in err.splitlines()] == ["error", "hint"]
    assert "Postgres went away" in err
    assert "hint: its log says: " in err
    up(embedded)
    load(embedded, embedded.sources)
    assert objects(embedded) == OBJECTS


def test_a_database_that_comes_back_is_loaded_into_as_if_nothing_had_been(embedded: Project) -> None:
    process = begin(embedded, "load", MINIDATA_LOAD_BATCH="1")
    for before in (3, 9, 15):
        until(partial(has_more, embedded, before))
        postgres = server(embedded)
        postgres.send_signal(signal.SIGQUIT)  # as pg_ctl stop --mode=immediate does
        psutil.wait_procs([postgres], timeout=20)
        up(embedded)
    code, _, err = ended(process)

    assert (code, "error" in err) == (Exit.DONE, False), err
    again = everything(embedded)
    forget_everything(embedded)
    load(embedded, embedded.sources)
    assert everything(embedded) == again


def has_more(project: Project, than: int) -> bool:
    return objects(project) > than


def server(project: Project) -> psutil.Process:
    return psutil.Process(int((project.root / ".minidata/postgres/postmaster.pid").read_text().split()[0]))


def target_of(project: Project, stream: str) -> Target:
    found = project.sources["till"].stream(stream)
    return Target("till", found, fingerprint(found.row))


def test_from_an_empty_database_everything_comes_again(till: Project) -> None:
    load(till, till.sources)
    before = everything(till)
    run_sql(till, "drop schema till, minidata, minidata_build, analytics cascade")
    up(till)

    load(till, till.sources)

    assert everything(till) == before


def test_the_check_sees_a_row_too_many_and_one_too_few(till: Project) -> None:
    """The positive control of all of the above."""
    load(till, till.sources)
    before = everything(till)
    run_sql(
        till, "delete from till.visits where (_object, _record) = (select _object, _record from till.visits limit 1)"
    )
    assert everything(till) != before
    run_sql(till, "set local minidata.forgets = 'on'", "delete from minidata.run")
    assert everything(till)["run"] == []
