"""
What a measurement asks, in a process of its own, so that what it costs is not taken for what the peers cost.

    wire    just enough HTTP/1.1, each answer after a latency
    api     an API with pages that differ
    bucket  just enough of S3
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def serving(kind: str, latency: float) -> Iterator[str]:
    """Serve *kind* ("api" or "bucket") on loopback, each answer after *latency* seconds; yield its address."""
    command = [sys.executable, "-m", "bench.serving", kind, str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.terminate()
