"""Pages in parts that are loaded together."""

from collections.abc import Iterator, Sequence

from minidata.core.runs import Manifest, Page

# What a record has where its Run does not say how many there are.
_USUAL_BYTES = 300
# Bodies of one part are in memory together, and each of its objects takes a lock in Postgres, which has not many.
_MOST_BYTES = 8 * 2**20
_MOST_PAGES = 64


def parts_of(manifest: Manifest, pages: Sequence[Page], records: int) -> Iterator[tuple[Page, ...]]:
    """Yield *pages* of the Run of *manifest*, in order, in parts of about so many *records*; never an empty one."""
    most = min(records * _bytes_of_a_record(manifest), _MOST_BYTES)
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


def _bytes_of_a_record(manifest: Manifest) -> float:
    size = sum(page.size for page in manifest.pages)
    return size / manifest.records if manifest.records else _USUAL_BYTES
