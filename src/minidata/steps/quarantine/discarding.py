"""quarantine discard: records that nobody will mend are given up; they are kept, and counted no longer."""

from dataclasses import dataclass

from minidata.adapters.database.connection import LOADER
from minidata.adapters.database.ledger import discarding, quarantined
from minidata.adapters.database.ledger.quarantined import Which
from minidata.adapters.project import Project
from minidata.steps.engine import database


@dataclass(frozen=True)
class Discarded:
    """How many *records* were given up, and *why*."""

    records: int
    why: str | None


def discard(project: Project, which: Which, why: str | None) -> Discarded:
    """
    Note of the records that are meant that they are given up; a record with several reasons with all of them.

    Raises EngineError.
    """
    with database(project, LOADER, lock_timeout=project.settings.load.lock_timeout) as db:
        records = discarding.discard(db, which, why) if quarantined.is_there(db) else 0
    return Discarded(records, why)
