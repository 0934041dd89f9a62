"""
The desk every command works at: the project, the streams to write to, and the one place where errors end.

Data goes to stdout, everything else to stderr. Ours are one line and a hint; a bug keeps its traceback, secrets masked.
"""

import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from minidata.cli.diary import Diary
from minidata.cli.stdout import forget_stdout, give_up_stdout_if_full, stdout_told
from minidata.core.errors import ConfigError, Exit, MinidataError
from minidata.core.failpoints import FAILPOINT, arm
from minidata.core.printable import printable
from minidata.core.secrecy.masked import Masked
from minidata.core.secrecy.secrets import Redactor, Vault

if TYPE_CHECKING:
    from rich.console import Console

    from minidata.adapters.project import Project
    from minidata.core.settings import Settings
    from minidata.core.source import Source

Facts = TypeVar("Facts")
_WIDE = 240


class Desk:
    """What one command has before it. Settings given as *flags* are the strongest."""

    def __init__(
        self, folder: Path | None, *, as_json: bool, quiet: bool, flags: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self.folder = folder
        self.as_json = as_json
        self.quiet = quiet
        self.flags = {section: dict(values) for section, values in (flags or {}).items()}
        self.redact = Redactor()
        self.exit_code: int = Exit.DONE
        self.outcome = ""
        self.diary = Diary(self.masked, self.note)

    @cached_property
    def project(self) -> "Project":
        """The project that is meant; raises ConfigError when there is none."""
        from minidata.adapters.project import Project

        project = Project.find(self.folder, flags=self.flags, redact=self.redact, open_vaults=_open_vaults)
        self.diary.begin(project.root)
        return project

    @cached_property
    def sources(self) -> "Mapping[str, Source]":
        """All Sources: the built-in ones, those of installed packages, the project's own."""
        return self._with_built_in(self.project.sources)

    @property
    def sources_and_failures(self) -> "tuple[Mapping[str, Source], tuple[str, ...]]":
        """The Sources that can be had, and why others cannot: for commands that tell of whatever is there."""
        own, failures = self.project.sources_and_failures
        return self._with_built_in(own), tuple(map(str, failures))

    def _with_built_in(self, own: "Mapping[str, Source]") -> "Mapping[str, Source]":
        from minidata.core.auths import secrets_for
        from minidata.sources import SOURCES

        twice = sorted(SOURCES.keys() & own.keys())
        if twice:
            raise ConfigError(f"source {twice[0]!r} is a built-in one", hint="give your own another name")
        found = {**SOURCES, **own}
        # Before anybody uses them: a log line or a record may hold them all the same.
        self.project.learn([name for source in found.values() for name in secrets_for(source.auth)])
        return found

    @cached_property
    def out(self) -> "Console":
        """Where data is drawn."""
        from minidata.cli.consoles import Data

        # What is read by a program, or later, is not folded at the width of no terminal.
        width = None if sys.stdout.isatty() else _WIDE
        return Data(width=width, highlight=False, markup=False)

    @cached_property
    def err(self) -> "Console":
        """Where everything else is told."""
        from rich.console import Console

        return Console(stderr=True, soft_wrap=True, highlight=False, markup=False)

    @cached_property
    def watch(self) -> Any:
        """How steps tell what they are doing."""
        if self.quiet:
            from minidata.core.watch import Nobody

            return Nobody()
        from minidata.cli.progress import Progress

        return Progress(self.err, self.note)

    def answer(self, facts: Facts, draw: Callable[["Desk", Facts], None]) -> None:
        """Give what a step found out: as one JSON object, or drawn; its exit code becomes the command's."""
        from minidata.cli.drawing.outcomes import outcome_of

        self.rest()
        self.outcome = outcome_of(facts)
        self.exit_code = getattr(facts, "exit_code", Exit.DONE)
        if self.as_json:
            self.print_json({"ok": self.exit_code == Exit.DONE, "exit_code": self.exit_code, "result": facts})
        else:
            draw(self, facts)

    def unless_new(self, nothing_new: bool, detailed: bool) -> None:  # noqa: FBT001 - two facts
        """With --detailed-exit-code, tell that there was nothing new."""
        if detailed and nothing_new and self.exit_code == Exit.DONE:
            self.exit_code = Exit.NOTHING_NEW

    def print_json(self, value: Mapping[str, Any]) -> None:
        """Print one JSON object on stdout, secrets masked."""
        from minidata.cli.masking import masked_json

        text = masked_json(value, self.redact)
        sys.stdout.flush()
        # As bytes, which pass as they are.
        sys.stdout.buffer.write(f"{text}\n".encode())
        sys.stdout.flush()

    def note(self, line: str) -> None:
        """Tell something on stderr, unless nobody wants to hear it."""
        shown = printable(self.masked(line))
        self.diary.log("note", shown)
        if not self.quiet:
            self.err.print(shown)

    def fail(self, message: str, hint: str) -> None:
        """Tell on stderr what went wrong, and what to do; always, since the exit code will say so too."""
        shown = printable(self.masked(message))
        self.diary.log("error", shown)
        typer.echo(f"error: {shown}", err=True)
        if hint:
            typer.echo(f"hint: {printable(self.masked(hint))}", err=True)

    def rest(self) -> None:
        """End the drawing of progress, so that what follows is not drawn over."""
        if "watch" in self.__dict__ and not self.quiet:
            self.watch.close()

    def masked(self, text: str) -> str:
        """Return *text* with all secrets that are known by now replaced."""
        return self.redact(text)


@contextmanager
def desk(
    folder: Path | None = None,
    *,
    as_json: bool = False,
    quiet: bool = False,
    flags: Mapping[str, Mapping[str, Any]] | None = None,
) -> Iterator[Desk]:
    """Sit down for one command: whatever ends it becomes one message and an exit code, here and nowhere else."""
    from minidata.cli.foreign import keep_quiet

    at = Desk(folder, as_json=as_json, quiet=quiet, flags=flags)
    keep_quiet()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Masked):
            stream.redact = at.redact
    try:
        with _ending_here(at):
            yield at
    except typer.Exit as exc:
        at.diary.end(exc.exit_code, at.outcome)
        raise
    at.diary.end(Exit.DONE, at.outcome)


