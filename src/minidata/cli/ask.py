"""Questions to the database: query."""

import sys
from typing import Annotated

import typer

from minidata.cli.desk import desk
from minidata.cli.options import ProjectDir, Quiet


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(query)


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One query; - reads it from stdin.")],
    form: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="table, csv, json, jsonl or md.")
    ] = "table",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    project: ProjectDir = None,
    quiet: Quiet = False,
) -> None:
    """
    Run one query that only reads, and print its rows.

    Published tables need no schema: select * from revenue_by_month.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.steps.query import query as step

        text = sys.stdin.read() if sql == "-" else sql
        step(at.project, text, form="json" if as_json else form, stdout=sys.stdout.buffer)
