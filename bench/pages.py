"""The orders to load, as an ingest would have left them: pages of 500 in the project's object store, manifest last."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import orjson

from minidata import __version__
from minidata.adapters.object_store import ObjectStore
from minidata.core.runs import Manifest, Page, manifest_key, page_key, run_id, run_prefix
from minidata.core.settings import StoreSection
from minidata.demo.records import DemoShop

PAGE = 500
AT = datetime(2026, 1, 31, 6, tzinfo=UTC)


def write_pages(project: Path, orders: int) -> Path:
    """Write *orders* orders into the object store of *project*; return the folder of the Run."""
    shop = DemoShop(seed=42, orders=orders, flaws=False)
    store = ObjectStore.open(StoreSection(), project)
    run = run_id(AT, "bench0")
    prefix = run_prefix("shop", "orders", run)
    pages = []
    for number, start in enumerate(range(1, orders + 1, PAGE), start=1):
        records = [shop.order(n) for n in range(start, min(start + PAGE, orders + 1))]
        body = orjson.dumps({"data": records, "next_cursor": str(start + PAGE)})
        key = page_key(prefix, number)
        store.put(key, body)
        pages.append(
            Page(
                number=number,
                key=key,
                sha256=hashlib.sha256(body).hexdigest(),
                size=len(body),
                status=200,
                url="http://127.0.0.1/v1/orders",
                fetched_at=AT,
            )
        )
    manifest = Manifest(
        source="shop",
        stream="orders",
        run=run,
        started_at=AT,
        finished_at=AT,
        pages=tuple(pages),
        records=orders,
        minidata=__version__,
    )
    store.put(manifest_key(prefix), manifest.model_dump_json().encode())
    return project / "object_store" / prefix
