"""Sources run against a server that none of us wrote: datasette, which serves SQLite tables over a JSON API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from datasettes import ROWS, serving_datasette
from loading import rows
from minidata.adapters.database.ledger.ledger import Counts
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.project import Project
from minidata.core.bodies.payload import parse
from minidata.core.pages import NextUrl
from minidata.core.rows import Row
from minidata.core.runs import Manifest, RunKey
from minidata.core.settings import StoreSection
from minidata.core.source import Source, Stream
from minidata.steps.ingest import ingest
from minidata.steps.load import load
from minidata.steps.up import up


class City(Row):
    id: int
    name: str
    area: float
    note: str | None


@pytest.fixture
def datasette(tmp_path: Path) -> Iterator[str]:
    with serving_datasette(tmp_path) as url:
        yield url


def places(url: str) -> Source:
    """The Source that a user would write for it."""
    cities = Stream(
        "cities",
        path="/places/city.json",
        row=City,
        key="id",
        records="rows",
        params={"_shape": "objects", "_size": 100},
        pages=NextUrl("next_url"),
    )
    return Source("places", url, [cities])


def test_all_rows_come_page_by_page(datasette: str, tmp_path: Path) -> None:
    (tmp_path / "minidata.toml").write_text("")

    done = ingest(Project(tmp_path), {"places": places(datasette)})

    assert done.failures == ()
    assert (done.streams[0].pages, done.streams[0].records) == (13, 1_203)
    store = ObjectStore.open(StoreSection(), tmp_path)
    (manifest,) = [Manifest.parse(key, store.get(key)) for key in store.keys("raw") if RunKey.parse(key)]
    bodies = [store.get_checked(page.key, page.sha256, page.size) for page in manifest.pages]
    records = [record for body in bodies for record in parse(body)["rows"]]
    assert [tuple(record.values()) for record in records] == ROWS


def test_all_rows_are_loaded(datasette: str, project: Project) -> None:
    up(project)
    sources = {"places": places(datasette)}
    ingest(project, sources)

    done = load(project, sources)

    assert (done.streams[0].objects, done.counts) == (13, Counts(fetched=1_203, loaded=1_203))
    assert rows(project, "select id, name, area, note from places.cities order by id") == ROWS
