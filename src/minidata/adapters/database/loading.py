"""
One Load: pages of one Run into the tables of their Stream, with what the ledger says of them, in one transaction.

    begin → claim the objects → ask the ledger → prepare the pages → ledger → quarantine → rows → commit
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psycopg.errors import DeadlockDetected, SerializationFailure

from minidata.adapters.database import ledger, merging
from minidata.adapters.database.claims import claim
from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger import Counts
from minidata.adapters.database.targets import Target
from minidata.core.errors import EngineDown, MinidataError
from minidata.core.failpoints import Failpoint, reached
from minidata.core.preparing import Prepared
from minidata.core.runs import Manifest, Page

# Makes pages ready, in their order; those that are not to be loaded are left out.
Prepare = Callable[[Sequence[Page]], Sequence[Prepared]]


@dataclass(frozen=True)
class Batch:
    """
    What one Load did: the *pages* that it loaded, by the ids of their objects in the ledger.

    *known* are the keys of objects that were loaded before, *taken* of those that another loader has in hand.
    """

    pages: dict[int, Prepared]
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

    Objects that another loader has in hand are passed over or, with *wait*, waited for. Raises what *prepare* raises,
    EngineError, LockedError, and Unheard.
    """
    keys = [page.key for page in manifest.pages]
    batch = None
    reached(Failpoint.BEFORE_BEGIN)
    try:
        with database.transaction():
            mine = claim(database, target, keys, wait=wait)
            reached(Failpoint.AFTER_CLAIM)
            known = ledger.loaded_objects(database, target, mine)
            pages = prepare([page for page in manifest.pages if page.key in mine - known])
            batch = Batch(write(database, target, manifest, pages), known, frozenset(keys) - mine)
            reached(Failpoint.BEFORE_COMMIT)
    except EngineDown as exc:
        if batch is None or not batch.pages:
            raise
        raise Unheard(exc, batch) from exc
    reached(Failpoint.AFTER_COMMIT)
    return batch


def write(database: Database, target: Target, manifest: Manifest, pages: Sequence[Prepared]) -> dict[int, Prepared]:
    """
    Write *pages* of one Run, which are claimed, inside a transaction; return them by the ids of their objects.

    Those that are loaded already are left out. Raises EngineError and LockedError.
    """
    recorded = ledger.record(database, target, manifest, pages)
    reached(Failpoint.AFTER_LEDGER)
    if recorded:
        reasons = {number: page.rejected for number, page in recorded.items()}
        ledger.quarantine_all(database, reasons, target.fingerprint)
        merging.write(database, target, manifest, recorded)
    return recorded


def was_done(database: Database, target: Target, batch: Batch) -> bool:
    """Return whether *batch*, of whose COMMIT nothing was heard, was done; waits for the server to end it."""
    with database.transaction():
        claim(database, target, [page.page.key for page in batch.pages.values()], wait=True)
        return ledger.has_object(database, next(iter(batch.pages)))


def may_pass(error: MinidataError) -> bool:
    """Return whether trying again may help: the connection is lost, or another transaction was in the way."""
    return isinstance(error, EngineDown) or isinstance(error.__cause__, DeadlockDetected | SerializationFailure)