@contextmanager
def _ending_here(at: Desk) -> Iterator[None]:
    try:
        with stdout_told():
            arm(os.environ.get(FAILPOINT), os._exit)
            yield
            sys.stdout.flush()
    except MinidataError as exc:
        at.rest()
        give_up_stdout_if_full()
        _tell(at, exc)
        raise typer.Exit(exc.exit_code) from None
    except KeyboardInterrupt:
        at.rest()
        at.outcome = "interrupted"
        typer.echo("interrupted; what was finished is kept", err=True)
        raise typer.Exit(Exit.INTERRUPTED) from None
    except BrokenPipeError:
        # The reader has had enough (| head).
        forget_stdout()
        raise typer.Exit(Exit.DONE) from None
    except typer.Exit:
        raise
    except BaseException:  # noqa: BLE001 - the one place where a bug ends: its traceback is printed, secrets masked
        at.rest()
        at.outcome = at.masked(traceback.format_exc())
        at.diary.log("bug", at.outcome)
        typer.echo(at.outcome, err=True)
        typer.echo("this is a bug in minidata; the lines above say where", err=True)
        raise typer.Exit(Exit.BUG) from None
    if at.exit_code:
        raise typer.Exit(at.exit_code)


def _tell(at: Desk, exc: MinidataError) -> None:
    at.outcome = str(exc)
    if at.as_json:
        message, hint = printable(str(exc)), printable(exc.hint) or None
        error = {"code": exc.exit_code.name, "message": message, "hint": hint}
        at.print_json({"ok": False, "exit_code": exc.exit_code, "error": error})
    at.fail(str(exc), exc.hint)


def _open_vaults(settings: "Settings") -> tuple[Vault, ...]:
    from minidata.adapters.secrets import open_vaults

    return open_vaults(settings)
