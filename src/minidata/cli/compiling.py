"""compile: the SQL that a model comes to."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from minidata.cli.desk import Desk, desk
from minidata.cli.given import pairs
from minidata.cli.options import Json, ProjectDir, Quiet, Variables

if TYPE_CHECKING:
    from minidata.steps.compile import Compiled


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("compile")(compile_)


def compile_(
    models: Annotated[
        list[str] | None, typer.Argument(metavar="MODEL", help="Which, or any other selectors; default: all.")
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option("--exclude", metavar="MODEL", help="Not these.")] = None,
    incremental: Annotated[
        bool, typer.Option("--incremental", help="Of an incremental model the query for its new rows.")
    ] = False,
    variables: Variables = None,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Print the SQL that models come to, their templates rendered.

    Other models are named as readers know them, so it can be run: minidata compile orders | minidata query -
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.steps.compile import compile_models

        facts = compile_models(
            at.project, models or (), exclude or (), incremental=incremental, variables=pairs(variables), watch=at.watch
        )
        at.answer(facts, _draw)


def _draw(_: Desk, facts: "Compiled") -> None:
    several = len(facts.models) > 1
    for number, model in enumerate(facts.models):
        sys.stdout.write(("\n" if number else "") + (f"-- {model.path}\n" if several else "") + f"{model.sql}\n")
