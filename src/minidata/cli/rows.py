"""Commands that hold what is stored against the Rows: check, drift."""

from typing import Annotated

import typer

from minidata.cli.desk import desk
from minidata.cli.options import Json, ProjectDir, Quiet, SourceName, StreamName


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (check, drift):
        app.command()(command)


def check(
    source: SourceName = None,
    stream: StreamName = None,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Tell what a load of all that is stored would do with the Rows as they are now.

    Reads the object store and writes nothing. When Postgres is up, it tells what would be new: records that were
    loaded and do not fit any more, and those in quarantine that now fit. Exits as that load would: with 3 when more
    does not fit than a Stream allows, 6 when an object is damaged, 9 when a table would be refused.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.rows import draw_checked
        from minidata.steps.check import check as step

        at.answer(step(at.project, at.sources, source=source, stream=stream, watch=at.watch), draw_checked)


def drift(
    source: SourceName = None,
    stream: StreamName = None,
    every: Annotated[bool, typer.Option("--all", help="Look through all Runs, not the newest of each Stream.")] = False,
    values: Annotated[bool, typer.Option("--values", help="Tell new values of Literals and Enums, too.")] = False,
    patch: Annotated[
        bool, typer.Option("--patch", help="Print the change to the Rows, for `patch -p0` in the project's folder.")
    ] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 3 when there is any, not with 0.")] = False,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Tell where what the APIs send has moved away from the Rows.

    Fields that no Row names, fields that never come, or are always null, values and types that the Row does not
    expect: with how often, in nested objects too. Reads the object store alone, and changes nothing. What a Row leaves
    out on purpose its Stream names in ignore=("node_id", "user.*"), and nothing is told of it.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.rows import draw_drifted, draw_patch
        from minidata.steps.drift import drift as step

        facts = step(
            at.project,
            at.sources,
            source=source,
            stream=stream,
            every=every,
            values=values,
            patch=patch,
            strict=exit_code,
            watch=at.watch,
        )
        at.answer(facts, draw_patch if patch else draw_drifted)
