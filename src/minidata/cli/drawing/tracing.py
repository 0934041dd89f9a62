"""How it looks where rows come from."""

from typing import TYPE_CHECKING

from minidata.cli.drawing.provenance import draw_record
from minidata.cli.drawing.tables import Cell, draw

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.tracing.published import TracedModel, TracedSource
    from minidata.steps.tracing.rows import Traced, TracedRow


def draw_traced(desk: "Desk", facts: "Traced | TracedModel") -> None:
    """Draw rows of a Source's table, or what a model stands on."""
    from minidata.steps.tracing.rows import Traced

    if isinstance(facts, Traced):
        _draw_rows(desk, facts.rows, more=facts.more)
    else:
        _draw_model(desk, facts)


def _draw_rows(desk: "Desk", rows: "tuple[TracedRow, ...]", *, more: bool) -> None:
    for number, row in enumerate(rows):
        if number:
            desk.out.print()
        draw_record(desk, _row(row), row.provenance)
    if more:
        desk.note("there are more rows: say --limit")


def _row(one: "TracedRow") -> list[tuple[Cell, ...]]:
    key = ", ".join(f"{name} = {'null' if value is None else value}" for name, value in one.values.items())
    return [
        ("row", f"{one.table}: {key}" if key else one.table),
        ("loaded", f"{one.loaded_at:%Y-%m-%d %H:%M:%S} UTC, by the Row {one.fingerprint}"),
        ("run", f"{one.run}, page {one.page:,}"),
    ]


def _draw_model(desk: "Desk", facts: "TracedModel") -> None:
    rows: list[tuple[Cell, ...]] = [
        ("model", f"analytics.{facts.model}: {facts.relation}"),
        ("published", f"publish {facts.publish} of {facts.published_at:%Y-%m-%d %H:%M:%S} UTC, run {facts.run}"),
        ("reads", ", ".join(facts.reads) or "no other model"),
    ]
    draw(desk, ("", ""), rows)
    desk.out.print()
    head = ("stands on", "by way of", "runs", "objects", "first run", "last run", "since then")
    draw(desk, head, [_source(one) for one in facts.sources])
    for one in facts.sources:
        if one.why_not:
            desk.note(f"{one.table}: {one.why_not}")
        if one.rows:
            desk.out.print()
            _draw_rows(desk, one.rows, more=one.more)


def _source(one: "TracedSource") -> tuple[Cell, ...]:
    via, stood = ", ".join(one.via), one.standing
    if stood is None:
        return (one.table, via, "?", "?", "", "", "")
    moved = "more is loaded" if stood.moved else "nothing new"
    return (one.table, via, stood.runs, stood.objects, stood.first_run or "", stood.last_run or "", moved)
