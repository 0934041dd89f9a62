"""
Run the measurements and print them: all, or those that are named, ``python -m bench load ingest analyze start``.

``BENCH_RUNS`` is how often each is measured, ``BENCH_ORDERS`` the size of the load, ``BENCH_PAGES`` that of the largest
ingest whose memory is measured, ``BENCH_MODELS`` that of the large project. ``BENCH_DBT`` is dbt's program, in an
environment of its own.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import analyzing, ingesting, loading, starting
from bench.measure import Measured, table

RUNS = int(os.environ.get("BENCH_RUNS", "3"))
PAGES = 1_000


def main(wanted: list[str]) -> None:
    """Measure, print, and leave nothing behind."""
    parts: dict[str, Callable[[Path], None]] = {"load": load, "ingest": ingest, "analyze": analyze, "start": start}
    if unknown := set(wanted) - set(parts):
        raise SystemExit(f"there is no bench called {', '.join(unknown)}; there are {', '.join(parts)}")
    folder = Path(tempfile.mkdtemp(prefix="minidata-bench-"))
    try:
        for part in wanted or parts:
            parts[part](folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def load(folder: Path) -> None:
    """Measure loading."""
    orders = int(os.environ.get("BENCH_ORDERS", "500000"))
    print(f"load: {orders:,} orders as JSON pages into Postgres, {os.cpu_count()} cores, median of {RUNS}\n")
    found = loading.measure(folder, orders, RUNS)
    print(table(found.empty, unit="rows/s", amount=orders, reference=loading.COPY))
    print("\nload: all of them again, into the full table\n")
    print(table(found.full, unit="rows/s", amount=orders, reference=loading.COPY_AND_MERGE))
    print("\nload: what does not change, and what grows\n")
    print(table(found.others, unit="rows/s", amount=orders, reference="minidata load"))


def ingest(folder: Path) -> None:
    """Measure ingesting: its speed, and its memory."""
    print(f"\ningest: pages of 275 KB, 50 ms after they are asked for, {os.cpu_count()} cores, median of {RUNS}\n")
    many = ingesting.side_by_side(folder, PAGES, RUNS)
    print(table(many, unit="pages/s", amount=PAGES, reference=ingesting.BARE_MANY))
    one = ingesting.one_by_one(folder, PAGES // 10, RUNS)
    print(f"\n{table(one, unit='pages/s', amount=PAGES // 10, reference=ingesting.BARE_ONE)}")
    print("\ningest: peak memory of the process")
    for pages, size, peak in ingesting.memory(folder, int(os.environ.get("BENCH_PAGES", "2000"))):
        print(f"{pages:10,} pages of {size:9,} bytes {peak / 2**20:8.0f} MB")


def analyze(folder: Path) -> None:
    """Measure analyzing: a small project, a large one, and how planning grows."""
    dbt = Path(os.environ.get("BENCH_DBT", ".venv-bench-dbt/bin/dbt")).absolute()
    for models in (5, int(os.environ.get("BENCH_MODELS", "200"))):
        print(f"\nanalyze: {models} models, {os.cpu_count()} cores, median of {RUNS}\n")
        found = analyzing.measure(folder, models, RUNS, dbt)
        print(table(found, unit="models/s", amount=models, reference=analyzing.DBT_RUN))
    print("\nanalyze: understanding the files alone, without a database")
    for models in (200, 1_000, 2_000):
        first, again = analyzing.planning(folder, models)
        print(f"{models:10,} models {first:8.2f} s, and {again:.2f} s when it was read before")


def start(_: Path) -> None:
    """Measure starting."""
    print(f"\nstart-up: median of {4 * RUNS + 1}\n")
    started: list[Measured] = starting.measure(4 * RUNS + 1)
    print(table(started, unit="starts/s", amount=1, reference="import typer, rich.console"))


if __name__ == "__main__":
    main(sys.argv[1:])
