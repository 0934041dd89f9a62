"""quarantine list: what is in quarantine, in groups or record by record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from minidata.adapters.database.connection import ANALYST
from minidata.adapters.database.ledger import quarantined
from minidata.adapters.database.ledger.quarantined import Group, Reason, Which
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError
from minidata.core.fetching.windows import moment_of
from minidata.core.source import Source, chosen_streams
from minidata.steps.engine import database


@dataclass(frozen=True)
class Listed:
    """
    What is in quarantine: *records* that are meant, in *groups*; *more* says that there are more groups than these.

    *discarded* is whether these are the ones that are given up.
    """

    records: int
    groups: tuple[Group, ...]
    more: bool
    discarded: bool


@dataclass(frozen=True)
class ListedRecords:
    """Each reason that is meant, in the order of the records; *more* says that there are more than these."""

    records: int
    reasons: tuple[Reason, ...]
    more: bool
    discarded: bool


def which_of(  # noqa: PLR0913 - each is an option of the command, given by name
    sources: Mapping[str, Source],
    *,
    source: str | None = None,
    stream: str | None = None,
    code: str | None = None,
    since: str | None = None,
    until: str | None = None,
    run: str | None = None,
    discarded: bool = False,
) -> Which:
    """
    Return what of the quarantine is meant. *since* and *until* are dates, or times with a zone.

    Raises UnknownName for a Source or a Stream that the project does not have, ConfigError for what is no time.
    """
    if source or stream:
        owner, one = chosen_streams(sources, source, stream)[0]
        source, stream = owner.name, one.name if stream else None
    return Which(
        source=source,
        stream=stream,
        code=code.upper() if code else None,
        since=_moment("--since", since),
        until=_moment("--until", until),
        run=run,
        discarded=discarded,
    )


def list_groups(project: Project, which: Which, *, limit: int) -> Listed:
    """Return what is meant in groups of one code in one field. Raises EngineError."""
    with database(project, ANALYST) as db:
        if not quarantined.is_there(db):
            return Listed(0, (), more=False, discarded=bool(which.discarded))
        found = quarantined.groups(db, which, limit + 1)
        records = quarantined.count(db, which)
    return Listed(records, tuple(found[:limit]), len(found) > limit, bool(which.discarded))


def list_records(project: Project, which: Which, *, limit: int) -> ListedRecords:
    """Return each reason that is meant, by itself. Raises EngineError."""
    with database(project, ANALYST) as db:
        if not quarantined.is_there(db):
            return ListedRecords(0, (), more=False, discarded=bool(which.discarded))
        found = quarantined.reasons(db, which, limit + 1)
        records = quarantined.count(db, which)
    return ListedRecords(records, tuple(found[:limit]), len(found) > limit, bool(which.discarded))


def _moment(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = moment_of(text)
    if moment is None:
        raise ConfigError(
            f"{option} {text!r} is no time", hint="a date (2026-01-31) or a time with a zone (2026-01-31T12:00:00Z)"
        )
    return moment
