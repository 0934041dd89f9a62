"""Run all measurements and print them; ``BENCH_ORDERS`` sets the size, ``BENCH_RUNS`` how often each is measured."""

import os
import shutil
import tempfile
from pathlib import Path

from bench import loading, starting
from bench.measure import Measured, table


def main() -> None:
    """Measure, print, and leave nothing behind."""
    orders = int(os.environ.get("BENCH_ORDERS", "500000"))
    runs = int(os.environ.get("BENCH_RUNS", "3"))
    folder = Path(tempfile.mkdtemp(prefix="minidata-bench-"))
    try:
        print(f"load: {orders:,} orders as JSON pages into Postgres, {os.cpu_count()} cores, median of {runs}\n")
        print(table(loading.measure(folder, orders, runs), unit="rows/s", amount=orders, reference="psql \\copy"))
        print(f"\nstart-up: median of {4 * runs + 1}\n")
        started: list[Measured] = starting.measure(4 * runs + 1)
        print(table(started, unit="starts/s", amount=1, reference="import typer, rich.console"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
