"""How schedules and exports look."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.export import Exported
    from minidata.steps.schedule import Scheduled


def draw_exported(desk: "Desk", facts: "Exported") -> None:
    """Print the files, or say where they were written."""
    for number, file in enumerate(facts.files):
        if file.path:
            desk.out.print(file.path)
        else:
            # As it is: a terminal's width is nothing to a file.
            typer.echo(("\n" if number else "") + file.text, nl=False)
    for note in facts.notes:
        desk.note(note)


def draw_scheduled(desk: "Desk", facts: "Scheduled") -> None:
    """Say what was run until the signal came."""
    skipped = f", {facts.skipped} skipped" if facts.skipped else ""
    desk.note(f"stopped: {facts.runs} runs, {facts.failed} of them failed{skipped}")
