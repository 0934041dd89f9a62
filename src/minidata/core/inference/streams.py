"""A Stream for what was found at one endpoint: its Row, its key, its cursor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from minidata.core.exchange import Params
from minidata.core.inference.cursors import CursorGuess, Moment, cursor_of
from minidata.core.inference.drafting import Drafting
from minidata.core.inference.drafts import DraftField, DraftModel, DraftStream, Plain
from minidata.core.inference.keys import Candidate, key_of
from minidata.core.inference.naming import singular
from minidata.core.inference.paging import Paging
from minidata.core.inference.shapes import Shape


@dataclass(frozen=True, slots=True)
class Found:
    """
    What is known of one endpoint: *shape* of its records, those that were *seen*, and their path *at* in a body.

    *params* are sent with each request, *takes* are the names of all that may be. *whole* is whether there are no
    others than those that were seen.
    """

    name: str
    path: str
    params: Params
    takes: frozenset[str]
    at: str
    shape: Shape
    seen: Sequence[Any]
    paging: Paging
    comment: str
    whole: bool = False


def drafted(found: Found, drafting: Drafting) -> DraftStream:
    """Return the Stream for *found*, its classes named by *drafting*."""
    row = drafting.row(found.shape, singular(found.name), whole=found.whole)
    own = found.paging.own_params()
    candidates = [Candidate(one.name, one.path, kind) for one, kind in _values(row)]
    return DraftStream(
        name=found.name,
        path=found.path,
        params={name: value for name, value in found.params.items() if name not in own},
        row=row,
        records=found.at,
        key=key_of(candidates, found.seen, singular(found.name)),
        paging=found.paging,
        cursor=_cursor(row, found.takes | found.paging.names | found.params.keys()),
        comment=found.comment,
    )


def _cursor(row: DraftModel, params: frozenset[str]) -> CursorGuess | None:
    # A cursor's path is dotted, and so cannot lead through a name with a dot in it.
    plain = [(one, kind) for one, kind in _values(row) if not any("." in step for step in one.path)]
    return cursor_of([Moment(one.name, ".".join(one.path), kind) for one, kind in plain], params)


def _values(row: DraftModel) -> Iterator[tuple[DraftField, str]]:
    """Yield the fields that are never null and hold one value, each with its type's name."""
    for one in row.fields:
        if not one.nullable and isinstance(one.type, Plain):
            yield one, one.type.text
