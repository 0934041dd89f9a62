"""The stored pages of a Stream, each given to whatever looks at it, on all cores where there is much to look at."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from minidata.adapters.object_store import ObjectStore
from minidata.adapters.processes import AHEAD, Crew
from minidata.adapters.project import Project
from minidata.core.errors import StoreError
from minidata.core.runs import Manifest, Page
from minidata.core.source import Stream
from minidata.steps.load import import_sources
from minidata.steps.stored import store_of

Result = TypeVar("Result")
# Runs are looked at together up to so many bytes: workers would wait at the end of each of many small ones.
_TOGETHER = 4 * AHEAD


@dataclass(frozen=True, slots=True)
class Body:
    """A page of *stream* and its body, which is what was stored."""

    stream: Stream
    page: Page
    body: bytes

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return len(self.body)


@dataclass(frozen=True)
class Reader:
    """Reads what is stored; what is damaged is passed over, and told in *damaged*."""

    crew: Crew
    store: ObjectStore
    damaged: list[str] = field(default_factory=list)

    def each(self, work: Callable[[Body], Result], stream: Stream, keys: Iterable[str]) -> Iterator[Result]:
        """
        Yield what *work* makes of each page of the Runs whose manifests are at *keys*, in order.

        *work* and its results go to other processes and back: *work* must be a function of a module.
        """
        for pages in self._together(keys):
            mapped = self.crew.mapper(sum(page.size for page in pages))
            yield from mapped(work, self._bodies(stream, pages))

    def _together(self, keys: Iterable[str]) -> Iterator[Sequence[Page]]:
        pages: list[Page] = []
        for key in keys:
            try:
                pages += Manifest.parse(key, self.store.get(key)).pages
            except StoreError as exc:
                self.damaged.append(str(exc))
            if sum(page.size for page in pages) >= _TOGETHER:
                yield pages
                pages = []
        yield pages

    def _bodies(self, stream: Stream, pages: Sequence[Page]) -> Iterator[Body]:
        for page in pages:
            try:
                yield Body(stream, page, self.store.get_checked(page.key, page.sha256, page.size))
            except StoreError as exc:
                self.damaged.append(str(exc))


@contextmanager
def reading(project: Project) -> Iterator[Callable[[], Reader]]:
    """Yield what makes a Reader of the project's store, one for each Stream; they share their workers."""
    store = store_of(project)
    with Crew(import_sources, str(project.root), project.redact) as crew:
        yield lambda: Reader(crew, store)
