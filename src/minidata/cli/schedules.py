"""Commands about who runs things, and when: export, for the programs people have, and schedule, for who has none."""

from datetime import UTC
from pathlib import Path
from typing import Annotated, Any

import typer

from minidata.cli.desk import Desk, desk
from minidata.cli.options import Json, ProjectDir, Quiet
from minidata.core.running.schedules import DEFAULT, Overlap

Schedule = Annotated[str, typer.Option("--schedule", metavar="CRON", help="Five fields, or @daily and the like.")]
Sources = Annotated[
    list[str] | None, typer.Option("--source", "-s", metavar="SOURCE", help="Only this Source; may be repeated.")
]
Program = Annotated[
    Path | None, typer.Option("--program", metavar="PATH", help="Where minidata is there; default: this one.")
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="PATH", help="A file or a folder; default, and -: stdout.")
]
_exports = typer.Typer(
    help="Write what another program needs to run this project.", no_args_is_help=True, rich_markup_mode=None
)


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(_exports, name="export")
    app.command()(schedule)


def schedule(
    times: Annotated[
        str, typer.Argument(metavar="CRON", help='Five fields, as "*/15 * * * *", or @daily and the like.')
    ],
    options: Annotated[
        list[str] | None, typer.Argument(metavar="-- OPTION", help="Handed to each `minidata run`.")
    ] = None,
    overlap: Annotated[
        Overlap, typer.Option(help="When a run is due and the one before still at work: skip it, or queue one.")
    ] = Overlap.SKIP,
    once_at_start: Annotated[bool, typer.Option("--once-at-start", help="Run now too.")] = False,
    utc: Annotated[bool, typer.Option("--utc", help="Read CRON in UTC, not by this machine's clock.")] = False,
    project: ProjectDir = None,
    quiet: Quiet = False,
) -> None:
    """
    Run the pipeline again and again, here in the foreground.

    Each run is a process of its own, and what it ends with ends nothing else. SIGINT (Ctrl-C) and SIGTERM are passed on
    to the run that is at work; when it has ended, this exits with 130 or 143.
    """
    with desk(project, quiet=quiet) as at:
        from minidata.adapters.cron import Cron, local_zone
        from minidata.cli.drawing.schedules import draw_scheduled
        from minidata.steps.schedule import schedule as step

        cron = Cron.read(times, UTC if utc else local_zone())
        at.note(f"{at.project.root}: {cron.explained}")
        facts = step(at.project, cron, options or (), overlap=overlap, at_once=once_at_start, watch=at.watch)
        at.answer(facts, draw_scheduled)


@_exports.command()
def airflow(
    schedule: Schedule = DEFAULT,
    source: Sources = None,
    isolated: Annotated[
        bool, typer.Option("--isolated", help="Each task in a container of docker/compose.yaml: DockerOperator.")
    ] = False,
    dag_id: Annotated[str | None, typer.Option("--dag-id", help="Default: minidata_ and the project's name.")] = None,
    program: Program = None,
    output: Output = None,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Write a DAG for Airflow 3 (and 2.10), which imports nothing of minidata.

    A task for each Source to ingest and to load, then analyze, test, and each report. The schedule is in UTC.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        _export(
            at,
            "airflow",
            output,
            schedule=schedule,
            sources=source or (),
            program=program,
            dag_id=dag_id,
            isolated=isolated,
        )


@_exports.command()
def cron(
    schedule: Schedule = DEFAULT,
    source: Sources = None,
    program: Program = None,
    output: Output = None,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the line for `crontab -e`. The schedule goes by the machine's clock."""
    with desk(project, as_json=as_json, quiet=quiet) as at:
        _export(at, "cron", output, schedule=schedule, sources=source or (), program=program)


@_exports.command()
def systemd(
    schedule: Schedule = DEFAULT,
    source: Sources = None,
    program: Program = None,
    output: Output = None,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Write a timer, the service it starts, and one that keeps Postgres up.

    The schedule goes by the machine's clock. An --output is a folder.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        _export(at, "systemd", output, schedule=schedule, sources=source or (), program=program)


@_exports.command("github-actions")
def github_actions(
    schedule: Schedule = DEFAULT,
    source: Sources = None,
    output: Output = None,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Write a workflow for GitHub Actions, with Postgres embedded and the store in a bucket.

    The schedule is in UTC.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        # There the program is on PATH, wherever it is here.
        _export(at, "github-actions", output, schedule=schedule, sources=source or (), program=Path("minidata"))


@_exports.command()
def dbt(
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help="That of the models, or another one; default, and -: stdout."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that say something else.")] = False,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Write what dbt needs to run the models by itself: a project file, the sources, a profile without a password.

    The sources are made of the Rows: types, descriptions, and tests of keys, nulls and values. What is declared
    already is left out, and so is a project file where there is one.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.schedules import draw_exported
        from minidata.steps.export_dbt import export_dbt

        place = None if str(output) == "-" else output
        at.answer(export_dbt(at.project, at.sources, output=place, force=force), draw_exported)


def _export(at: Desk, target: str, output: Path | None, **wanted: Any) -> None:
    from minidata.cli.drawing.schedules import draw_exported
    from minidata.steps.export import Wanted, export

    place = None if str(output) == "-" else output
    at.answer(export(at.project, at.sources, target, Wanted(**wanted), output=place), draw_exported)
