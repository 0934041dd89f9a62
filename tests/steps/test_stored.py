from pathlib import Path

import pytest

from minidata.adapters.object_store import ObjectStore
from minidata.core.runs import manifest_key, page_key
from minidata.core.settings import StoreSection
from minidata.steps.stored import finished_runs

RUNS = {
    "raw/acme/a/2026-01-30/20260130t060000000000z-0": True,
    "raw/acme/a/2026-01-31/20260131t050000000000z-1": True,
    "raw/acme/a/2026-01-31/20260131t060000000000z-2": False,
    "raw/acme/a/2026-02-01/20260201t060000000000z-3": True,
    "raw/acme/ab/2026-02-01/20260201t060000000000z-4": True,
}


@pytest.fixture(params=["objects", "memory:"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    store = ObjectStore.open(StoreSection(url=request.param), tmp_path)
    for prefix, finished in RUNS.items():
        store.put(page_key(prefix, 1), b"{}")
        if finished:
            store.put(manifest_key(prefix), b"{}")
    return store


def test_finished_runs_are_those_with_a_manifest_the_oldest_first(store: ObjectStore) -> None:
    assert [run.run[-1] for run in finished_runs(store, "acme", "a")] == ["0", "1", "3"]
    assert finished_runs(store, "acme", "none") == []


def test_on_a_disk_no_page_is_looked_at_for_them(tmp_path: Path) -> None:
    store = ObjectStore.open(StoreSection(url="objects"), tmp_path)
    (prefix, *_) = RUNS
    store.put(manifest_key(prefix), b"{}")
    (tmp_path / "objects" / page_key(prefix, 1)).symlink_to("/")

    assert [run.run[-1] for run in finished_runs(store, "acme", "a")] == ["0"]
