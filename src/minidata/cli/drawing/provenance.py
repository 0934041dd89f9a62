"""How it looks where a record comes from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from minidata.cli.drawing.tables import Cell, draw
from minidata.core.printable import printable

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.provenance import Provenance


MEND_STORE = "bring it back from a copy of the store; `minidata store verify` finds all that is damaged or gone"


def draw_record(desk: "Desk", about: Sequence[tuple[Cell, ...]], facts: "Provenance") -> None:
    """Draw what is said *about* a record, where it comes from and, when it was asked for, the record itself."""
    draw(desk, ("", ""), [*about, *_lines(facts)])
    if facts.json is not None:
        text = "\n".join(map(printable, desk.masked(facts.json).splitlines()))
        # Not folded: it is to be copied.
        desk.out.print(text, soft_wrap=True)
    if facts.damaged:
        desk.fail(facts.damaged, MEND_STORE)


def _lines(facts: "Provenance") -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = [("object", facts.key)]
    if facts.record is not None:
        rows.append(("record", f"{facts.record:,} (from 0)"))
    page = facts.request
    if page:
        params = "&".join(f"{name}={value}" for name, value in page.params.items())
        rows.append(("request", f"{page.method} {page.url}{'?' if params else ''}{params}"))
        if page.body is not None:
            rows.append(("posted", str(page.body)))
        rows.append(("answered", f"{page.status} at {page.fetched_at:%Y-%m-%d %H:%M:%S} UTC, {page.size:,} bytes"))
        if page.context:
            rows.append(("of parent", ", ".join(f"{name}={value}" for name, value in page.context.items())))
        rows.append(("sha256", f"{page.sha256}: {'not what is stored' if facts.damaged else 'as stored'}"))
    return rows
