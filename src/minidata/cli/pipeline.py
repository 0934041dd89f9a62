"""The pipeline's stages: ingest, load, analyze, test, report, and run, which is all of them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from minidata.cli.analyzing import analyze, diff
from minidata.cli.desk import desk
from minidata.cli.given import pairs, refuse_beside
from minidata.cli.options import (
    AllowShrink,
    Detailed,
    Isolated,
    Json,
    ProjectDir,
    Quiet,
    SourceName,
    StreamName,
    Variables,
)


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (ingest, load, analyze, diff, test, report, run):
        app.command()(command)


def ingest(
    source: SourceName = None,
    stream: StreamName = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Ask for what changed since then, not since the last Run.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="... and up to then; the cursor stays where it is.")
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(metavar="LENGTH", help="... in pieces of 6h, 1d or 2w; those there are skipped."),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Ask for everything again.")] = False,
    dump: Annotated[
        Path | None,
        typer.Option("--from", metavar="PATH", help="Ask nobody: take a file, all files of a folder, or - for stdin."),
    ] = None,
    isolated: Isolated = False,
    detailed: Detailed = False,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Fetch from the APIs into the object store, byte for byte.

    A Stream that knows its cursor is asked only for what is new. A Run counts only when all its pages are there; one
    that was interrupted goes on where it stopped.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.pipeline import draw_ingested

        if dump is not None:
            refuse_beside(
                "--from",
                {"--since": since, "--until": until, "--window": window, "--full": full, "--isolated": isolated},
                hint="--from asks no API, and reads files here",
            )
            from minidata.steps.ingest_files import ingest_files

            stdin = sys.stdin.buffer if sys.stdin else None
            facts = ingest_files(
                at.project, at.sources, dump, source=source, stream=stream, stdin=stdin, watch=at.watch
            )
            at.answer(facts, draw_ingested)
            at.unless_new(facts.streams[0].unchanged, detailed)
            return
        if isolated:
            from minidata.steps.isolated import ingest as step
        else:
            from minidata.steps.ingest import ingest as step

        facts = step(
            at.project,
            at.sources,
            source=source,
            stream=stream,
            since=since,
            until=until,
            window=window,
            full=full,
            watch=at.watch,
        )
        at.answer(facts, draw_ingested)
        at.unless_new(not any(one.records for one in facts.streams), detailed)


def load(
    source: SourceName = None,
    stream: StreamName = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, metavar="N", help="Processes that share the work; default: the cores.")
    ] = None,
    allow_shrink: AllowShrink = False,
    rebuild: Annotated[
        list[str] | None,
        typer.Option(
            "--rebuild", metavar="TABLE", help="Make SOURCE.TABLE anew from all that is stored, and swap it in."
        ),
    ] = None,
    isolated: Isolated = False,
    detailed: Detailed = False,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Validate what was fetched and merge it into the sources' tables.

    Records that do not fit are quarantined, with the reason: see `minidata quarantine`. A second load changes nothing,
    and one that is killed at any moment is gone on with by the next. Loads on several machines may share store and
    database.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.pipeline import draw_loaded, draw_rebuilt

        if rebuild:
            from minidata.steps.rebuild import rebuild as rebuild_step

            refuse_beside("--rebuild", {"--source": source, "--stream": stream, "--isolated": isolated})
            at.answer(rebuild_step(at.project, at.sources, rebuild, workers=workers, watch=at.watch), draw_rebuilt)
            return
        if isolated:
            from minidata.steps.isolated import load as step
        else:
            from minidata.steps.load import load as step

        facts = step(
            at.project,
            at.sources,
            source=source,
            stream=stream,
            workers=workers,
            allow_shrink=allow_shrink,
            watch=at.watch,
        )
        at.answer(facts, draw_loaded)
        at.unless_new(facts.nothing_new, detailed)


def test(
    select: Annotated[
        list[str] | None,
        typer.Option("--select", "-s", metavar="TEST", help="Only these, or of these models: orders, test_type:unit …"),
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option("--exclude", metavar="TEST", help="Not these.")] = None,
    unit: Annotated[bool, typer.Option("--unit", help="Only unit tests, which read no table.")] = False,
    data: Annotated[bool, typer.Option("--data", help="Only tests of data.")] = False,
    threads: Annotated[
        int | None, typer.Option(min=1, max=64, metavar="N", help="Tests run at one time; default: the cores.")
    ] = None,
    variables: Variables = None,
    isolated: Isolated = False,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Run tests of data against what is published, and unit tests of models over the rows beside them.

    What is published stays as it is. Rows that break a rule are kept for a look at them.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.testing import draw_tested
        from minidata.steps.test import Wishes

        refuse_beside("--unit", {"--data": unit and data})
        wishes = Wishes(select or (), exclude or (), "unit" if unit else "data" if data else None, threads)
        if isolated:
            from minidata.steps.isolated import test as isolated_step

            facts = isolated_step(at.project, wishes, variables=pairs(variables), watch=at.watch)
        else:
            from minidata.steps.test import test as step

            facts = step(
                at.project,
                wishes,
                sources=lambda: at.sources_and_failures[0],
                variables=pairs(variables),
                watch=at.watch,
            )
        at.answer(facts, draw_tested)


def report(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Which; default: all of them.")] = None,
    form: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="table, csv, json, jsonl, md or html.")
    ] = "table",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="PATH", help="A file or a folder; - is stdout.")
    ] = None,
    isolated: Isolated = False,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Answer the questions in sql/reports.

    One named report goes to stdout; several, or an --output, go into files, by default in output/.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.pipeline import draw_reported
        from minidata.steps.report import Destination

        if isolated:
            from minidata.steps.isolated import report as step
        else:
            from minidata.steps.report import report as step

        to_stdout = str(output) == "-" or (output is None and len(names or ()) == 1 and not as_json)
        destination = Destination(form, None if to_stdout else output, sys.stdout.buffer if to_stdout else None)
        facts = step(at.project, destination, names=names or (), watch=at.watch)
        at.answer(facts, draw_reported)


def run(
    source: SourceName = None,
    variables: Variables = None,
    allow_shrink: AllowShrink = False,
    isolated: Isolated = False,
    detailed: Detailed = False,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Ingest, load, analyze and report, once: what a scheduler calls.

    A Source that fails does not hold up the others. Too many quarantined records or a failing test stop it before
    anything is published.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.pipeline import draw_ran

        if isolated:
            from minidata.steps.isolated import run as step
        else:
            from minidata.steps.run import run as step

        facts = step(
            at.project,
            at.sources,
            source=source,
            variables=pairs(variables),
            allow_shrink=allow_shrink,
            watch=at.watch,
        )
        at.answer(facts, draw_ran)
        at.unless_new(facts.loaded.nothing_new, detailed)
