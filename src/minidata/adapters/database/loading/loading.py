"""
One Load: pages of one Run into the tables of their Stream, with what the ledger says of them, in one transaction.

    begin → claim the objects → ask the ledger → prepare the pages → ledger → quarantine → rows → commit

Where order matters the whole Stream is claimed: a history is written in the order of its objects, and a Run that
replaces another one goes in as a whole.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from psycopg.errors import DeadlockDetected, SerializationFailure

from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger import ledger
from minidata.adapters.database.ledger.claims import claim, claim_stream
from minidata.adapters.database.ledger.ledger import Counts
from minidata.adapters.database.loading import merging
from minidata.adapters.database.loading.history import rewind
from minidata.adapters.database.loading.replacing import replacing
from minidata.adapters.database.locks import naming_holder
from minidata.adapters.database.targets import Target
from minidata.core.errors import EngineDown, MinidataError
from minidata.core.failpoints import Failpoint, reached
from minidata.core.loading.encoding import NO_LINES
from minidata.core.loading.preparing import Prepared
from minidata.core.runs import Manifest, Page

# Makes pages ready, in their order; those that are not to be loaded are left out.
Prepare = Callable[[Sequence[Page]], Sequence[Prepared]]


@dataclass(frozen=True)
class Batch:
    """
    What one Load did: the *pages* that it loaded, less their lines, by the ids of their objects in the ledger.

    *known* are the keys of objects that were loaded before, *taken* of those that another loader has in hand.
    """

    pages: dict[int, Prepared] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()

    @property
    def counts(self) -> Counts:
        """What became of the records."""
        return sum((Counts.of(page) for page in self.pages.values()), Counts())


class Unheard(EngineDown):
    """The connection broke at COMMIT: whether *batch* was done, `was_done` finds out."""

    def __init__(self, cause: EngineDown, batch: Batch) -> None:
        super().__init__(str(cause), hint=cause.hint)
        self.batch = batch


def load_batch(
    database: Database, target: Target, manifest: Manifest, prepare: Prepare, *, wait: bool = False
) -> Batch:
    """
    Load the pages of *manifest*, all or nothing.

    Objects that another loader has in hand are passed over or, with *wait*, waited for. So are those of a history that
    come before what is loaded: `rewind_to` goes first. Raises what *prepare* raises, EngineError, LockedError, Unheard.
    """
    ordered = target.stream.writes == "history"
    keys = [page.key for page in manifest.pages]
    reached(Failpoint.BEFORE_BEGIN)
    with _committed(database, target) as done:
        if ordered:
            claim_stream(database, target)
        mine = claim(database, target, keys, wait=wait or ordered)
        reached(Failpoint.AFTER_CLAIM)
        known = ledger.loaded_objects(database, target, mine)
        pages = [page for page in manifest.pages if page.key in mine - known]
        if ordered and pages and _is_late(database, target, manifest.run, pages[0].number):
            done.append(Batch({}, known, frozenset(keys) - known))
        else:
            loaded = write(database, target, manifest, prepare(pages))
            done.append(Batch(loaded, known, frozenset(keys) - mine))
    return done[0]


def replace_all(  # noqa: PLR0913 - what a Run is made of
    database: Database,
    target: Target,
    manifest: Manifest,
    prepare: Prepare,
    parts: Iterable[Sequence[Page]],
    *,
    allow_shrink: bool,
) -> Batch:
    """
    Let the Run of *manifest*, in *parts* that are prepared one after the other, be all that the tables hold.

    Nothing is done, and an empty Batch is returned, when *prepare* leaves out any page. Raises as load_batch() does,
    and Shrinks when the Run has so few rows that something must be wrong with it, unless *allow_shrink*.
    """
    reached(Failpoint.BEFORE_BEGIN)
    try:
        with _committed(database, target) as done:
            claim_stream(database, target)
            reached(Failpoint.AFTER_CLAIM)
            newest = ledger.newest(database, target)
            if newest and newest[0] >= manifest.run:
                done.append(Batch(known=frozenset(page.key for page in manifest.pages)))
            else:
                with replacing(database, target, allow_shrink=allow_shrink):
                    done.append(Batch(dict(_parts(database, target, manifest, prepare, parts))))
    except _Unsound:
        return Batch()
    return done[0]


def rewind_to(database: Database, target: Target, run: str, page: int) -> None:
    """Make a history what it was before page *page* of *run*, unless nothing of it comes after; as rewind() does."""
    with database.transaction():
        claim_stream(database, target)
        if _is_late(database, target, run, page):
            rewind(database, target, run, page)


def finish_run(database: Database, target: Target, key: str, manifest: Manifest, pages: int) -> bool:
    """Note that all *pages* of the Run are loaded, if they are and nobody has; return whether it was done."""
    with database.transaction():
        if target.stream.writes in {"history", "replace"}:
            # What is loaded of these may be forgotten at any time.
            claim_stream(database, target)
        return ledger.finish_run(database, target, key, manifest, pages)


def write(database: Database, target: Target, manifest: Manifest, pages: Sequence[Prepared]) -> dict[int, Prepared]:
    """
    Write *pages* of one Run, which are claimed, inside a transaction; return them, less their lines, by their ids.

    Those that are loaded already are left out. Raises EngineError and LockedError.
    """
    recorded = ledger.record(database, target, manifest, pages) if pages else {}
    reached(Failpoint.AFTER_LEDGER)
    if recorded:
        reasons = {number: page.rejected for number, page in recorded.items()}
        ledger.quarantine_all(database, reasons, target.fingerprint)
        merging.write(database, target, manifest, recorded)
    return {number: replace(page, rows=NO_LINES, children=(), gone=NO_LINES) for number, page in recorded.items()}


def was_done(database: Database, target: Target, batch: Batch) -> bool:
    """Return whether *batch*, of whose COMMIT nothing was heard, was done; waits for the server to end it."""
    with database.transaction():
        if target.stream.writes in {"history", "replace"}:
            claim_stream(database, target)
        claim(database, target, [page.page.key for page in batch.pages.values()], wait=True)
        return ledger.has_object(database, next(iter(batch.pages)))


def may_pass(error: MinidataError) -> bool:
    """Return whether trying again may help: the connection is lost, or another transaction was in the way."""
    return isinstance(error, EngineDown) or isinstance(error.__cause__, DeadlockDetected | SerializationFailure)


class _Unsound(Exception):
    """A Run has a page that cannot be loaded."""


def _parts(
    database: Database, target: Target, manifest: Manifest, prepare: Prepare, parts: Iterable[Sequence[Page]]
) -> Iterator[tuple[int, Prepared]]:
    for pages in parts:
        prepared = prepare(pages)
        if len(prepared) < len(pages):
            raise _Unsound
        yield from write(database, target, manifest, prepared).items()


def _is_late(database: Database, target: Target, run: str, page: int) -> bool:
    newest = ledger.newest(database, target)
    return newest is not None and newest > (run, page)


@contextmanager
def _committed(database: Database, target: Target) -> Iterator[list[Batch]]:
    """One transaction, in which the one Batch that it does is put into the list; raise Unheard when COMMIT is lost."""
    done: list[Batch] = []
    try:
        with naming_holder(database, target), database.transaction():
            yield done
            reached(Failpoint.BEFORE_COMMIT)
    except EngineDown as exc:
        if not done or not done[0].pages:
            raise
        raise Unheard(exc, done[0]) from exc
    reached(Failpoint.AFTER_COMMIT)
