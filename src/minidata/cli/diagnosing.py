"""Commands that tell how things are, and let you look inside: status, doctor, history, logs, psql."""

from typing import Annotated, Literal

import typer

from minidata.cli.desk import desk
from minidata.cli.options import Json, ProjectDir, Quiet

Newest = Annotated[int, typer.Option("-n", "--newest", metavar="N", min=0, help="How many of them, the newest.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (status, doctor, history, logs, psql):
        app.command()(command)


def status(project: ProjectDir = None, as_json: Json = False) -> None:
    """
    Tell what runs, what was fetched, loaded and published, and what `run` would do next.

    Works when Postgres is down, with what the object store and the history tell. Of drift it tells what the first and
    the last page of each Stream's newest Run show.
    """
    with desk(project, as_json=as_json) as at:
        from minidata.cli.drawing.status import draw_status
        from minidata.steps.status import status as step

        sources, failures = at.sources_and_failures
        at.answer(step(at.project, sources, failures=failures), draw_status)


def doctor(project: ProjectDir = None, as_json: Json = False) -> None:
    """
    Look at everything the project stands on, and say what mends what is not well.

    Changes nothing. The exit code is that of the worst problem: what the commands that meet it would end with. It is 0
    when there are but warnings.
    """
    with desk(project, as_json=as_json) as at:
        from minidata.cli.drawing.diagnosing import draw_diagnosis
        from minidata.sources import SOURCES
        from minidata.steps.doctor import doctor as step

        at.answer(step(at.project, SOURCES), draw_diagnosis)


def history(
    newest: Newest = 20,
    stage: Annotated[
        str | None, typer.Option("--stage", metavar="STAGE", help="Only this command: ingest, load, run …")
    ] = None,
    project: ProjectDir = None,
    as_json: Json = False,
) -> None:
    """
    List what was run in this project, and what came of it.

    Commands that only look are not in it. One that was killed ended without a word.
    """
    with desk(project, as_json=as_json) as at:
        from minidata.cli.drawing.diagnosing import draw_history
        from minidata.steps.history import history as step

        at.answer(step(at.project, newest=newest, stage=stage), draw_history)


def logs(
    newest: Newest = 100,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on with what is added, until Ctrl-C.")] = False,
    of: Annotated[
        Literal["postgres", "minidata"], typer.Option("--of", help="Whose; minidata's own has its notes and errors.")
    ] = "postgres",
    project: ProjectDir = None,
) -> None:
    """
    Print the log of the project's Postgres, or minidata's own.

    Ctrl-C ends -f well: exit code 0.
    """
    with desk(project) as at:
        from minidata.core.printable import printable
        from minidata.steps.logs import logs as step

        try:
            for line in step(at.project, of=of, newest=newest, follow=follow):
                typer.echo(printable(at.masked(line.expandtabs())))
        except KeyboardInterrupt:
            if not follow:
                raise


def psql(
    arguments: Annotated[list[str] | None, typer.Argument(metavar="-- ARGS", help="For psql itself.")] = None,
    command: Annotated[
        list[str] | None, typer.Option("-c", "--command", metavar="SQL", help="Run this, then end; may be repeated.")
    ] = None,
    role: Annotated[
        str, typer.Option("--role", metavar="ROLE", help="reader, analyst, loader, or owner, who may do anything.")
    ] = "reader",
    project: ProjectDir = None,
    quiet: Quiet = False,
) -> None:
    """
    Open psql at the project's Postgres, as one who only reads what is published.

    The psql on PATH, or the one of the embedded Postgres, or a simple prompt. The exit code is psql's.
    """
    with desk(project, quiet=quiet) as at:
        from minidata.steps.psql import find_psql
        from minidata.steps.psql import psql as step

        program = find_psql()
        if program is not None:
            told = [word for text in command or () for word in ("-c", text)]
            at.exit_code = step(at.project, program, [*told, *(arguments or ())], role=role)
        else:
            from minidata.cli.prompting import converse

            converse(at, command or [], arguments or [], role=role)
