"""How it looks where what is stored and the Rows differ."""

import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from minidata.cli.drawing.provenance import MEND_STORE
from minidata.cli.drawing.tables import Cell, draw
from minidata.core.bodies.pointers import field_of
from minidata.core.drifting.seeing import MOST_VALUES
from minidata.core.runs import place_of

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.core.drifting.finding import Drift
    from minidata.core.loading.rehearsing import Reason
    from minidata.steps.check import Checked, StreamCheck
    from minidata.steps.drift import Drifted
    from minidata.steps.schema import TableDifference

_KINDS = {
    "bool": "boolean",
    "int": "whole number",
    "decimal": "decimal number",
    "text": "text",
    "list": "list",
    "object": "object",
    "null": "null",
}
_WORDS = {
    "UNNAMED": "no field of {about} reads it",
    "NEVER": "{about} reads it, and it never comes",
    "ALWAYS_NULL": "{about} is always null",
    "NULL": "{about} may not be null",
    "OTHER_TYPE": "not the type of {about}",
    "MIXED": "another type than mostly, which {about} takes too",
}

_MENDED = (
    "`minidata drift --patch` prints the change to the Rows; what they leave out on purpose Streams name in ignore="
)

# In one line, for one field and for more of them.
_IN_SHORT = {
    "UNNAMED": ("field that no Row names", "fields that no Row names"),
    "NEW_VALUE": ("field with values that are new", "fields with values that are new"),
    "NULL": ("field that is null and may not be", "fields that are null and may not be"),
    "OTHER_TYPE": ("field of another type", "fields of another type"),
}
_MOST_IN_LINE = 5
_CHECKED = ("checked", "objects", "records", "rows", "repeated", "left out", "rejected", "of them new", "fit now")
_NOTHING = "nothing to look at: no run is stored"


def drift_line(found: Sequence["Drift"]) -> str:
    """Return all that was found of one Stream in one line, and what tells more."""
    parts = []
    for code, words in _IN_SHORT.items():
        places = [one.pointer.removeprefix("/") for one in found if one.code == code]
        if places:
            more = [f"{len(places) - _MOST_IN_LINE} more"] if len(places) > _MOST_IN_LINE else []
            told = ", ".join((*places[:_MOST_IN_LINE], *more))
            parts.append(f"{len(places)} {words[len(places) > 1]} ({told})")
    return f"{'; '.join(parts)}: minidata drift"


def draw_drifted(desk: "Desk", facts: "Drifted") -> None:
    """Draw each difference on a line, Stream by Stream."""
    rows = [_drift(stream.name, one) for stream in facts.streams for one in stream.drifts]
    if rows:
        draw(desk, ("stream", "where", "drift", "seen", "as", "first in"), rows)
    looked = sum(stream.records for stream in facts.streams)
    if not rows:
        desk.out.print(f"no drift in {looked:,} records" if looked else _NOTHING)
    _ending(desk, facts)


def draw_patch(desk: "Desk", facts: "Drifted") -> None:
    """Print the patch; tell beside it what it does, and what is left to be done by hand."""
    if facts.patch is not None:
        sys.stdout.write(facts.patch.text)
        for line in facts.patch.done:
            desk.note(line)
        for one in facts.patch.by_hand:
            desk.note(f"by hand: {one.about}: {one.why}")
            for line in one.lines.splitlines():
                desk.note(f"  {line}")
        if not (facts.patch.done or facts.patch.by_hand):
            desk.note("nothing to change in the Rows" if facts.streams else _NOTHING)
    _ending(desk, facts)


