"""What commands with stages in containers leave behind when they are killed: known by a lock that died with them."""

import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from minidata.adapters.docker.services import Site, site
from minidata.adapters.project import Project
from minidata.adapters.project.identity import identity
from minidata.core.errors import LockedError

_FOLDER = "isolated"
_LOCK = re.compile(r"isolated-([0-9a-f]{8})\.lock")


@contextmanager
def command_site(project: Project) -> Iterator[tuple[Site, Path]]:
    """
    Give a site for one command's containers, and a folder for what they are given; both are gone in the end.

    Before that, what killed commands of the project have left is removed. Raises EngineError.
    """
    with _swept(project) as made:
        folder = project.state / _FOLDER / made.command
        folder.mkdir(mode=0o700, parents=True)
        try:
            yield made, folder
        finally:
            _forget(folder)


def sweep(project: Project) -> None:
    """Remove what killed commands have left; asks Docker only when there is a trace of one. Raises EngineError."""
    if _known(project):
        with _swept(project):
            return


@contextmanager
def _swept(project: Project) -> Iterator[Site]:
    ident = identity(project).id
    name = f"minidata-{project.settings.project.name}-{ident}"
    with ExitStack() as stack:
        made = stack.enter_context(site(name, ident, _own_lock(project, stack)))
        for other in made.commands() | _known(project):
            _clear_if_dead(project, made, other)
        yield made


def _own_lock(project: Project, stack: ExitStack) -> str:
    """Return the name of a new command, whose lock *stack* holds."""
    while True:
        # Another command may just now take the new lock for a dead one's.
        with suppress(LockedError):
            return stack.enter_context(_locked(project, secrets.token_hex(4)))


@contextmanager
def _locked(project: Project, command: str) -> Iterator[str]:
    with project.lock(f"isolated-{command}"):
        try:
            yield command
        finally:
            (project.state / f"isolated-{command}.lock").unlink(missing_ok=True)


def _clear_if_dead(project: Project, made: Site, command: str) -> None:
    with suppress(LockedError), _locked(project, command):
        made.clear(command)
        _forget(project.state / _FOLDER / command)


def _known(project: Project) -> set[str]:
    """Return the commands that have left something in the project's folder, dead or at work."""
    state = project.root / ".minidata"
    locks = {found[1] for path in state.glob("isolated-*.lock") if (found := _LOCK.fullmatch(path.name))}
    return locks | {path.name for path in (state / _FOLDER).glob("*")}


def _forget(folder: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
