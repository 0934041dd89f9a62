"""Commands about secrets: which are needed, whether they are there, and setting one. None of them shows a value."""

import sys
from typing import Annotated, Literal

import typer

from minidata.cli.desk import desk
from minidata.cli.options import Json, ProjectDir, Quiet
from minidata.core.errors import ConfigError

Name = Annotated[str, typer.Argument(metavar="NAME", help="As the Source calls it, such as SHOP_API_KEY.")]
Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Default: all that are needed.")]
Store = Annotated[Literal["env-file", "keyring", "aws"], typer.Option("--store", help="Where it is kept.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(
        no_args_is_help=True, rich_markup_mode=None, help="Which secrets are needed, and where they are."
    )
    group.command("list")(list_secrets)
    group.command("check")(check_secrets)
    group.command("set")(set_secret)
    app.add_typer(group, name="secrets")


def list_secrets(project: ProjectDir = None, as_json: Json = False) -> None:
    """
    List the secrets that Sources and settings need, and where each is found.

    Looked for in the environment, a file that NAME_FILE names, /run/secrets/NAME, .env, the keyring, AWS Secrets
    Manager.
    """
    with desk(project, as_json=as_json) as at:
        from minidata.cli.drawing.secrets import draw_secrets
        from minidata.steps.secrets import list_secrets as step

        at.answer(step(at.project, at.sources), draw_secrets)


def check_secrets(names: Names = None, project: ProjectDir = None, as_json: Json = False) -> None:
    """
    Check that each secret is there and looks right.

    Exits with 2 when one is missing, or has quotes, white space or a newline around it.
    """
    with desk(project, as_json=as_json) as at:
        from minidata.cli.drawing.secrets import draw_secrets
        from minidata.steps.secrets import check_secrets as step

        at.answer(step(at.project, at.sources, names or ()), draw_secrets)


def set_secret(
    name: Name, store: Store = "env-file", project: ProjectDir = None, as_json: Json = False, quiet: Quiet = False
) -> None:
    """
    Keep a secret in .env, in the keyring or in AWS Secrets Manager.

    The value is read from stdin, or asked for without showing it; it is no argument, since everybody on the machine can
    read those.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.secrets import draw_set
        from minidata.steps.secrets import set_secret as step

        at.answer(step(at.project, name, _value(name), store), draw_set)


def _value(name: str) -> str:
    """Return what comes on stdin, all of it; ask where it is a terminal."""
    if sys.stdin.isatty():
        asked: str = typer.prompt(f"{name} (not shown)", hide_input=True, err=True)
        return asked
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise ConfigError(f"the value of {name} is no UTF-8 text") from None
