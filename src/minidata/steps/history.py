"""history: what was run here. The command line writes it down, in .minidata/, and never a secret."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from minidata.adapters.journal import Journal, alive
from minidata.adapters.project import Project
from minidata.core.errors import StoreError
from minidata.core.running.history import Entry, ending, entries

# Two lines of a command take about 500 bytes: a thousand commands, and as many older ones.
_LIMIT = 512 * 1024


@dataclass(frozen=True)
class Ended:
    """
    One command that was run: when, its *arguments*, how long it took, and what came of it, each in words.

    *exit_code* and *seconds* are None for one that runs still, or was killed: *ending* says which.
    """

    at: datetime
    verb: str
    arguments: tuple[str, ...]
    seconds: float | None
    exit_code: int | None
    ending: str
    outcome: str


@dataclass(frozen=True)
class History:
    """The newest commands, the last one last; *older* is how many there are before them."""

    commands: tuple[Ended, ...]
    older: int


def history(project: Project, *, newest: int = 20, stage: str | None = None) -> History:
    """
    Return the *newest* commands that were run in the project; with *stage*, of that verb alone.

    Lines that are damaged are left out. Raises StoreError when the file cannot be read.
    """
    kept = [entry for entry in kept_entries(project) if stage in {None, entry.verb}]
    shown = kept[-newest:] if newest else []
    return History(tuple(ended(entry) for entry in shown), len(kept) - len(shown))


def kept_entries(project: Project) -> tuple[Entry, ...]:
    """Return all that is known of what was run in the project. Raises StoreError when the file cannot be read."""
    journal = history_journal(project.root)
    try:
        return entries(journal.lines())
    except OSError as exc:
        raise StoreError(f"cannot read {journal.path}: {exc.strerror}") from exc


def history_journal(root: Path) -> Journal:
    """Return where it is written down what is run in the project at *root*."""
    return Journal(root / ".minidata" / "history.jsonl", _LIMIT)


def ended(entry: Entry) -> Ended:
    """Return *entry* with its ending in words."""
    words = ending(entry, alive=entry.exit_code is None and alive(entry.pid))
    return Ended(entry.at, entry.verb, entry.arguments, entry.seconds, entry.exit_code, words, entry.outcome)
