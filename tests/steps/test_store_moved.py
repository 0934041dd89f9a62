"""A project that moves into a bucket, and back: the same objects, so the same tables."""

from typing import Any

import pytest

from buckets import S3
from faults import Onlooker
from loading import TABLES, fetch_shop, run_sql, store_of, traced
from minidata.adapters.project import Project
from minidata.core.settings import StoreSection
from minidata.demo.server import DemoShop
from minidata.sources import SOURCES
from minidata.steps.load import load
from minidata.steps.store.copying import copy_between
from minidata.steps.store.verifying import verify
from minidata.steps.up import up

SHOP = DemoShop(orders=200)


def at(project: Project, store: StoreSection) -> Project:
    return Project(project.root, {"store": store.model_dump()}, project.environ)


def dumped(project: Project) -> dict[str, list[Any]]:
    return {table: traced(project, f"shop.{table}") for table in TABLES}


def replayed(project: Project) -> dict[str, list[Any]]:
    """What the tables are when they are made again from the store of *project*."""
    assert load(project, SOURCES).nothing_new
    run_sql(project, "drop schema shop cascade")
    assert load(project, SOURCES).counts.loaded
    return dumped(project)


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_a_project_moves_into_a_bucket_and_back(project: Project, s3: S3, compression: str) -> None:
    project = at(project, StoreSection.model_validate({"compression": compression}))
    up(project)
    fetch_shop(project, SHOP, page=100)
    load(project, SOURCES)
    before = dumped(project)
    bucket, back = s3.bucket(), StoreSection(url="back")

    copied = copy_between(project.root, project.settings.store, bucket, Onlooker())
    there = replayed(at(project, bucket))
    copy_between(project.root, bucket, back, Onlooker())
    here = replayed(at(project, back))

    assert copied.objects > 4
    assert before == there == here
    stores = [store_of(at(project, store)) for store in (project.settings.store, bucket, back)]
    assert len({tuple(store.keys("raw")) for store in stores}) == 1
    assert len({verify(store, Onlooker()) for store in stores}) == 1
    assert all((key.endswith(".zst")) == (compression == "zstd") for key in stores[0].keys() if "_run" not in key)  # noqa: SIM118 - it is no dict


def test_a_bucket_may_be_fetched_into_and_both_kinds_lie_side_by_side(project: Project, s3: S3) -> None:
    up(project)
    bucket = s3.bucket()
    for compression in ("none", "zstd"):
        there = at(project, bucket.model_copy(update={"compression": compression}))
        fetch_shop(there, SHOP, page=100)
        load(there, SOURCES)

    endings = {key.partition(".")[2] for key in store_of(there).keys("raw")}

    assert endings == {"json", "json.zst"}
    assert verify(store_of(there), Onlooker()).damaged == ()
    before = dumped(there)
    assert replayed(there) == before
