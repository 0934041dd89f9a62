"""
Finding what is wanted by passing over all else.

What the fields say that are wanted is read as exactly as a Load does. Where a plan does not fit, for a page may be
anything, plainly.py reads it.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import jiter

from minidata.core.fetching.peeking.plainly import first_of
from minidata.core.fetching.peeking.plan import NOT_AS_PLANNED, Look, NoPlan, Plan, is_read, plan_of
from minidata.core.fetching.peeking.wanted import Found, Wanted

_BOM = b"\xef\xbb\xbf"


class Quick:
    """Finds what is *wanted* in documents, or in *lines*."""

    def __init__(self, wanted: Wanted, *, lines: bool) -> None:
        try:
            # Hardly ever is the second one needed.
            self._plans = tuple(plan_of(wanted, plain=plain, lines=lines) for plain in (True, False))
        except NoPlan:
            self._plans = ()

    def found_in(self, body: bytes) -> Found | None:
        """Return what is wanted of *body*; None when it is not as planned, or there is no plan."""
        for plan in self._plans:
            with suppress(*NOT_AS_PLANNED):
                if not body.isascii():
                    # msgspec does not look at the letters of what it passes over.
                    body.decode()
                return _found(plan, body)
        return None


def _found(plan: Plan, body: bytes) -> Found:
    if plan.lines:
        answer: Any = None
        records = [plan.decoder.decode(line.removeprefix(_BOM)) for line in body.split(b"\n") if line.strip()]
    else:
        answer = plan.decoder.decode(body.removeprefix(_BOM))
        records = plan.records(answer)
    told = {name: first_of(_values(look(answer) for look in looks)) for name, looks in plan.told.items()}
    if plan.last and records:
        told["next"] = _column(plan, plan.last, records[-1:])[0]
    return Found(
        records=len(records),
        cursors=_column(plan, plan.cursor, records) if plan.cursor else [],
        keys=[_column(plan, look, records) for look in plan.keys],
        **told,
    )


def _column(plan: Plan, look: Look, records: Sequence[Any]) -> list[Any]:
    """Return what *look* finds in each of *records*; raise ValueError when they are not plain, as the *plan* says."""
    if not plan.plain:
        return _values(map(look, records))
    values = list(map(look, records))
    if not is_read(values):
        raise ValueError("not plain")
    return values


def _values(raws: Iterable[Any]) -> list[Any]:
    """Return what *raws* say: read all at once, as exactly as a Load reads them."""
    found: list[Any] = jiter.from_json(b"[" + b",".join(raws) + b"]", float_mode="decimal", allow_inf_nan=False)
    return found
