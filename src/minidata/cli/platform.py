"""Commands about what runs: up, down."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from minidata.cli.consent import need_yes
from minidata.cli.desk import Desk, desk
from minidata.cli.options import EngineKind, Json, ProjectDir, Quiet


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (up, down):
        app.command()(command)


def up(
    engine: EngineKind = None,
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Where the data is of another Postgres version, fill a new database.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Start Postgres and prepare the database.

    Does nothing when it is up. Docker's when an engine answers, else embedded; the choice is kept in .minidata/ and
    never changes by itself. --upgrade keeps the old data and fills the new database from the object store.
    """
    with desk(project, as_json=as_json, quiet=quiet, flags=engine_flags(engine)) as at:
        if upgrade:
            _upgrade(at, yes=yes)
            return
        from minidata.cli.drawing.platform import draw_up
        from minidata.steps.up import up as step

        at.answer(step(at.project, watch=at.watch), draw_up)


def down(
    volumes: Annotated[
        bool, typer.Option("--volumes", help="Remove the database's data too. Raw objects stay.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Stop Postgres; its data is kept, unless told otherwise."""
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.platform import draw_down
        from minidata.steps.down import down as step

        if volumes and not yes:
            need_yes(f"Remove the database of {at.project.root}? Raw objects stay, `load` brings the rows back.")
        at.answer(step(at.project, volumes=volumes, watch=at.watch), draw_down)


def _upgrade(at: Desk, *, yes: bool) -> None:
    from minidata.cli.drawing.platform import draw_upgraded
    from minidata.steps.upgrade import upgrade as step

    if not yes:
        need_yes(
            f"Fill a new database for {at.project.root} from the object store? The old one is kept, and tables of your"
            " own that are in it are not carried over."
        )
    at.answer(step(at.project, at.sources, watch=at.watch), draw_upgraded)


def engine_flags(kind: str | None) -> Mapping[str, Mapping[str, Any]]:
    """Return --engine as a setting."""
    return {"engine": {"kind": kind}} if kind else {}
