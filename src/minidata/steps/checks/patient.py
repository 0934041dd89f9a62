"""The project that is looked at, and what a check is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from minidata.adapters.project import Project
from minidata.core.clock import Clock
from minidata.core.errors import Exit
from minidata.core.findings import Finding
from minidata.core.source import Source


@dataclass(frozen=True)
class Patient:
    """A *project*, the *built_in* Sources that it has beside its own, and a *clock*."""

    project: Project
    built_in: Mapping[str, Source]
    clock: Clock


@dataclass(frozen=True)
class Check:
    """
    A look at one thing: yields what it finds, within *seconds*. What it raises is its finding.

    It is skipped when one of the checks that it *needs*, which come before it, has found a problem. *code* is the
    class of one that does not answer.
    """

    name: str
    look: Callable[[Patient], Iterator[Finding]]
    needs: tuple[str, ...] = ()
    seconds: float = 10.0
    code: Exit = Exit.CONFIG
