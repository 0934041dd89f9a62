"""quarantine show: one record, or all of an object that is in quarantine, and where it comes from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from minidata.adapters.database.connection import ANALYST, Database
from minidata.adapters.database.ledger import quarantined
from minidata.adapters.database.ledger.quarantined import BODY, Reason, Which
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit, worst
from minidata.core.rows import fingerprint
from minidata.core.source import Source, Stream
from minidata.steps.engine import database
from minidata.steps.provenance import Origins, Provenance
from minidata.steps.store.showing import find_object
from minidata.steps.stored import store_of


@dataclass(frozen=True)
class ShownRecord:
    """
    A record in quarantine: why, and where it comes from.

    *today* is the fingerprint of the Row as it is now, None when the project has no such Stream any more.
    """

    source: str
    stream: str
    run: str
    reasons: tuple[Reason, ...]
    today: str | None
    provenance: Provenance

    @property
    def changed(self) -> bool:
        """Whether the Row is another one than that which refused it."""
        return any(reason.fingerprint != self.today for reason in self.reasons)


@dataclass(frozen=True)
class Shown:
    """The records that were asked for; *more* says that their object has more of them."""

    records: tuple[ShownRecord, ...]
    more: bool

    @property
    def exit_code(self) -> Exit:
        """STORE when an object is damaged or gone."""
        return worst(one.provenance.exit_code for one in self.records)


def show(project: Project, sources: Mapping[str, Source], name: str, *, values: bool, limit: int) -> Shown:
    """
    Return what is in quarantine by *name*: the id of a reason, or an object (its key, RUN/PAGE), maybe #RECORD in it.

    A record is shown with all its reasons, and with its JSON when *values* are wanted. Raises ConfigError when nothing
    is called so, StoreError, EngineError.
    """
    store = store_of(project)
    with database(project, ANALYST) as db:
        if not quarantined.is_there(db):
            raise ConfigError("nothing was ever loaded, so nothing is in quarantine")
        if name.isascii() and name.isdecimal():
            found = _by_id(db, int(name), limit + 1)
        else:
            key, sign, place = name.partition("#")
            if sign and not (place.isascii() and place.isdecimal()):
                raise ConfigError(f"{name!r} is no record", hint="say OBJECT#RECORD, such as 20260131t06/1#3")
            key = find_object(store, key).key
            found = quarantined.reasons(
                db, Which(key=key, record=int(place) if sign else None, discarded=None), limit + 1
            )
        hashes = quarantined.hashes(db, {reason.key for reason in found})
    if not found:
        raise ConfigError(f"nothing of {name} is in quarantine", hint="`minidata quarantine list` tells what is")
    shown = _shown(found[:limit], sources, hashes, Origins(store), values=values)
    return Shown(tuple(shown), len(found) > limit)


def _by_id(db: Database, number: int, limit: int) -> list[Reason]:
    """Return the reasons of the record of which one has this id."""
    for one in quarantined.reasons(db, Which(ids=(number,), discarded=None), 1):
        record = BODY if one.record is None else one.record
        return quarantined.reasons(db, Which(key=one.key, record=record, discarded=None), limit)
    return []


def _shown(
    found: Iterable[Reason],
    sources: Mapping[str, Source],
    hashes: Mapping[str, str],
    origins: Origins,
    *,
    values: bool,
) -> Iterable[ShownRecord]:
    for (key, record), group in groupby(found, key=lambda reason: (reason.key, reason.record)):
        reasons = tuple(group)
        first = reasons[0]
        stream = stream_of(sources, first.source, first.stream)
        yield ShownRecord(
            source=first.source,
            stream=first.stream,
            run=first.run,
            reasons=reasons,
            today=fingerprint(stream.row) if stream else None,
            provenance=origins.of(key, record, stream, sha256=hashes[key], values=values),
        )


def stream_of(sources: Mapping[str, Source], source: str, stream: str) -> Stream | None:
    """Return the Stream of that name; None when the project has none any more."""
    return sources[source].by_name.get(stream) if source in sources else None
