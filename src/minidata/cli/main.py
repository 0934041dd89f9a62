"""The program: its verbs, in the order in which a newcomer meets them."""

import gc
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Annotated

import typer

from minidata import __version__
from minidata.core.secrecy.masked import Masked
from minidata.core.secrecy.secrets import Redactor

_HELP = """
A miniature data platform: HTTP APIs to tested, published Postgres tables.

Raw bytes are kept, records are validated, SQL models are tested, and only what passed is published. Start with
`minidata init shop`, then `cd shop` and `minidata demo`.
"""

# So many new objects at least are looked at for garbage.
_OFTEN_ENOUGH = 150_000

# Which module of minidata.cli has which verbs. To make commands of them all would be a fifth of a short one's time, so
# that is done for --help only, and for a verb that is none.
VERBS = {
    "projects": ("init", "config", "demo", "demo-api"),
    "adding": ("add",),
    "platform": ("up", "down"),
    "diagnosing": ("status", "doctor", "history", "logs", "psql"),
    "database": ("db",),
    "pipeline": ("ingest", "load", "analyze", "diff", "test", "report", "run"),
    "compiling": ("compile",),
    "fixture": ("fixture",),
    "rows": ("check", "drift"),
    "schema": ("schema",),
    "quarantine": ("quarantine",),
    "ask": ("query",),
    "trace": ("trace",),
    "lineage": ("lineage",),
    "images": ("image",),
    "schedules": ("export", "schedule"),
    "secrets": ("secrets",),
    "stores": ("store",),
}


def program(verb: str = "") -> typer.Typer:
    """Return the program, with the verbs of the module that has *verb*; with all, if none has."""
    app = typer.Typer(
        name="minidata",
        help=_HELP,
        no_args_is_help=True,
        # Plain help: drawing it would take longer than all else that --help does.
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_minidata)
    modules: Iterable[str] = [module for module, verbs in VERBS.items() if verb in verbs] or VERBS
    for module in modules:
        import_module(f"minidata.cli.{module}").add_to(app)
    return app


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer's way
    if wanted:
        typer.echo(f"minidata {__version__}")
        raise typer.Exit


def _minidata(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold what all commands share."""


def main() -> None:
    """Run the program; never returns."""
    # What is imported stays; looking for garbage in it all the time takes a twentieth of a start.
    gc.set_threshold(_OFTEN_ENOUGH)
    # Texts from outside may hold what this terminal or pipe cannot spell.
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    redact = Redactor()
    sys.stdout, sys.stderr = (Masked.over(stream, redact) for stream in (sys.stdout, sys.stderr))
    program(sys.argv[1] if len(sys.argv) > 1 else "")()
