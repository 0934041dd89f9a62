"""What tests of ingest stand on: a project on a clock that does not wait, and a Source of one Stream."""

from pathlib import Path
from typing import Any

from faults import Onlooker, TurnedClock
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.project import Project
from minidata.core.auths import Auth
from minidata.core.rows import Row
from minidata.core.runs import Manifest, RunKey
from minidata.core.settings import StoreSection
from minidata.core.source import Source, Stream
from minidata.steps.ingest import Failure, Ingested, IngestedStream, ingest

SECRET = "canary-s3cr3t"


class Order(Row):
    id: int


class Desk:
    """A project of its own, on a clock that does not wait."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environ = {"SHOP_API_KEY": SECRET}
        self.clock = TurnedClock()
        self.watch = Onlooker()
        self.says("")

    def says(self, settings: str) -> None:
        """Write *settings* into minidata.toml."""
        (self.root / "minidata.toml").write_text(settings)

    @property
    def project(self) -> Project:
        return Project(self.root, environ=self.environ)

    @property
    def store(self) -> ObjectStore:
        return ObjectStore.open(StoreSection(), self.root)

    def ingest(self, *sources: Source, **options: Any) -> Ingested:
        by_name = {source.name: source for source in sources}
        self.clock.sleep(1)
        return ingest(self.project, by_name, clock=self.clock, watch=self.watch, **options)

    def one(self, *sources: Source, **options: Any) -> IngestedStream:
        done = self.ingest(*sources, **options)
        assert done.failures == ()
        (stream,) = done.streams
        return stream

    def failure(self, *sources: Source, **options: Any) -> Failure:
        done = self.ingest(*sources, **options)
        assert done.streams == ()
        (failure,) = done.failures
        assert done.exit_code == failure.exit_code
        return failure

    @property
    def keys(self) -> list[str]:
        return list(self.store.keys())

    @property
    def bodies(self) -> list[str]:
        """The keys of what the API sent."""
        return [key for key in self.keys if not key.rpartition("/")[2].startswith("_")]

    @property
    def manifests(self) -> list[Manifest]:
        return [Manifest.parse(key, self.store.get(key)) for key in self.keys if RunKey.parse(key)]


def shop(url: str, auth: Auth | None = None, **stream: Any) -> Source:
    return Source("shop", url, (Stream(**{"name": "orders", "path": "/orders", "row": Order, **stream}),), auth)
