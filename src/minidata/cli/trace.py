"""From rows back to what an API sent: trace."""

from typing import Annotated

import typer

from minidata.cli.desk import desk
from minidata.cli.options import Json, ProjectDir, Quiet


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(trace)


def trace(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A Source's table (shop.orders), or analytics.MODEL.")],
    key: Annotated[
        list[str] | None, typer.Argument(metavar="KEY", help="The key's values, in its order, or COLUMN=VALUE.")
    ] = None,
    where: Annotated[
        str | None, typer.Option("--where", "-w", metavar="SQL", help="Not a key, but a condition, as in SQL.")
    ] = None,
    values: Annotated[
        bool, typer.Option("--values/--no-values", help="Print the records as the API sent them.")
    ] = True,
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, help="No more rows than this.")] = 10,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Tell where a row comes from: the object, the record in it, the request, and what the API sent, checked.

    Of a published model it tells the Sources' tables that it stands on; with --where the rows in them, too, where the
    model has their keys.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.tracing import draw_traced
        from minidata.steps.trace import trace as step

        facts = step(at.project, at.sources, table, key=key or (), where=where, values=values, limit=limit)
        at.answer(facts, draw_traced)
