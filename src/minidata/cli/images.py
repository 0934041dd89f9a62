"""Commands about the image of minidata: image build."""

from pathlib import Path
from typing import Annotated

import typer

from minidata.cli.desk import Desk, desk
from minidata.cli.options import Json, ProjectDir, Quiet


def add_to(app: typer.Typer) -> None:
    """Add these commands, as `minidata image …`."""
    group = typer.Typer(help="The image that stages run in, when they run in containers.", no_args_is_help=True)
    group.callback()(_image)
    group.command()(build)
    app.add_typer(group, name="image")


def _image() -> None:
    """Be a group, though it has but one command."""


def build(
    base: Annotated[
        str | None,
        typer.Option("--base", metavar="IMAGE", help="A Debian-like image with Python; default: python:3.x-slim."),
    ] = None,
    wheels: Annotated[
        Path | None,
        typer.Option("--wheels", metavar="DIR", help="Install from the wheels in this folder, and from nowhere else."),
    ] = None,
    tag: Annotated[
        str | None,
        typer.Option("--tag", metavar="NAME", help="Default: the setting isolated.image, or minidata:VERSION."),
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Do without what earlier builds have left.")] = False,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Build the image of this minidata with the Docker engine that is used.

    With a base that the engine has, and --wheels, nothing is fetched from anywhere.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.images import draw_built
        from minidata.steps.image import build as step

        name = tag or _wanted_name(at)
        at.answer(step(name, base=base, wheels=wheels, anew=no_cache, watch=at.watch), draw_built)


def _wanted_name(at: Desk) -> str:
    """Return the name that stages will look for; outside of any project that is this version's own."""
    from minidata.core.errors import ConfigError
    from minidata.steps.image import image_name, own_name

    try:
        project = at.project
    except ConfigError:
        if at.folder is not None:
            raise
        return own_name()
    return image_name(project)
