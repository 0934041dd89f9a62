"""
Finding what is wanted by passing over all else.

What the fields say that are wanted is read as exactly as a Load does. Where a plan does not fit, for a page may be
anything, plainly.py reads it.
"""

from collections.abc import Iterable
from typing import Any

import jiter

from minidata.core.peeking.plainly import first_of
from minidata.core.peeking.plan import NOT_AS_PLANNED, NoPlan, Plan, plan_of
from minidata.core.peeking.wanted import Found, Wanted

_BOM = b"\xef\xbb\xbf"


class Quick:
    """Finds what is *wanted* in documents, or in *lines*."""

    def __init__(self, wanted: Wanted, *, lines: bool) -> None:
        try:
            self._plan: Plan | None = plan_of(wanted, lines=lines)
        except NoPlan:
            self._plan = None

    def found_in(self, body: bytes) -> Found | None:
        """Return what is wanted of *body*; None when it is not as planned, or there is no plan."""
        if self._plan is None:
            return None
        try:
            if not body.isascii():
                # msgspec does not look at the letters of what it passes over.
                body.decode()
            return _found(self._plan, body)
        except NOT_AS_PLANNED:
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
        told["next"] = _values([plan.last(records[-1])])[0]
    return Found(
        records=len(records),
        cursors=_values(map(plan.cursor, records)) if plan.cursor else [],
        keys=[_values(map(look, records)) for look in plan.keys],
        **told,
    )


def _values(raws: Iterable[Any]) -> list[Any]:
    """Return what *raws* say: read all at once, as exactly as a Load reads them."""
    found: list[Any] = jiter.from_json(b"[" + b",".join(raws) + b"]", float_mode="decimal", allow_inf_nan=False)
    return found
