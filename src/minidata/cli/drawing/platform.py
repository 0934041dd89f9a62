"""How it looks what runs."""

from typing import TYPE_CHECKING

from minidata.cli.drawing.tables import Cell, draw

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.down import Down
    from minidata.steps.status import Status, StreamStatus
    from minidata.steps.up import Up


def draw_up(desk: "Desk", facts: "Up") -> None:
    """Say what answers, and where."""
    desk.out.print(f"Postgres {facts.version} {'is up' if facts.started else 'was up already'}: {facts.where}")


def draw_down(desk: "Desk", facts: "Down") -> None:
    """Say what was stopped."""
    stopped = f"{facts.kind} Postgres stopped" if facts.stopped else "nothing was running"
    desk.out.print(stopped + (", its data removed" if facts.removed_data else ", data kept" if facts.stopped else ""))


def draw_status(desk: "Desk", facts: "Status") -> None:
    """Draw what runs, and each Stream's state."""
    state = "up" if facts.up else "down"
    rows = [("project", facts.project), ("postgres", f"{state}: {facts.where}"), ("object store", facts.store)]
    draw(desk, ("", ""), [*rows, ("published", facts.published or "nothing yet")])
    if facts.streams:
        desk.out.print()
        head = ("stream", "runs", "newest run", "fetched", "loaded", "deduplicated", "quarantined")
        draw(desk, head, [_stream_status(stream) for stream in facts.streams])


def _stream_status(one: "StreamStatus") -> tuple[Cell, ...]:
    counts = one.counts
    name = f"{one.source}.{one.stream}"
    return (name, one.runs, one.newest, counts.fetched, counts.loaded, counts.deduplicated, counts.quarantined)
