"""Which objects are to be loaded: those of finished Runs that the ledger does not know, in tasks of a few pages."""

from collections.abc import Iterator, Sequence

from minidata.adapters.database import ledger
from minidata.adapters.database.tables import ensure_tables
from minidata.adapters.object_store import ObjectStore
from minidata.core.errors import StoreError
from minidata.core.runs import Manifest, Page
from minidata.steps.loading.hand import Hand
from minidata.steps.loading.telling import Tally
from minidata.steps.loading.working import Task
from minidata.steps.stored import finished_runs

# What a record has where its Run does not say how many there are.
_USUAL_BYTES = 300
# Bodies of one task are in memory together, and each of its objects takes a lock in Postgres, which has not many.
_MOST_BYTES = 8 * 2**20
_MOST_PAGES = 128


def planned(hand: Hand, store: ObjectStore, tally: Tally, batch: int) -> Iterator[Task]:
    """
    Yield the tasks that load what is new of one Stream, about *batch* records each, and note its Runs in *tally*.

    A Stream of which nothing was ever fetched gets no table. Raises StoreError, EngineError, LockedError, RefusedError.
    """
    target = tally.target
    keys = [run.key for run in finished_runs(store, target.source, target.stream.name)]
    if not keys:
        return
    tally.changes = hand.do(lambda database: ensure_tables(database, target))
    hand.do(lambda database: ledger.check_whole(database, target))
    known = hand.do(lambda database: ledger.loaded_runs(database, target))
    for key in keys:
        if key not in known:
            yield from _of_run(hand, store, tally, key, batch)


def _of_run(hand: Hand, store: ObjectStore, tally: Tally, key: str, batch: int) -> Iterator[Task]:
    try:
        manifest = Manifest.parse(key, store.get(key))
    except StoreError as exc:
        tally.damaged.append(str(exc))
        return
    known = hand.do(lambda database: ledger.loaded_pages(database, tally.target, manifest.run))
    pages = [page for page in manifest.pages if page.key not in known]
    tally.expect(key, manifest, len(pages))
    for some in _chunks(pages, batch * _bytes_of_a_record(manifest)):
        yield Task(tally.target, manifest.model_copy(update={"pages": some}))


def _bytes_of_a_record(manifest: Manifest) -> float:
    size = sum(page.size for page in manifest.pages)
    return size / manifest.records if manifest.records else _USUAL_BYTES


def _chunks(pages: Sequence[Page], size: float) -> Iterator[tuple[Page, ...]]:
    """Yield *pages*, in order, in groups of about *size* bytes; never an empty one."""
    most = min(size, _MOST_BYTES)
    group: list[Page] = []
    held = 0
    for page in pages:
        if group and (held + page.size > most or len(group) >= _MOST_PAGES):
            yield tuple(group)
            group, held = [], 0
        group.append(page)
        held += page.size
    if group:
        yield tuple(group)
