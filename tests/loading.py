"""Object stores with Runs in them, as ingests leave them, and what loads have made of them."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from minidata.adapters.database.connection import Database
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.project import Project
from minidata.core.pages import NextCursor, PageNumber, Pages
from minidata.core.run_ids import run_id
from minidata.core.runs import Manifest, Page, manifest_key, page_key, run_prefix
from minidata.demo.server import DEMO_KEY, DemoShop, serve
from minidata.sources import SOURCES
from minidata.steps.engine import database
from minidata.steps.ingest import ingest

BEGIN = datetime(2026, 1, 31, 6, tzinfo=UTC)
TABLES = ("customers", "products", "orders", "refunds")
# How many locks of ours somebody holds.
LOCKS = """
select count(*) from pg_locks
where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
"""


def store_of(project: Project) -> ObjectStore:
    return ObjectStore.open(project.settings.store, project.root)


def put_run(
    project: Project, name: str, pages: Sequence[Any], *, number: int = 0, finished: bool = True, **more: Any
) -> Manifest:
    """
    Keep *pages* (values, or bytes as they are) as the Run *number* of the Stream *name*, ``source.stream``.

    *more* is what the manifest says of each page.
    """
    source, stream = name.split(".")
    at = BEGIN + timedelta(hours=number)
    run = run_id(at, f"{number:08x}")
    prefix = run_prefix(source, stream, run)
    bodies = [page if isinstance(page, bytes) else json.dumps(page).encode() for page in pages]
    kept = tuple(
        Page(
            number=place,
            key=page_key(prefix, place),
            sha256=hashlib.sha256(body).hexdigest(),
            size=len(body),
            status=200,
            url="http://127.0.0.1/",
            fetched_at=at,
            **more,
        )
        for place, body in enumerate(bodies, start=1)
    )
    manifest = Manifest(source=source, stream=stream, run=run, started_at=at, finished_at=at, pages=kept, minidata="0")
    for page, body in zip(kept, bodies, strict=True):
        store_of(project).put(page.key, body)
    if finished:
        store_of(project).put(manifest_key(prefix), manifest.model_dump_json().encode())
    return manifest


def fetch_shop(project: Project, shop: DemoShop, *, page: int = 500) -> None:
    """Ingest the bundled API into the project's store, in pages of *page* records."""
    pages: dict[str, Pages] = {"customers": PageNumber(size=page), "orders": NextCursor(size=page)}
    source = SOURCES["shop"]
    streams = [
        replace(one, pages=pages.get(one.name, one.pages), params={**one.params, "limit": page} if one.params else {})
        for one in source.streams
    ]
    with serve(shop, api_key=DEMO_KEY) as api:
        flags = {**project.flags, "sources": {"shop": {"base_url": api.url}}}
        environ = {**project.environ, "SHOP_API_KEY": DEMO_KEY}
        assert not ingest(Project(project.root, flags, environ), {"shop": replace(source, streams=streams)}).failures


def rows(project: Project, query: str, *params: object) -> list[tuple[Any, ...]]:
    """Answer *query* as the owner of the database."""
    with database(project, None) as db:
        return db.rows(query, params or None)


def run_sql(project: Project, *statements: str) -> None:
    with database(project, None) as db, ExitStack() as stack:
        stack.enter_context(db.transaction())
        for statement in statements:
            db.run(statement)


def traced(project: Project, table: str) -> list[tuple[Any, ...]]:
    """Every row of *table* in the order of its key: the object it comes from by its key, not by its number."""
    origin = "minidata.object o on o.id = t._object"
    return rows(project, f"select o.key, to_jsonb(t) - '_object' from {table} t join {origin} order by t.id")


def begin(project: Project, *arguments: str, code: str = "", **environ: str) -> "subprocess.Popen[str]":
    """Start ``minidata`` in a process of its own; *code* is run before it."""
    program = ["-c", f"{code}\nfrom minidata.cli.main import main\nmain()"] if code else ["-m", "minidata"]
    return subprocess.Popen(
        [sys.executable, *program, *arguments],
        cwd=project.root,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Return its exit code, and what it said on stdout and on stderr."""
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def until(holds: Callable[[], bool], *, seconds: float = 30) -> None:
    """Come back as soon as *holds*; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.005)


def objects(project: Project) -> int:
    """How many objects are loaded; 0 also before the first load."""
    with database(project, None) as db:
        return objects_in(db)


def objects_in(db: Database) -> int:
    if db.one("select to_regclass('minidata.object')") == (None,):
        return 0
    return int((db.one("select count(*) from minidata.object") or (0,))[0])


def check_books(project: Project, counted: Mapping[str, int] | None = None) -> None:
    """What the ledger says of each table is what is there; *counted* is how many rows each must have."""
    for table in TABLES:
        if rows(project, f"select to_regclass('shop.{table}')") == [(None,)]:
            continue
        found = rows(project, f"select count(*), count(distinct id) from shop.{table}")[0]
        loaded, balanced, unquarantined = rows(project, _BOOKS, table, table)[0]
        assert found[0] == found[1] <= loaded
        assert balanced
        assert unquarantined == 0
        assert counted is None or counted[table] == found[0]


_BOOKS = """
select coalesce(sum(o.loaded), 0)::bigint,
       coalesce(sum(o.fetched) = sum(o.loaded + o.deduplicated + o.quarantined), true),
       coalesce(sum(o.quarantined), 0)::bigint - (
         select count(*) from minidata.quarantine q join minidata.object x on x.id = q.object where x.stream = %s)
from minidata.object o where o.source = 'shop' and o.stream = %s
"""
