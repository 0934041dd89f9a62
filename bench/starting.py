"""``minidata --help`` against what it stands on: importing typer and rich."""

import sys
from pathlib import Path

from bench.measure import Command, Measured, timed

_PEERS: dict[str, Command] = {
    "import typer, rich.console": [sys.executable, "-c", "import typer, rich.console"],
    "minidata --help": [Path(sys.executable).with_name("minidata"), "--help"],
    "plain python": [sys.executable, "-c", "pass"],
}


def measure(runs: int) -> list[Measured]:
    """Start each *runs* times, in turn, so that a slow minute is slow for all."""
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in _PEERS}
    for _ in range(runs + 1):
        for name, command in _PEERS.items():
            found[name].append(timed(command))
    # The first of each only filled the caches.
    return [
        Measured(name, tuple(s for s, _ in runs[1:]), max(peak for _, peak in runs)) for name, runs in found.items()
    ]
