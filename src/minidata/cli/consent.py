"""A yes, asked for before something is lost."""

import sys

import typer

from minidata.core.errors import RefusedError


def need_yes(question: str) -> None:
    """Come back when somebody says yes to *question*; raise RefusedError for a no, and where nobody can be asked."""
    if not sys.stdin.isatty():
        raise RefusedError("this needs a yes, and there is no terminal to ask", hint="say --yes")
    if not typer.confirm(question, err=True):
        raise RefusedError("nothing was done")
