"""What a look at a project finds: each thing by its name, whether it is well, and what mends it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from minidata.core.errors import Exit, MinidataError, worst

State = Literal["ok", "warning", "problem", "skipped"]


@dataclass(frozen=True)
class Finding:
    """
    One thing that was looked at: *what* is so, and what mends it, a command or a line to write ("" for nothing).

    A *problem* keeps some command from its work, and has the exit code that this command would end with. What is
    *skipped* could not be looked at, since it needs something that is a problem.
    """

    name: str
    state: State
    what: str
    mend: str = ""
    exit_code: Exit = Exit.DONE


def ok(name: str, what: str) -> Finding:
    """Return that all is well."""
    return Finding(name, "ok", what)


def warning(name: str, what: str, mend: str = "") -> Finding:
    """Return that it works, though not as well as it could, or not for long."""
    return Finding(name, "warning", what, mend)


def problem(name: str, what: str, mend: str = "", *, code: Exit = Exit.CONFIG) -> Finding:
    """Return that some command will end with *code*."""
    return Finding(name, "problem", what, mend, code)


def trouble(name: str, exc: MinidataError) -> Finding:
    """Return as a problem what kept us from looking."""
    return Finding(name, "problem", str(exc), exc.hint, exc.exit_code)


def worst_of(findings: Iterable[Finding]) -> Exit:
    """Return the exit code of the worst problem; DONE when there are but warnings."""
    return worst(finding.exit_code for finding in findings)
