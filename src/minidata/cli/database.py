"""Commands about the database itself: db grants."""

from typing import TYPE_CHECKING

import typer

from minidata.cli.desk import Desk, desk
from minidata.cli.options import Json, ProjectDir

if TYPE_CHECKING:
    from minidata.steps.grants import Grants

_database = typer.Typer(
    help="Prepare a database that is not minidata's own.", no_args_is_help=True, rich_markup_mode=None
)


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(_database, name="db")


# Without it, a group of one command would be that command.
@_database.callback()
def _group() -> None:
    """Prepare a database that is not minidata's own."""


@_database.command()
def grants(project: ProjectDir = None, as_json: Json = False) -> None:
    """
    Print the SQL by which an administrator prepares a database: roles, schemas, grants.

    It has no password in it, and asks no database.
    """
    with desk(project, as_json=as_json) as at:
        from minidata.steps.grants import grants as step

        at.answer(step(at.project), _print)


def _print(_at: Desk, facts: "Grants") -> None:
    # Not through the console, which folds and pads: this is a program's text.
    typer.echo(facts.sql, nl=False)
