"""What tells new records from old ones, and by which parameter an API may be asked for the new ones alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

# How the last word, or the last two, of a field's name say when a record was last changed; the surest first.
_CHANGED = (
    "updated_at", "modified_at", "last_updated_at", "last_modified_at", "changed_at", "updated", "modified",
    "last_modified", "last_updated", "update_time", "updated_time", "updated_date", "modified_date", "updated_on",
    "modified_on", "date_modified", "date_updated", "changed", "lastmod", "mtime",
)  # fmt: skip
# Records that are only ever added are told by when they came.
_CAME = (
    "created_at",
    "created",
    "timestamp",
    "created_time",
    "occurred_at",
    "event_time",
    "inserted_at",
    "published_at",
)
_TYPES = frozenset({"AwareDatetime", "NaiveDatetime", "dt.date", "int"})
# The parameters that ask for what is new, the likeliest first.
PARAMS = (
    "updated_since", "modified_since", "changed_since", "updated_after", "modified_after", "updated_at_min",
    "updated_at_gte", "updated_at[gte]", "updated_at[gt]", "updated_at__gte", "updated_from", "updatedSince",
    "updatedAfter", "updatedMin", "modifiedSince", "modifiedAfter", "since", "after_date", "start_time", "starttime",
    "from_date", "created_after", "created_since", "created_at_min", "created[gte]",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """A column that is never null: its *name*, the *path* in a raw record, dotted, and its type's name."""

    name: str
    path: str
    type: str


@dataclass(frozen=True, slots=True)
class CursorGuess:
    """A Cursor's field and parameter; *known* is whether the API was seen to have that parameter."""

    field: str
    param: str
    known: bool


def cursor_of(moments: Sequence[Moment], params: Collection[str]) -> CursorGuess | None:
    """Return the likely cursor among *moments*; *params* are the parameters that the API is known to take."""
    field = _field(moments)
    if field is None:
        return None
    known = next((param for param in PARAMS if param in params), None)
    return CursorGuess(field, known or PARAMS[0], known=known is not None)


def _field(moments: Sequence[Moment]) -> str | None:
    for name in (*_CHANGED, *_CAME):
        for moment in moments:
            if moment.name == name and moment.type in _TYPES:
                return moment.path
    return None
