"""
Records told apart by what they are, for Streams without a key: which of them came before.

APIs filter with "at or after", so the records at a Run's end are sent again at the beginning of the next one.
"""

import json
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from minidata.core.bodies.payload import PayloadError

_BYTES = 16


def digests(records: Iterable[Any]) -> list[str]:
    """
    Return a digest of each of *records*: equal for those that are, whatever the order of their fields.

    Numbers count as they are written: 1.10 is not 1.1. A record that cannot be read is "", which equals nothing.
    """
    return [_digest(record) for record in records]


def repeated_places(records: Iterable[Any], remaining: dict[str, int]) -> tuple[int, ...]:
    """
    Return the places (from 0) of those *records* that *remaining* counts, and count them down there.

    *remaining* says how often a record of each digest is expected once more. What it says of one that comes less often
    stays in it.
    """
    found = []
    for place, digest in enumerate(digests(records)):
        if digest not in remaining:
            continue
        found.append(place)
        remaining[digest] -= 1
        if not remaining[digest]:
            del remaining[digest]
    return tuple(found)


def _digest(record: Any) -> str:
    if isinstance(record, PayloadError):
        return ""
    try:
        text = json.dumps(record, sort_keys=True, separators=(",", ":"), default=repr)
    except RecursionError:
        return ""
    return blake2b(text.encode(), digest_size=_BYTES).hexdigest()
