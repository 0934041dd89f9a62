"""Commands about what was not loaded: quarantine list, show, retry, discard."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from minidata.cli.consent import need_yes
from minidata.cli.desk import Desk, desk
from minidata.cli.options import Json, ProjectDir, Quiet, SourceName, StreamName

if TYPE_CHECKING:
    from minidata.adapters.database.ledger.quarantined import Which

Code = Annotated[
    str | None, typer.Option("--code", "-c", metavar="CODE", help="Only this reason, such as WRONG_TYPE; see list.")
]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="Only of Runs that began then, or later.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Only of Runs that began before.")]
RunId = Annotated[str | None, typer.Option("--run", metavar="RUN", help="Only of this Run: its id, or its beginning.")]
Limit = Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, help="No more lines than this.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands, as `minidata quarantine …`."""
    group = typer.Typer(help="Look into the quarantine, try again what is in it, give it up.", no_args_is_help=True)
    group.command("list")(list_)
    for command in (show, retry, discard):
        group.command()(command)
    app.add_typer(group, name="quarantine")


def list_(
    source: SourceName = None,
    stream: StreamName = None,
    code: Code = None,
    since: Since = None,
    until: Until = None,
    run: RunId = None,
    records: Annotated[bool, typer.Option("--records", help="Each record by itself, not in groups.")] = False,
    discarded: Annotated[bool, typer.Option("--discarded", help="What was given up, not what is open.")] = False,
    limit: Limit = 100,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Tell what is in quarantine, and why: a line for each reason, or with --records for each record.

    It shows no values. Seen is when a record was fetched.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.quarantine import draw_groups, draw_reasons
        from minidata.steps.quarantine.listing import list_groups, list_records, which_of

        which = which_of(
            at.sources,
            source=source,
            stream=stream,
            code=code,
            since=since,
            until=until,
            run=run,
            discarded=discarded,
        )
        if records:
            at.answer(list_records(at.project, which, limit=limit), partial(draw_reasons, which=which))
        else:
            at.answer(list_groups(at.project, which, limit=limit), partial(draw_groups, which=which))


def show(
    name: Annotated[
        str,
        typer.Argument(metavar="ID|OBJECT[#RECORD]", help="An id of `list --records`, or RUN/PAGE#RECORD, or a key."),
    ],
    values: Annotated[
        bool, typer.Option("--values", help="Print the record, too, as the API sent it. It may be personal.")
    ] = False,
    limit: Limit = 20,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell all of one record in quarantine: what is wrong with it, where it is, and the request that brought it."""
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.quarantine import draw_shown
        from minidata.steps.quarantine.showing import show as step

        at.answer(step(at.project, at.sources, name, values=values, limit=limit), draw_shown)


def retry(
    source: SourceName = None,
    stream: StreamName = None,
    code: Code = None,
    since: Since = None,
    until: Until = None,
    run: RunId = None,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Try again, with the Rows as they are now, what is in quarantine.

    Whole objects are tried in which something is meant. What fits goes into its table, over older rows of its key and
    never over newer ones; the rest stays, with today's reasons. Exits with 3 as `load` does.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.quarantine import draw_retried
        from minidata.steps.quarantine.listing import which_of
        from minidata.steps.quarantine.retrying import retry as step

        which = which_of(at.sources, source=source, stream=stream, code=code, since=since, until=until, run=run)
        at.answer(step(at.project, at.sources, which, at.watch), partial(draw_retried, which=which))


def discard(
    ids: Annotated[list[int] | None, typer.Argument(metavar="ID", help="Ids of `list --records`.")] = None,
    source: SourceName = None,
    stream: StreamName = None,
    code: Code = None,
    since: Since = None,
    until: Until = None,
    run: RunId = None,
    every: Annotated[bool, typer.Option("--all", help="All that is in quarantine.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; it is kept.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Give records up that nobody will mend: they are kept, and neither counted nor tried again.

    `load --rebuild` keeps to it; what is loaded into a new database knows nothing of it.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from dataclasses import replace

        from minidata.cli.drawing.quarantine import draw_discarded
        from minidata.steps.quarantine.discarding import discard as step
        from minidata.steps.quarantine.listing import which_of

        which = which_of(at.sources, source=source, stream=stream, code=code, since=since, until=until, run=run)
        which = replace(which, ids=tuple(ids) if ids else None)
        _check_meant(which, every=every)
        if not yes:
            _need_yes(at, which)
        at.answer(step(at.project, which, reason), draw_discarded)


def _check_meant(which: "Which", *, every: bool) -> None:
    from minidata.core.errors import ConfigError

    if which.narrow == every:
        what = "--all and a choice contradict each other" if every else "nothing says what is to be given up"
        raise ConfigError(what, hint="say ids, or --source, --stream, --code, --run …, or --all")


def _need_yes(at: Desk, which: "Which") -> None:
    from minidata.core.wording import counted
    from minidata.steps.quarantine.listing import list_groups

    found = list_groups(at.project, which, limit=1)
    if found.records:
        need_yes(
            f"Give up {counted(found.records, 'record')} in quarantine? What is given up is kept, and never loaded."
        )
