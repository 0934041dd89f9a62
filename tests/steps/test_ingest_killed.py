"""ingest, killed without warning at any moment: nothing half done is taken for done, and the next one just works."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults import FaultServer, Heard, fault_server, said
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.project import Project
from minidata.core.runs import Manifest, RunKey
from minidata.core.settings import StoreSection
from minidata.steps.ingest import ingest

SOURCE = """
from minidata import PageNumber, Row, Source, Stream

class Order(Row):
    id: int

source = Source("shop", "http://127.0.0.1:1", [Stream("orders", "/orders", Order, "id", pages=PageNumber(size=10))])
"""
INGEST = """
import sys
from pathlib import Path
from minidata.adapters.project import Project
from minidata.steps.ingest import ingest

project = Project.find(Path(sys.argv[1]))
ingest(project, project.sources)
"""
PAGES = [json.dumps([{"id": 10 * page + row} for row in range(10)]).encode() for page in range(4)] + [b"[]"]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, server: FaultServer) -> Project:
    (tmp_path / "minidata.toml").write_text(f'[sources.shop]\nbase_url = "{server.url}"\n')
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "shop.py").write_text(SOURCE)
    return Project(tmp_path)


def whole(heard: Heard) -> bytes:
    return said(PAGES[int(heard.query["page"]) - 1])


def killed(project: Project, server: FaultServer, chance: random.Random) -> int:
    """Start an ingest and kill it in the middle of some answer, or a moment after it; return its exit code."""
    last = chance.randint(1, len(PAGES))
    end = chance.choice([0, 1, 50, 10_000])
    moment = chance.choice([0, 0.001, 0.003, 0.01])
    victim = subprocess.Popen([sys.executable, "-c", INGEST, project.root])

    def answer(heard: Heard) -> Iterator[bytes]:
        body = whole(heard)
        fatal = heard.query["page"] == str(last)
        yield body[:end] if fatal else body
        if fatal:
            server.stopping.wait(moment)
            victim.kill()

    server.says(answer)
    return victim.wait(timeout=60)


def check_store(store: ObjectStore) -> None:
    """Every object is a whole answer of the API, and every manifest's pages are there as it says."""
    for key in store.keys("raw"):
        if not RunKey.parse(key):
            assert store.get(key) in PAGES
            continue
        manifest = Manifest.parse(key, store.get(key))
        assert [store.get_checked(page.key, page.sha256, page.size) for page in manifest.pages] == PAGES


def test_twenty_kills_leave_nothing_half_done(project: Project, server: FaultServer) -> None:
    store = ObjectStore.open(StoreSection(), project.root)
    chance = random.Random(20)  # noqa: S311 - the same twenty moments each time

    codes = []
    for _ in range(20):
        codes.append(killed(project, server, chance))
        check_store(store)
    server.says(whole)
    done = ingest(project, project.sources)

    assert codes.count(-9) > 15
    assert done.failures == ()
    assert done.streams[0].records == 40
    check_store(store)
    manifests = [key for key in store.keys("raw") if RunKey.parse(key)]
    assert done.streams[0].run in manifests[-1]
    assert list(project.root.rglob(".part-*")) == []


def test_the_check_sees_what_is_half_done(project: Project, server: FaultServer) -> None:
    """The positive control of the test above."""
    server.says(whole)
    ingest(project, project.sources)
    store = ObjectStore.open(StoreSection(), project.root)
    check_store(store)
    (page,) = project.root.rglob("00002.json")
    page.write_bytes(page.read_bytes()[:-1])

    with pytest.raises(AssertionError):
        check_store(store)
