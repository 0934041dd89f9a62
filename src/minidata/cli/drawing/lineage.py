"""How it looks what tables and columns are made of."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import typer

from minidata.cli.drawing.tables import Cell, draw

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.core.formats.diagrams import Diagram
    from minidata.steps.lineage import Lineage
    from minidata.steps.lineage_tables import LineageColumn, LineageTable


def draw_lineage(desk: "Desk", facts: "Lineage") -> None:
    """Draw all tables, one with its columns, or the way of one column."""
    by_name = {one.name: one for one in facts.tables}
    if facts.table is None:
        draw(desk, ("table", "kind", "columns", "reads"), [_line(one) for one in facts.tables])
    elif facts.column is None:
        _draw_table(desk, by_name[facts.table], facts.tables)
    else:
        _draw_column(desk, facts)
    for one in facts.tables:
        if one.why_not:
            desk.note(f"{one.name}: {one.why_not}")


def draw_diagram(form: str) -> "Callable[[Desk, Lineage], None]":
    """Return what prints the diagram in the language *form*."""
    from minidata.core.formats.diagrams import dot, mermaid

    write = {"mermaid": mermaid, "dot": dot}[form]

    def draw_it(desk: "Desk", facts: "Lineage") -> None:
        # As it is: a terminal's width is nothing to a file.
        typer.echo(desk.masked(write(_diagram(facts))), nl=False)

    return draw_it


def _line(one: "LineageTable") -> tuple[Cell, ...]:
    return (one.name, one.materialized or one.kind, len(one.columns) or "?", ", ".join(one.reads))


def _draw_table(desk: "Desk", one: "LineageTable", tables: "Iterable[LineageTable]") -> None:
    readers = [other.name for other in tables if one.name in other.reads]
    rows: list[tuple[Cell, ...]] = [(one.kind, " ".join(filter(None, (one.name, one.materialized, one.path))))]
    if one.reads:
        rows.append(("reads", ", ".join(one.reads)))
    rows.append(("read by", ", ".join(readers) or "nothing"))
    draw(desk, ("", ""), rows)
    if one.columns:
        desk.out.print()
        known = any(column.type for column in one.columns)
        heads = ("column", *(["type"] if known else []), *(["", "from", "stands on"] if one.kind == "model" else []))
        draw(desk, heads, [_column(column, one, known=known) for column in one.columns])


def _column(column: "LineageColumn", one: "LineageTable", *, known: bool) -> tuple[Cell, ...]:
    way = (column.kind, ", ".join(column.reads), ", ".join(column.stands_on)) if one.kind == "model" else ()
    return (column.name, *([column.type] if known else []), *way)


def _draw_column(desk: "Desk", facts: "Lineage") -> None:
    fields = facts.fields
    draw(desk, ("column", "", "type"), [_field("  " * depth, name, fields) for depth, name in facts.way_down()])
    reached = facts.led_to()
    if reached:
        desk.out.print()
        draw(desk, ("leads to", ""), [_field("", name, fields)[:2] for name in reached])


def _field(before: str, name: str, fields: "Mapping[str, LineageColumn]") -> tuple[Cell, ...]:
    one = fields.get(name)
    return (before + name, one.kind if one else "unknown", one.type if one else None)


def _diagram(facts: "Lineage") -> "Diagram":
    from minidata.core.formats.diagrams import Box, Diagram

    if facts.column is None:
        boxes = {
            one.name: Box(one.name, "source" if one.kind == "source" else "table", chosen=one.name == facts.table)
            for one in facts.tables
        }
        return Diagram(boxes, [(read, one.name) for one in facts.tables for read in one.reads if read in boxes])
    fields = facts.fields
    chosen = f"{facts.table}.{facts.column}"
    arrows = [(read, name) for name, one in fields.items() for read in one.reads if read in fields]
    made = frozenset((read, name) for name, one in fields.items() for read in one.reads if one.kind != "passed")
    return Diagram({name: Box(name, "field", chosen=name == chosen) for name in fields}, arrows, made)
