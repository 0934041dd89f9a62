"""Why a row is not there: its key was deleted, its record did not fit, or nobody has ever heard of it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from minidata.adapters.database import quarantined
from minidata.adapters.database.connection import Database
from minidata.adapters.database.quarantined import Which
from minidata.core.checking import key_checker_of
from minidata.core.errors import ConfigError, StoreError
from minidata.core.payload import PayloadError, parse, records_in_lines, records_of, with_context
from minidata.core.runs import ObjectKey, page_number
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
    if not wanted.table.path:
        place = next(_in_quarantine(database, origins, wanted, key), None)
        if place:
            return ConfigError(
                f"there is no row {name}: its record is in quarantine",
                hint=f"`minidata quarantine show {place}` tells why",
            )
    return ConfigError(f"there is no row {name}, and nothing in quarantine has its key")


def _in_quarantine(database: Database, origins: Origins, wanted: Wanted, key: Sequence[str]) -> Iterator[str]:
    """Yield, as RUN/PAGE#RECORD, the records in quarantine that have the key, the newest first."""
    chosen = wanted.chosen(key)
    if len(chosen) < len(wanted.keys) or not quarantined.is_there(database):
        return
    which = Which(source=wanted.source, stream=wanted.stream.name, discarded=None)
    found = reversed(quarantined.reasons(database, which, _LOOKED_THROUGH))
    for name, reasons in groupby(found, key=lambda reason: reason.key):
        places = {reason.record for reason in reasons if reason.record is not None}
        for place in sorted(_with_key(origins, wanted.stream, name, chosen) & places, reverse=True):
            parts = ObjectKey.parse(name)
            yield f"{parts.run}/{page_number(parts.file)}#{place}" if parts else name


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
