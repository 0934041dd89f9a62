"""Commands about the object store: store ls, show, verify, copy, expire."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from minidata.cli.desk import desk
from minidata.cli.options import Json, ProjectDir, Quiet, SourceName, StreamName

if TYPE_CHECKING:
    from minidata.core.settings import StoreSection

Endpoint = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Where the bucket of a URL on this line answers; default: store.endpoint."),
]
Region = Annotated[str | None, typer.Option(metavar="NAME", help="The region of that bucket; default: store.region.")]
PathStyle = Annotated[
    bool | None,
    typer.Option("--path-style/--host-style", help="Where that bucket's name goes; default: store.path_style."),
]


def add_to(app: typer.Typer) -> None:
    """Add these commands, as `minidata store …`."""
    group = typer.Typer(help="Look into the object store, check it, copy it, tidy it up.", no_args_is_help=True)
    group.command("ls")(list_)
    for command in (show, verify, copy, expire):
        group.command()(command)
    app.add_typer(group, name="store")


def list_(
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="A Run's id, or its beginning: its Pages.")] = None,
    source: SourceName = None,
    stream: StreamName = None,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the Runs that are in the object store; with RUN, its Pages."""
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.stores import draw_pages, draw_runs
        from minidata.steps.store.listing import list_pages, list_runs
        from minidata.steps.stored import store_of

        store = store_of(at.project)
        if run is None:
            at.answer(list_runs(store, at.watch, source=source, stream=stream), draw_runs)
        else:
            at.answer(list_pages(store, run, source=source, stream=stream), draw_pages)


def show(
    name: Annotated[str, typer.Argument(metavar="KEY|RUN/PAGE", help="A key, or a Run's id and a Page's number.")],
    meta: Annotated[bool, typer.Option("--meta", help="Not its bytes, but how they came: the request.")] = False,
    project: ProjectDir = None,
    as_json: Json = False,
) -> None:
    """
    Print what an API sent, byte for byte, after checking that it is still that.

    With --meta, or --json, the request that was answered so, as the manifest tells.
    """
    with desk(project, as_json=as_json) as at:
        from minidata.cli.drawing.stores import draw_page
        from minidata.steps.store.showing import body_of, find_object
        from minidata.steps.stored import store_of

        store = store_of(at.project)
        shown = find_object(store, name)
        if meta or as_json:
            at.answer(shown, draw_page)
        else:
            sys.stdout.buffer.write(body_of(store, shown))
            sys.stdout.buffer.flush()


def verify(
    source: SourceName = None,
    stream: StreamName = None,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Read everything and compare it with what was stored; exit with 6 when something is damaged or gone.

    Tells also which Runs are unfinished, and which objects belong to no Run; neither is ever loaded.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.stores import draw_verified
        from minidata.steps.store.verifying import verify as step
        from minidata.steps.stored import store_of

        at.answer(step(store_of(at.project), at.watch, source=source, stream=stream), draw_verified)


def copy(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where to: spelled as the setting store.url.")],
    origin: Annotated[
        str | None, typer.Option("--from", metavar="URL", help="Where from; default: the project's own.")
    ] = None,
    endpoint: Endpoint = None,
    region: Region = None,
    path_style: PathStyle = None,
    source: SourceName = None,
    stream: StreamName = None,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Copy all finished Runs into another object store, and say how to work there from now on.

    What is there already is not copied again, so that an interrupted copy goes on where it was. Nothing is removed.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.stores import draw_copied
        from minidata.steps.store.copying import copy_between

        own = at.project.settings.store
        told = {"endpoint": endpoint, "region": region, "path_style": path_style}
        there = {name: value for name, value in told.items() if value is not None}
        begin = _at(own, origin, there) if origin else own
        facts = copy_between(at.project.root, begin, _at(own, url, there), at.watch, source=source, stream=stream)
        at.answer(facts, draw_copied)


def expire(
    older_than: Annotated[
        str | None, typer.Option("--older-than", metavar="AGE", help="Runs that began so long ago: 12h, 90d, 26w.")
    ] = None,
    keep: Annotated[
        int | None, typer.Option("--keep", metavar="N", min=1, help="Runs beyond the newest N of their Stream.")
    ] = None,
    even_if_needed: Annotated[
        bool, typer.Option("--even-if-needed", help="Also what a table comes from; it cannot be made again then.")
    ] = False,
    really: Annotated[
        bool, typer.Option("--yes/--dry-run", help="Remove them, or only say which: the default.")
    ] = False,
    source: SourceName = None,
    stream: StreamName = None,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Remove old Runs that no table needs to be made again from; without --yes, only say which.

    A Run is needed while a row, or a quarantined record, comes from it, and until it is loaded. The newest finished
    Run of each Stream always stays. With both --older-than and --keep, what goes is old by both.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.stores import draw_expired
        from minidata.steps.store.expiring import Rule, age
        from minidata.steps.store.expiring import expire as step
        from minidata.steps.stored import store_of

        rule = Rule(age(older_than) if older_than else None, keep)
        facts = step(
            at.project,
            store_of(at.project),
            rule,
            at.watch,
            source=source,
            stream=stream,
            even_if_needed=even_if_needed,
            really=really,
        )
        at.answer(facts, draw_expired)


def _at(own: "StoreSection", url: str, there: Mapping[str, object]) -> "StoreSection":
    """Return the project's settings with another URL; a folder has nothing else."""
    if "://" not in url:
        return type(own)(url=url, compression=own.compression)
    return own.model_copy(update={"url": url, **there})
