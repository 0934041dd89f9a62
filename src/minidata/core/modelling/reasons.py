"""Why a Model must be built, in words: what of it is not as it was when it was published."""

from collections.abc import Iterator

from minidata.core.modelling.versions import Parts, Version

# What a position has of a table that the ledger does not know.
UNKNOWN = "unknown="


def is_loaded(position: str) -> bool:
    """Whether a table's *position* is one that the ledger knows."""
    return UNKNOWN not in position


def why_built(new: Parts, was: Version | None, *, is_there: bool) -> str:
    """Return why what is made of the parts *new* is not what *was* published, which may not be there any more."""
    if was is None:
        return "it is new"
    old = was.parts
    if not old.sql:
        return "an older minidata built it"
    reasons = [
        *(["its SQL has changed"] if new.sql != old.sql else []),
        *(["its config has changed"] if new.config != old.config else []),
        *(["its rows have changed"] if new.rows != old.rows else []),
        *_moved(new, old),
        *(["it asks for the time, for chance or for Postgres's own tables"] if new.restless else []),
        *([] if is_there else ["what was built is gone"]),
    ]
    return "; ".join(reasons) or "an older minidata built it"


def _moved(new: Parts, old: Parts) -> Iterator[str]:
    """Yield what has become of the tables and Models below."""
    for table, position in new.sources.items():
        if position != old.sources.get(table):
            yield f"{table} has new rows" if is_loaded(position) else f"{table} may have changed: nobody loads it here"
    for parent, fingerprint in new.parents.items():
        if parent in old.parents and fingerprint != old.parents[parent]:
            yield f"{parent} is built anew"
