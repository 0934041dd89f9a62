"""The stored pages of a Stream, each given to whatever looks at it, on all cores where there is much to look at."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from minidata.adapters.object_store import ObjectStore
from minidata.adapters.processes import Crew
from minidata.adapters.project import Project
from minidata.core.errors import StoreError
from minidata.core.runs import Manifest, Page
from minidata.core.source import Stream
from minidata.steps.stored import store_of

Result = TypeVar("Result")
Look = Callable[[Stream, Page, bytes], Result]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A page of *stream*, the one with this *number* of all that are looked at."""

    lane: ClassVar[str] = ""
    number: int
    stream: Stream
    page: Page

    @property
    def size(self) -> int:
        """How many bytes its body has."""
        return self.page.size


class _Looked(NamedTuple, Generic[Result]):
    """What was made of the page with this number; or why its object could not be read."""

    number: int
    result: Result | None
    damaged: str = ""


@dataclass(frozen=True)
class Reader(Generic[Result]):
    """Gives stored pages to *look*; what is damaged is passed over, and told in *damaged*."""

    crew: Crew[Any, _Piece, _Looked[Result]]
    store: ObjectStore
    look: Look[Result]
    damaged: list[str] = field(default_factory=list)

    def each(self, stream: Stream, keys: Iterable[str]) -> Iterator[Result]:
        """Yield what is made of each page of the Runs whose manifests are at *keys*, in their order."""
        here = partial(_look_at, self.store, self.look)
        for looked in _in_order(self.crew.each(here, self._pieces(stream, keys))):
            if looked.damaged:
                self.damaged.append(looked.damaged)
            elif looked.result is not None:
                yield looked.result

    def _pieces(self, stream: Stream, keys: Iterable[str]) -> Iterator[_Piece]:
        number = 0
        for key in keys:
            for page in self._pages(key):
                yield _Piece(number, stream, page)
                number += 1

    def _pages(self, key: str) -> Sequence[Page]:
        try:
            return Manifest.parse(key, self.store.get(key)).pages
        except StoreError as exc:
            self.damaged.append(str(exc))
            return ()


@contextmanager
def reading(project: Project, look: Look[Result]) -> Iterator[Callable[[], Reader[Result]]]:
    """
    Yield what makes a Reader of the project's store, one for each Stream; they share their processes.

    *look* and what it returns go to other processes and back: it must be a function of a module.
    """
    store = store_of(project)
    told = (replace(project, environ=dict(project.environ)), look)
    with Crew(project.settings.load.workers or os.cpu_count() or 1, _begin, told, project.redact) as crew:
        yield lambda: Reader(crew, store, look)


def _begin(told: tuple[Project, Look[Result]]) -> Callable[[_Piece], _Looked[Result]]:
    project, look = told
    # Imported here, so that Rows can come from another process.
    _ = project.sources
    return partial(_look_at, store_of(project), look)


def _look_at(store: ObjectStore, look: Look[Result], one: _Piece) -> _Looked[Result]:
    try:
        body = store.get_checked(one.page.key, one.page.sha256, one.page.size)
    except StoreError as exc:
        return _Looked(one.number, None, str(exc))
    return _Looked(one.number, look(one.stream, one.page, body))


def _in_order(found: Iterable[_Looked[Result]]) -> Iterator[_Looked[Result]]:
    """Yield *found* by their numbers; little is held back, since they come nearly so."""
    waiting: dict[int, _Looked[Result]] = {}
    number = 0
    for looked in found:
        waiting[looked.number] = looked
        while number in waiting:
            yield waiting.pop(number)
            number += 1