def draw_checked(desk: "Desk", facts: "Checked") -> None:
    """Draw what would become of the records, by Stream, and why some would not be rows."""
    if not facts.streams:
        desk.out.print("nothing to check: no run is stored")
        return
    draw(desk, _CHECKED, [_checked(stream) for stream in facts.streams])
    reasons = [_reason(stream.name, one) for stream in facts.streams for one in stream.reasons]
    if reasons:
        desk.out.print()
        draw(desk, ("rejected in", "code", "field", "records", "new", "an example", "why"), reasons)
    if facts.differences:
        desk.out.print()
        draw(desk, ("table", "is not as its Row says", "load"), [_change(one) for one in facts.differences])
        desk.note("`minidata schema diff` prints the SQL")
    if facts.unknown:
        desk.note(f"not known what of it would be new: {facts.unknown}")
    _tell_failures(desk, facts)


def _tell_failures(desk: "Desk", facts: "Checked") -> None:
    """Say what a load would end with, and what to do about it."""
    for stream in facts.streams:
        for damaged in stream.damaged:
            desk.fail(f"{damaged}; it was not checked", MEND_STORE)
        if stream.over:
            desk.fail(f"{stream.name}: {_over(stream)}", "mend the Row, or allow as many with max_quarantined")
    for table in dict.fromkeys(one.table for one in facts.differences if one.refused):
        desk.fail(f"table {table} cannot be loaded into as it is", "`minidata schema diff` tells what to do")


def _change(one: "TableDifference") -> tuple[Cell, ...]:
    return (one.table, one.what, "applies it" if one.applied else "waits with it" if one.waits else "refuses it")


def _over(one: "StreamCheck") -> str:
    records = "1 record does" if one.rejected == 1 else f"{one.rejected:,} records do"
    if not one.refused:
        return f"{records} not fit"
    objects = "1 object" if one.refused == 1 else f"{one.refused:,} objects"
    others = f"{one.left_out:,} others would have to wait with them"
    return f"{records} not fit; of {objects} more than max_quarantined allows, so that {others}"


def _drift(stream: str, one: "Drift") -> tuple[Cell, ...]:
    if one.code == "NEW_VALUE":
        more = " or more" if one.different == MOST_VALUES else ""
        what = f"{one.different}{more} {'value' if one.different == 1 else 'values'} that {one.about} does not name"
        if one.values:
            what = f"{what}: {_counted(one.values)}"
    else:
        what = _WORDS[one.code].format(about=one.about)
    kinds = _counted({_KINDS[kind]: times for kind, times in one.kinds.items()})
    return (
        stream,
        one.pointer,
        what,
        f"{one.times:,} of {one.of:,}",
        kinds,
        place_of(one.first, None) if one.first else "",
    )


def _counted(counts: Mapping[str, int]) -> str:
    """Return what came how often; of one thing alone, only what."""
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{what} ({times:,})" for what, times in counts.items())


def _checked(one: "StreamCheck") -> tuple[Cell, ...]:
    new = ("?" if count is None else count for count in (one.newly_rejected, one.newly_accepted))
    return (one.name, one.objects, one.records, one.rows, one.repeated, one.left_out, one.rejected, *new)


def _reason(stream: str, one: "Reason") -> tuple[Cell, ...]:
    new = "?" if one.new is None else one.new
    return (stream, one.code, _field(one.pointer), one.records, new, place_of(one.object, one.record), one.message)


def _field(pointer: str) -> str:
    return field_of(re.sub(r"/\*(?=/|$)", "[]", pointer)) or "(all of it)"


def _ending(desk: "Desk", facts: "Drifted") -> None:
    """Tell what could not be looked at, and, where drift is a failure, that there is some."""
    for stream in facts.streams:
        if stream.opaque:
            desk.note(f"{stream.name}: a validator of its Row sees records first, so nothing is known of their fields")
        if stream.unread:
            desk.note(f"{stream.name}: {stream.unread:,} objects hold no records where they should be")
        for damaged in stream.damaged:
            desk.fail(f"{damaged}; it was not looked at", MEND_STORE)
    if facts.strict and facts.moved:
        names = ", ".join(stream.name for stream in facts.moved)
        desk.fail(f"drift in {names}", _MENDED)
