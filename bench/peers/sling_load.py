"""Sling: the orders as JSON lines, merged by key; it takes the types from the values, and validates nothing."""

import os
import sys
from pathlib import Path

from sling_linux_amd64 import SLING_BIN  # type: ignore[import-not-found,unused-ignore]


def main(url: str, lines: str) -> None:
    """Load *lines* into a schema of its own; where the table is there already, by key."""
    Path(SLING_BIN).chmod(0o755)
    command = [
        *(SLING_BIN, "run", "--src-stream", f"file://{lines}", "--src-options", "{flatten: true}"),
        *("--tgt-conn", "BENCH", "--tgt-object", "sling.orders", "--mode", "incremental", "--primary-key", "id"),
    ]
    os.execve(SLING_BIN, command, {**os.environ, "BENCH": url, "SLING_DISABLE_TELEMETRY": "true"})  # noqa: S606 - ours


if __name__ == "__main__":
    main(*sys.argv[1:])
