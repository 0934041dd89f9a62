"""The program: its verbs, in the order in which a newcomer meets them."""

import gc
import sys
from typing import Annotated

import typer

from minidata import __version__
from minidata.cli import (
    adding,
    ask,
    database,
    diagnosing,
    fixture,
    images,
    lineage,
    pipeline,
    platform,
    projects,
    quarantine,
    rows,
    schedules,
    schema,
    secrets,
    stores,
    trace,
)
from minidata.core.secrecy.masked import Masked
from minidata.core.secrecy.secrets import Redactor

_HELP = """
A miniature data platform: HTTP APIs to tested, published Postgres tables.

Raw bytes are kept, records are validated, SQL models are tested, and only what passed is published. Start with
`minidata init shop`, then `cd shop` and `minidata demo`.
"""

# So many new objects at least are looked at for garbage.
_OFTEN_ENOUGH = 50_000

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


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer's way
    if wanted:
        typer.echo(f"minidata {__version__}")
        raise typer.Exit


@app.callback()
def _minidata(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold what all commands share."""


for group in (
    projects,
    adding,
    platform,
    diagnosing,
    database,
    pipeline,
    fixture,
    rows,
    schema,
    quarantine,
    ask,
    trace,
    lineage,
    images,
    schedules,
    secrets,
    stores,
):
    group.add_to(app)


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
    app()
