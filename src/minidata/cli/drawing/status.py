"""How it looks what runs, what is there, and what comes next."""

from datetime import datetime
from typing import TYPE_CHECKING

from minidata.cli.drawing.diagnosing import took
from minidata.cli.drawing.rows import drift_line
from minidata.cli.drawing.tables import Cell, draw
from minidata.core.wording import counted

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.status import Status, StreamStatus

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def draw_status(desk: "Desk", facts: "Status") -> None:
    """Draw what runs, each Stream's state, each stage's last run, and what comes next."""
    draw(desk, ("", ""), _platform(facts))
    if facts.streams:
        desk.out.print()
        head = ("stream", "runs", "unfinished", "age", "to load", "fetched", "loaded", "deduplicated", "quarantined")
        draw(desk, head, [_stream(stream) for stream in facts.streams])
    if facts.stages:
        desk.out.print()
        last = [(one.verb, _time(one.at), took(one.seconds), one.ending, one.outcome) for one in facts.stages]
        draw(desk, ("last", "when (UTC)", "took", "ended", "what came of it"), last)
    if facts.drift:
        desk.out.print()
        draw(desk, ("drift", ""), [(one.name, drift_line(one.drifts)) for one in facts.drift])
    desk.out.print()
    rows = [("" if place else one.stage, what) for one in facts.next for place, what in enumerate(one.what)]
    draw(desk, ("next", ""), rows)
    waiting = sum(one.quarantined for one in facts.streams)
    if waiting:
        desk.note(f"in quarantine: {counted(waiting, 'record')}; `minidata quarantine list` tells why")
    for line in facts.unknown:
        desk.note(f"not known: {line}")


def _platform(facts: "Status") -> list[tuple[Cell, ...]]:
    state = f"up since {_time(facts.since)} UTC" if facts.up and facts.since else "up" if facts.up else "down"
    return [
        ("project", facts.project),
        ("engine", facts.kind or "none yet"),
        ("postgres", f"{state}: {facts.where}"),
        ("object store", facts.store),
        ("published", _published(facts)),
    ]


def _published(facts: "Status") -> str:
    if not facts.up:
        return "not known"
    if not facts.published or facts.stale is None:
        return facts.published or "nothing yet"
    return f"{facts.published}, {f'{len(facts.stale)} models are stale' if facts.stale else 'up to date'}"


def _stream(one: "StreamStatus") -> tuple[Cell, ...]:
    counts = one.counts
    name = f"{one.source}.{one.stream}"
    waiting = "?" if one.waiting is None else one.waiting
    numbers = (counts.fetched, counts.loaded, counts.deduplicated, one.quarantined)
    return (name, one.runs, one.unfinished, _age(one.age), waiting, *numbers)


def _age(seconds: float | None) -> str:
    if seconds is None:
        return ""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
