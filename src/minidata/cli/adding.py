"""A Source of one's own, written from what an API shows: add."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from minidata.cli.desk import desk
from minidata.cli.options import Json, ProjectDir, Quiet

if TYPE_CHECKING:
    from minidata.core.auths import Auth

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# What looks like this is hardly the name of a secret, and likely to be one.
_LONG, _DIGIT, _LOWER = 20, re.compile(r"\d"), re.compile(r"[a-z]")


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(add)


def add(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="An endpoint that lists records, or an OpenAPI 3 document.")
    ],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The Source's; default: from the host's.")
    ] = None,
    stream: Annotated[
        str | None,
        typer.Option("--stream", "-t", metavar="STREAM", help="The Stream's name; of a document: which one."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Of a document: every list in it.")] = False,
    secret: Annotated[
        str | None,
        typer.Option("--secret", metavar="NAME", help="The name of an API key; its value is never asked for."),
    ] = None,
    header: Annotated[
        str | None, typer.Option("--header", metavar="HEADER", help="The header it goes into: X-Api-Key.")
    ] = None,
    param: Annotated[
        str | None, typer.Option("--param", metavar="PARAM=NAME", help="Or: a parameter, and the key's name.")
    ] = None,
    bearer: Annotated[
        str | None, typer.Option("--bearer", metavar="NAME", help="Or: the name of a bearer token.")
    ] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Print the file, and write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the Source's file when there is one.")] = False,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Write a new Source from what is seen at URL.

    It fetches a page or two, finds the records, the pages, the key and the fields, writes sources/NAME.py with a
    comment wherever it guessed, and keeps what it fetched, so that `minidata load` can load it.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.adding import draw_added
        from minidata.core.inference.addresses import checked_address
        from minidata.steps.add import add as step
        from minidata.steps.adding.finding import Wanted

        # Before anything is written down of this command: there may be a secret in what was given.
        address = checked_address(url)
        auth = _auth(secret, header, param, bearer)
        wanted = Wanted(address, name, stream, auth, every=every, dry=dry, force=force)
        at.answer(step(at.project, at.sources, wanted, watch=at.watch), draw_added)


def _auth(secret: str | None, header: str | None, param: str | None, bearer: str | None) -> "Auth | None":
    """Return what the options say of a credential; raise ConfigError when that cannot be meant."""
    from minidata.core.auths import ApiKey, Bearer
    from minidata.core.errors import ConfigError

    if (secret is None) != (header is None):
        raise ConfigError(
            "--secret and --header go together", hint="for example --secret SHOP_API_KEY --header X-Api-Key"
        )
    if sum(one is not None for one in (secret, param, bearer)) > 1:
        raise ConfigError("an API wants one credential", hint="say --secret and --header, or --param, or --bearer")
    if secret is not None:
        return ApiKey(header=header, secret=_named("--secret", secret))
    if bearer is not None:
        return Bearer(_named("--bearer", bearer))
    if param is not None:
        key, _, value = param.partition("=")
        return ApiKey(param=key, secret=_named("--param", value))
    return None


def _named(option: str, name: str) -> str:
    """Return *name* when it may name a secret; the ConfigError does not repeat it, for it may be the secret itself."""
    from minidata.core.errors import ConfigError

    if not _NAME.match(name) or (len(name) >= _LONG and _DIGIT.search(name) and _LOWER.search(name)):
        raise ConfigError(
            f"{option} wants the name of a secret, never the secret",
            hint="run `minidata secrets set SHOP_API_KEY`, and say SHOP_API_KEY here",
        )
    return name
