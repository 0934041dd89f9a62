"""A project that fetches from a changing API, on a clock that does not wait."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from faults.changing import ChangingApi
from faults.onlookers import TurnedClock
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.project import Project
from minidata.core.settings import StoreSection
from minidata.core.source import Source
from minidata.steps.ingest import Ingested, ingest

_SETTINGS = '[http]\nattempts = 2\n[sources.depot]\nbase_url = "{}"\n'


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A folder that is flushed at once, where there is such a thing: a test may write thousands of files."""
    memory = Path("/dev/shm")  # noqa: S108 - the system's own place for it
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@dataclass
class Desk:
    """A project of its own on a clock that does not wait; *skew* is how wrong that clock is."""

    root: Path
    api: ChangingApi
    source: Source
    skew: timedelta = timedelta(0)
    clock: TurnedClock = field(default_factory=TurnedClock)

    def __post_init__(self) -> None:
        (self.root / "minidata.toml").write_text(_SETTINGS.format(self.api.url))

    @property
    def store(self) -> ObjectStore:
        return ObjectStore.open(StoreSection(), self.root)

    def ingest(self, *, others: Sequence[Source] = (), **options: Any) -> Ingested:
        # The clock is the API's, so much ahead, and never stands still.
        missing = (self.api.table.now + self.skew - self.clock.now()).total_seconds()
        self.clock.sleep(max(missing, 0) + 0.001)
        sources = {source.name: source for source in (self.source, *others)}
        return ingest(Project(self.root, environ={}), sources, clock=self.clock, **options)

    def done(self, **options: Any) -> Ingested:
        done = self.ingest(**options)
        assert done.failures == ()
        return done
