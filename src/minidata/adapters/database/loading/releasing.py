"""Records that leave the quarantine: into their table, in one transaction with the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger import ledger
from minidata.adapters.database.ledger.ledger import Counts
from minidata.adapters.database.ledger.quarantined import MEANT, Which
from minidata.adapters.database.loading import merging
from minidata.adapters.database.loading.precedence import lock
from minidata.adapters.database.targets import Target
from minidata.core.fitting.checking import Rejected
from minidata.core.loading.reconsidering import Places, Reconsidered
from minidata.core.runs import Manifest

_HELD = f"select distinct o.id, o.key, o.source, o.stream, o.run, o.page {MEANT} order by 3, 4, 5, 6"
_LOCK = "select 1 from minidata.object where id = %s for update"
_PLACES = "select distinct record, discarded_at is not null from minidata.quarantine where object = %s"
_KNOWN = """
select id, record, code, pointer, message, detail from minidata.quarantine where object = %s and discarded_at is null
"""
_FORGET = "delete from minidata.quarantine where id = any(%s)"
_SIGN = "update minidata.quarantine set row_fingerprint = %s where id = any(%s) and row_fingerprint <> %s"


@dataclass(frozen=True, slots=True)
class Held:
    """An object of which something is in quarantine."""

    id: int
    key: str
    source: str
    stream: str
    run: str
    page: int


def held(database: Database, which: Which) -> list[Held]:
    """Return the objects of which something that is meant is in quarantine, by Stream, the oldest first."""
    return [Held(*row) for row in database.rows(sql.SQL(_HELD), which.params)]


def places(database: Database, target: Target, object_id: int) -> tuple[Places, Places]:
    """
    Return which of the object's records are in quarantine, and which of it are discarded; lock them.

    Inside a transaction: whoever else asks waits for its end, and finds out what it did.
    """
    # In this order, as those do who forget objects.
    lock(database, target)
    database.run(_LOCK, [object_id])
    found = database.rows(_PLACES, [object_id])
    return {place for place, gone in found if not gone}, {place for place, gone in found if gone}


def release(database: Database, target: Target, manifest: Manifest, object_id: int, found: Reconsidered) -> None:
    """
    Move the records that fit into their table, and write down of the others why they still do not.

    Inside the transaction that has locked them. Raises EngineError and LockedError.
    """
    page = found.page
    ledger.settle(database, [(object_id, Counts.of(page))])
    _explain(database, object_id, page.rejected, target.fingerprint)
    if page.kept:
        merging.write(database, target, manifest, {object_id: page})


def _explain(database: Database, object_id: int, reasons: Sequence[Rejected], fingerprint: str) -> None:
    """Make *reasons* those of the object; one that was there already keeps its number and its time."""
    there = database.rows(_KNOWN, [object_id])
    known = {Rejected(*reason): number for number, *reason in there}
    stay = [known[reason] for reason in reasons if reason in known]
    database.run(_FORGET, [sorted({number for number, *_ in there} - set(stay))])
    database.run(_SIGN, [fingerprint, stay, fingerprint])
    ledger.quarantine(database, object_id, [reason for reason in reasons if reason not in known], fingerprint)
