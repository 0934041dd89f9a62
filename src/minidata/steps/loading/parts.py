"""Pages in parts that are loaded together."""

import pickle
from collections.abc import Iterable, Iterator
from itertools import islice

from minidata.core.runs import Manifest, Page

# What a record has where its Run does not say how many there are.
_USUAL_BYTES = 300
# Bodies of one part are in memory together, and each of its objects takes a lock in Postgres, which has not many.
_MOST_BYTES = 8 * 2**20
_MOST_PAGES = 64


class WaitingRun:
    """
    A Run that is to be loaded: its *manifest*, at *key*, without its Pages, and how many there are.

    The Pages are packed, which takes a tenth of the memory, and can be gone through several times.
    """

    def __init__(self, key: str, manifest: Manifest, pages: Iterable[Page]) -> None:
        self.key = key
        self.manifest = manifest
        self.count = 0
        self.size = 0
        self._packed: list[bytes] = []
        left = iter(pages)
        while some := tuple(islice(left, _MOST_PAGES)):
            self.count += len(some)
            self.size += sum(page.size for page in some)
            self._packed.append(pickle.dumps(some))

    def __iter__(self) -> Iterator[Page]:
        """Yield the Pages in order."""
        for some in self._packed:
            yield from pickle.loads(some)  # noqa: S301 - nobody else has had them in hand


def parts_of(pages: Iterable[Page], most: float) -> Iterator[tuple[Page, ...]]:
    """Yield *pages*, in order, in parts of no more than *most* bytes, or of one page; never an empty one."""
    part: list[Page] = []
    size = 0
    for page in pages:
        if part and (size + page.size > most or len(part) == _MOST_PAGES):
            yield tuple(part)
            part, size = [], 0
        part.append(page)
        size += page.size
    if part:
        yield tuple(part)


def bytes_of(records: int, manifest: Manifest, size: int) -> float:
    """Return how many bytes a part of about so many *records* has, of a Run whose Pages have *size* bytes."""
    usual = size / manifest.records if manifest.records else _USUAL_BYTES
    return min(records * usual, _MOST_BYTES)
