"""A simple prompt for SQL, for machines without psql."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from minidata.core.errors import ConfigError

if TYPE_CHECKING:
    from minidata.adapters.database.asking.session import Said
    from minidata.cli.desk import Desk
    from minidata.steps.psql import Prompt

_READY = "minidata> "
_WAITING = "      ..> "
_LEAVING = {"\\q", "exit", "quit"}


def converse(desk: "Desk", commands: list[str], arguments: list[str], *, role: str) -> None:
    """
    Run *commands*, or with none what is typed, statement by statement, as *role*.

    At a terminal an error is told, and the next statement asked for; else the first error ends it. Raises ConfigError
    when there are *arguments*, which only psql understands.
    """
    from minidata.steps.psql import prompt

    if arguments:
        raise ConfigError(f"there is no psql here that understands {arguments[0]}", hint="install postgresql-client")
    with prompt(desk.project, role=role) as opened:
        if commands:
            for text in commands:
                _run(desk, opened, text)
            return
        typed = sys.stdin.isatty()
        if typed:
            desk.note("a statement ends with ; and \\q leaves")
        for text in statements(typed=typed):
            _run_typed(desk, opened, text) if typed else _run(desk, opened, text)


def statements(*, typed: bool) -> Iterator[str]:
    """Yield each statement of stdin as soon as its semicolon is there; the last one needs none. ``\\q`` ends it."""
    from minidata.core.queries.statements import parted

    text = ""
    while (line := _line(text, typed=typed)) is not None:
        if not text.strip() and line.strip() in _LEAVING:
            return
        text += line
        first, text = parted(text)
        while first is not None:
            yield first
            first, text = parted(text)
    if text.strip():
        yield text


def _line(before: str, *, typed: bool) -> str | None:
    """Return the next line, None at the end; *before* is what is there of its statement."""
    if not typed:
        return sys.stdin.readline() or None
    try:
        return input(_WAITING if before.strip() else _READY) + "\n"
    except EOFError:
        return None


def _run_typed(desk: "Desk", opened: "Prompt", text: str) -> None:
    try:
        _run(desk, opened, text)
    except ConfigError as exc:
        desk.fail(str(exc), exc.hint)


def _run(desk: "Desk", opened: "Prompt", text: str) -> None:
    for said in opened.say(text):
        _draw(desk, said)


def _draw(desk: "Desk", said: "Said") -> None:
    from minidata.core.formats.table import aligned

    if said.columns:
        for line in aligned(said.columns, said.rows):
            typer.echo(desk.masked(line), nl=False)
        typer.echo(f"({len(said.rows):,} {'row' if len(said.rows) == 1 else 'rows'})")
    else:
        typer.echo(said.status)
