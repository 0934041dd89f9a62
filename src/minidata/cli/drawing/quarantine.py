"""How it looks what is in quarantine, and what becomes of it."""

from typing import TYPE_CHECKING

from minidata.cli.drawing.provenance import MEND_STORE, draw_record
from minidata.cli.drawing.tables import Cell, draw
from minidata.core.bodies.pointers import field_of
from minidata.core.wording import counted

if TYPE_CHECKING:
    from datetime import datetime

    from minidata.adapters.database.ledger.quarantined import Group, Reason, Which
    from minidata.cli.desk import Desk
    from minidata.steps.quarantine.discarding import Discarded
    from minidata.steps.quarantine.listing import Listed, ListedRecords
    from minidata.steps.quarantine.outcome import Retried, RetriedStream
    from minidata.steps.quarantine.showing import Shown, ShownRecord


def draw_groups(desk: "Desk", facts: "Listed", *, which: "Which") -> None:
    """Draw a line for each code in each field."""
    if not facts.groups:
        desk.out.print(_nothing(which))
        return
    head = ("stream", "code", "field", "records", "first seen (UTC)", "last seen", "e.g. id")
    draw(desk, head, [_group(group) for group in facts.groups])
    if facts.more:
        desk.note("there is more: say --limit")
    desk.note(f"{counted(facts.records, 'record')}; `minidata quarantine show ID` tells all of one")


def _nothing(which: "Which") -> str:
    return f"nothing{' of that' * which.narrow} {'was discarded' if which.discarded else 'is in quarantine'}"


def _group(one: "Group") -> tuple[Cell, ...]:
    times = (_time(one.first_seen), _time(one.last_seen))
    return (f"{one.source}.{one.stream}", one.code, one.field or "(all of it)", one.records, *times, str(one.example))


def draw_reasons(desk: "Desk", facts: "ListedRecords", *, which: "Which") -> None:
    """Draw a line for each reason of each record."""
    if not facts.reasons:
        desk.out.print(_nothing(which))
        return
    head = (
        "id",
        "stream",
        "code",
        "field",
        "why",
        *(("discarded", "since (UTC)") if facts.discarded else ()),
    )
    draw(desk, head, [_reason(reason, discarded=facts.discarded) for reason in facts.reasons])
    if facts.more:
        desk.note(f"{counted(facts.records, 'record')} in all: say --limit")


def _reason(one: "Reason", *, discarded: bool) -> tuple[Cell, ...]:
    name = f"{one.source}.{one.stream}"
    gone = (one.discard_reason, _time(one.discarded_at)) if discarded else ()
    # A number that is to be typed has no commas.
    return (str(one.id), name, one.code, field_of(one.pointer) or "(all of it)", one.message, *gone)


def draw_shown(desk: "Desk", facts: "Shown") -> None:
    """Draw each record: what is wrong with it, and where it comes from."""
    for number, one in enumerate(facts.records):
        if number:
            desk.out.print()
        draw_record(desk, _record(one), one.provenance)
        if one.provenance.record is None:
            desk.note(f"`minidata store show {one.provenance.key}` prints the body")
        elif one.provenance.json is None and not one.provenance.damaged:
            desk.note("--values prints the record, too")
    if facts.more:
        desk.note("the object has more: say --limit")


def _record(one: "ShownRecord") -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = [("stream", f"{one.source}.{one.stream}")]
    for reason in one.reasons:
        rows.append((f"reason {reason.id}", f"{reason.code}: {reason.message}"))
        rows.append(("  pointer", reason.pointer or "(all of it)"))
    first = one.reasons[0]
    rows.append(("row", _row(one)))
    rows.append(("quarantined", f"{_time(first.quarantined_at)} UTC"))
    if first.discarded_at:
        why = f": {first.discard_reason}" if first.discard_reason else ""
        rows.append(("discarded", f"{_time(first.discarded_at)} UTC{why}"))
    return rows


def _row(one: "ShownRecord") -> str:
    refused = one.reasons[0].fingerprint
    if one.today is None:
        return f"{refused} refused it; the project has no such stream any more"
    if one.changed:
        return f"{refused} refused it; today's is {one.today}: `minidata quarantine retry` tries again"
    return f"{refused} refused it, and is today's"


def draw_retried(desk: "Desk", facts: "Retried", *, which: "Which") -> None:
    """Draw what was moved and what remains, by Stream."""
    if not facts.streams:
        desk.out.print(_nothing(which))
        return
    tried = [one for one in facts.streams if not (one.barred or one.unknown)]
    if tried:
        head = ("tried again", "objects", "moved", "remaining")
        draw(desk, head, [(_name(one), one.objects, one.moved, one.remaining) for one in tried])
    for one in facts.streams:
        for code, count in sorted(one.reasons.items()):
            desk.note(f"still quarantined in {_name(one)}: {count} x {code}")
        for damaged in one.damaged:
            desk.fail(f"{damaged}; it was not tried again", MEND_STORE)
        if one.barred:
            desk.fail(one.barred, one.remedy)
        if one.unknown:
            desk.note(f"{_name(one)}: the project has no such stream any more, so it stays")
        if one.unfit:
            what = f"of what is loaded, {counted(one.unfit, 'record')} would not fit today, and stay in the table"
            desk.note(f"{_name(one)}: {what}; `minidata load --rebuild {_name(one)}` makes it anew")
        if one.over:
            desk.fail(
                f"{_name(one)}: {counted(one.remaining, 'record')} in quarantine, more than max_quarantined allows",
                "`minidata quarantine list` tells why",
            )


def _name(one: "RetriedStream") -> str:
    return f"{one.source}.{one.stream}"


def draw_discarded(desk: "Desk", facts: "Discarded") -> None:
    """Say how many records were given up."""
    desk.out.print(
        f"{counted(facts.records, 'record')} discarded" if facts.records else "nothing of that is in quarantine"
    )


def _time(at: "datetime | None") -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else "?"
