"""Where minidata writes down what it tells: any command may, so this stands on no engine."""

from pathlib import Path

from minidata.adapters.journal import Journal

# Notes and errors of some thousand commands, and as many older ones.
_LIMIT = 1024 * 1024


def own_journal(root: Path) -> Journal:
    """Return where minidata writes what it tells on stderr, for the project at *root*."""
    return Journal(root / ".minidata" / "minidata.log", _LIMIT)
