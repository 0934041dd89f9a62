"""From what tables and columns are made, and what is made of them: lineage."""

from enum import StrEnum
from typing import Annotated

import typer

from minidata.cli.desk import desk
from minidata.cli.given import pairs
from minidata.cli.options import Json, ProjectDir, Quiet, Variables


class Form(StrEnum):
    """How lineage is written."""

    TEXT = "text"
    MERMAID = "mermaid"
    DOT = "dot"


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(lineage)


def lineage(
    about: Annotated[
        str | None,
        typer.Argument(metavar="TABLE[.COLUMN]", help="A model or a source's table, or a column; default: all."),
    ] = None,
    form: Annotated[
        Form, typer.Option("--format", "-f", help="As text, or as a diagram for others to draw.")
    ] = Form.TEXT,
    variables: Variables = None,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Tell what tables are made of which, and columns, down to the columns that the APIs filled.

    By the models and Rows as they are written: nothing need be loaded. Of a column it tells what it comes from, and
    what a change of it would reach.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.lineage import draw_diagram, draw_lineage
        from minidata.steps.lineage import lineage as step

        facts = step(at.project, at.sources, about, variables=pairs(variables), watch=at.watch)
        at.answer(facts, draw_lineage if form is Form.TEXT else draw_diagram(form.value))
