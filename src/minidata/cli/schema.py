"""Commands about tables and the Rows they are made from: schema diff."""

import typer

from minidata.cli.desk import desk
from minidata.cli.options import Detailed, Json, ProjectDir, Quiet, SourceName, StreamName

_schema = typer.Typer(help="Hold tables against their Rows.", no_args_is_help=True, rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(_schema, name="schema")


# Without it, a group of one command would be that command.
@_schema.callback()
def _group() -> None:
    """Hold tables against their Rows."""


@_schema.command()
def diff(
    source: SourceName = None,
    stream: StreamName = None,
    detailed: Detailed = False,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Tell how tables differ from their Rows, and what the next load does about it: the SQL, or that it refuses.

    Changes nothing. What load refuses is made anew by `minidata load --rebuild SOURCE.STREAM`.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.schema import draw_differences
        from minidata.steps.schema import schema_diff

        facts = schema_diff(at.project, at.sources, source=source, stream=stream)
        at.answer(facts, draw_differences)
        at.unless_new(facts.nothing_new, detailed)
