"""How it looks where tables differ from their Rows."""

from typing import TYPE_CHECKING

from minidata.core.printable import printable

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.schema import SchemaDiff, TableDifference


def draw_differences(desk: "Desk", facts: "SchemaDiff") -> None:
    """Print each difference and what becomes of it, as SQL: what is no statement is a comment."""
    if facts.nothing_new:
        desk.out.print("up to date")
    for one in facts.differences:
        desk.out.print(f"-- {printable(desk.masked(f'{one.table}: {one.what}'))}", soft_wrap=True)
        desk.out.print(f"-- {_becomes(one)}", soft_wrap=True)
        for statement in one.ddl:
            for line in f"{desk.masked(statement)};".splitlines():
                desk.out.print(printable(line), soft_wrap=True)


def _becomes(one: "TableDifference") -> str:
    if one.applied or one.waits:
        when = "" if one.applied else " once it refuses nothing else of this stream"
        return f"load applies it{when}; {one.note}: {one.command} fills it" if one.note else f"load applies it{when}"
    return f"load refuses it: {one.command}" if one.command else "load refuses it; what takes it away:"
