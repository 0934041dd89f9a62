"""fixture: rows for unit tests."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from minidata.cli.desk import Desk, desk
from minidata.cli.options import Json, ProjectDir, Quiet

if TYPE_CHECKING:
    from minidata.steps.fixture import Fixture


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(fixture)


def fixture(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A source's table, shop.orders, or a model.")],
    rows: Annotated[
        int, typer.Option("--n", "-n", min=0, metavar="N", help="So many rows, the first by the key.")
    ] = 20,
    where: Annotated[str, typer.Option(metavar="SQL", help="Only rows for which this holds.")] = "",
    form: Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help="yaml, csv or sql.")] = "yaml",
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Cut rows out of a stored table, to stand among what a unit test is given.

    Read again they have the same values, in the same types.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.steps.fixture import fixture as step

        at.answer(step(at.project, table, rows=rows, where=where, form=form, watch=at.watch), _draw)


def _draw(_: Desk, facts: "Fixture") -> None:
    sys.stdout.write(facts.text)
