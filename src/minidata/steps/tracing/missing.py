"""Why a row is not there: its key was deleted, its record did not fit, or nobody has ever heard of it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from minidata.adapters.database.asking.tracing import deleted
from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger import quarantined
from minidata.adapters.database.ledger.quarantined import Which
from minidata.adapters.database.targets import Target
from minidata.core.bodies.payload import PayloadError, parse, records_in_lines, records_of, with_context
from minidata.core.errors import ConfigError, StoreError
from minidata.core.fitting.checking import key_checker_of
from minidata.core.rows import fingerprint
from minidata.core.runs import place_of
from minidata.core.source import Stream
from minidata.steps.provenance import Origins
from minidata.steps.tracing.wanted import Wanted

# The newest ones: to look through a quarantine is to read its objects.
_LOOKED_THROUGH = 10_000


def missing(database: Database, origins: Origins, wanted: Wanted, key: Sequence[str]) -> ConfigError:
    """Return what is to be told of a *key* that no row of the table has."""
    if not key:
        return ConfigError(f"no row of {wanted.name} is like that")
    name = f"{wanted.name} {' '.join(key)}"
    chosen = wanted.chosen(key)
    if not wanted.table.path and len(chosen) == len(wanted.keys):
        target = Target(wanted.source, wanted.stream, fingerprint(wanted.stream.row))
        announced = deleted(database, target, chosen) if wanted.stream.deleted else None
        if announced:
            return ConfigError(
                f"there is no row {name}: the API announced in {place_of(*announced)} that it was deleted",
                hint=f"`minidata store show {place_of(announced[0], None)}` prints the body",
            )
        place = next(_in_quarantine(database, origins, wanted, chosen), None)
        if place:
            return ConfigError(
                f"there is no row {name}: its record is in quarantine",
                hint=f"`minidata quarantine show {place}` tells why",
            )
    return ConfigError(f"there is no row {name}, and nothing in quarantine has its key")


def _in_quarantine(database: Database, origins: Origins, wanted: Wanted, chosen: Mapping[str, str]) -> Iterator[str]:
    """Yield, as RUN/PAGE#RECORD, the records in quarantine that have the key, the newest first."""
    if not quarantined.is_there(database):
        return
    which = Which(source=wanted.source, stream=wanted.stream.name, discarded=None)
    found = reversed(quarantined.reasons(database, which, _LOOKED_THROUGH))
    for name, reasons in groupby(found, key=lambda reason: reason.key):
        places = {reason.record for reason in reasons if reason.record is not None}
        for place in sorted(_with_key(origins, wanted.stream, name, chosen) & places, reverse=True):
            yield place_of(name, place)


def _with_key(origins: Origins, stream: Stream, key: str, chosen: Mapping[str, str]) -> set[int]:
    """Return the places of the records with the chosen key in the object at *key*; none where it cannot be read."""
    try:
        _, page = origins.page(key)
        body = origins.body(page)
        records = records_in_lines(body) if stream.format == "ndjson" else records_of(parse(body), stream.records)
    except (StoreError, PayloadError):
        return set()
    found = key_checker_of(stream.row, stream.keys).check(with_context(records, page.context))
    return {
        place
        for place, row in zip(found.places, found.rows, strict=True)
        if all(str(row[name]) == value for name, value in chosen.items())
    }
