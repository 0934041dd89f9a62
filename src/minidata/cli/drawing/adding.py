"""How it looks what a new Source was made of, and what to do with it."""

import sys
from typing import TYPE_CHECKING

from minidata.cli.drawing.tables import draw

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.add import Added, AddedStream


def draw_added(desk: "Desk", facts: "Added") -> None:
    """Draw the Streams that were written, and say what to look at and what to run next; or print the file."""
    if facts.text is not None:
        sys.stdout.write(facts.text)
    else:
        rows = [
            (one.name, one.records, one.fields, one.key or "none", one.paging, one.cursor or "none")
            for one in facts.streams
        ]
        draw(desk, ("stream", "records seen", "fields", "key", "pages", "cursor"), rows)
        desk.out.print(f"written: {facts.path}")
    for note in facts.notes:
        desk.note(note)
    for one in facts.streams:
        if one.misfits:
            desk.note(
                f"warning: {one.name}: {one.misfits:,} of the records seen do not fit the Row; look at its fields"
            )
    if facts.text is None:
        for line in _next(facts):
            desk.note(line)


def _next(facts: "Added") -> list[str]:
    """Return what to run next."""
    source = facts.source
    kept = [one for one in facts.streams if one.run]
    lines = ["next: read the file, mend what was guessed wrong, then"]
    if kept:
        lines.append(f"  minidata load --source {source}{_told(kept)}")
    if not all(one.whole for one in facts.streams):
        lines.append(f"  minidata ingest --source {source}   # all pages: these were only the first")
    if not kept:
        lines.append(f"  minidata load --source {source}")
    lines.append(f"  minidata query 'select * from {source}.{facts.streams[0].name} limit 5'")  # noqa: S608 - shown
    return lines


def _told(kept: "list[AddedStream]") -> str:
    records = sum(one.records for one in kept)
    return f"   # the {records:,} records that were seen are kept"
