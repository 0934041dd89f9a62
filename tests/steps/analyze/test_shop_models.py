"""The models of this repository, over what the bundled API and the earthquake feed really send."""

import http.server
import json
import shutil
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.demo.records import DemoShop
from minidata.demo.server import DEMO_KEY, serve
from minidata.sources import SOURCES
from minidata.steps.analyze import analyze
from minidata.steps.ingest import ingest
from minidata.steps.load import load

ROOT = Path(__file__).parents[3]
SMALL = ROOT / "tests" / "data" / "usgs_small.geojson"
WHOLE = ROOT.parent / "shared" / "data" / "usgs_all_week.geojson"
EUR = Decimal("0.01")


@pytest.fixture
def project(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with this repository's models and tests."""
    for folder in ("models", "tests"):
        shutil.copytree(ROOT / "sql" / folder, project.root / "sql" / folder)
    monkeypatch.setenv("SHOP_API_KEY", DEMO_KEY)
    return project


@pytest.fixture
def shop(project: Project) -> None:
    """The project has a small shop loaded and analyzed."""
    with serve(DemoShop(orders=1_200)) as api:
        loaded = fetched(project, "shop", api.url)
    assert analyze(loaded).exit_code == Exit.DONE


def fetched(project: Project, source: str, url: str) -> Project:
    """Ingest and load the source, which is at *url*."""
    project = Project(project.root, flags={"sources": {source: {"base_url": url}}})
    assert ingest(project, SOURCES, source=source).exit_code == Exit.DONE
    assert load(project, SOURCES, source=source).exit_code == Exit.DONE
    return project


def rows(database: Database, query: str) -> list[dict[str, Any]]:
    return [row for (row,) in database.rows(f"select to_jsonb(x) from ({query}) x")]


def money(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(EUR)


def in_python(owner: Database) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Orders and refunds, with their months."""
    month = "to_char({} at time zone 'UTC', 'YYYY-MM-01') as month"
    orders = rows(owner, f"select *, {month.format('ordered_at')} from shop.orders")
    refunds = rows(owner, f"select *, {month.format('refunded_at')} from shop.refunds")
    return orders, refunds


@pytest.mark.usefixtures("shop")
def test_revenue_by_month_is_what_the_orders_add_up_to(owner: Database) -> None:
    orders, refunds = in_python(owner)
    revenue, back = Counter[str](), Counter[str]()
    for order in orders:
        revenue[order["month"]] += money(order["total"])  # type: ignore[assignment]
    for refund in refunds:
        back[refund["month"]] += money(refund["amount"])  # type: ignore[assignment]

    found = rows(owner, "select * from analytics.revenue_by_month")

    assert {row["month"]: (money(row["revenue"]), money(row["net_revenue"])) for row in found} == {
        month: (money(revenue[month]), money(revenue[month] - back[month])) for month in {*revenue, *back}
    }


@pytest.mark.usefixtures("shop")
def test_lifetime_value_is_what_a_customer_paid_less_what_came_back(owner: Database) -> None:
    orders, refunds = in_python(owner)
    customer = {order["id"]: order["customer_id"] for order in orders}
    value: defaultdict[int, Decimal] = defaultdict(Decimal)
    for order in orders:
        value[order["customer_id"]] += money(order["total"])
    for refund in refunds:
        value[customer[refund["order_id"]]] -= money(refund["amount"])

    found = rows(owner, "select * from analytics.customer_lifetime_value")

    assert {row["customer_id"]: money(row["lifetime_value"]) for row in found if row["orders"]} == value
    assert len(found) == len(rows(owner, "select 1 as n from shop.customers"))


@pytest.mark.usefixtures("shop")
def test_refund_rate_is_the_share_of_orders_in_which_a_product_came_back(owner: Database) -> None:
    orders, refunds = in_python(owner)
    sold = {(item["product_id"], order["id"]) for order in orders for item in order["items"]}
    back = {(refund["product_id"], refund["order_id"]) for refund in refunds}

    found = rows(owner, "select * from analytics.refund_rate_by_product")

    assert {row["product_id"]: (row["orders"], row["refunds"]) for row in found} == {
        product: (sum(p == product for p, _ in sold), sum(p == product for p, _ in sold & back)) for product, _ in sold
    }
    assert all(row["refund_rate"] == round(row["refunds"] / row["orders"], 4) for row in found)


@pytest.mark.usefixtures("shop")
def test_retention_follows_each_cohort_to_the_last_month(owner: Database) -> None:
    orders, _ = in_python(owner)
    months = sorted({order["month"] for order in orders})
    first: dict[int, str] = {}
    for order in sorted(orders, key=lambda order: str(order["month"])):
        first.setdefault(order["customer_id"], order["month"])
    active = {(order["customer_id"], order["month"]) for order in orders}

    found = rows(owner, "select * from analytics.cohort_retention")

    assert {(row["cohort_month"], row["months_since"]): row["active"] for row in found} == {
        (cohort, since): sum(first[who] == cohort and month == at for who, month in active)
        for cohort in set(first.values())
        for since, at in enumerate(months[months.index(cohort) :])
    }


@contextmanager
def feed(path: Path) -> Iterator[str]:
    """Serve the file at *path* as the earthquake feed."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = path.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.mark.parametrize("path", [SMALL, WHOLE], ids=["small", "whole"])
def test_the_strongest_quake_of_each_day_and_region(project: Project, owner: Database, path: Path) -> None:
    if not path.exists():
        pytest.skip(f"{path} is not there")
    with feed(path) as url:
        facts = analyze(fetched(project, "usgs", url))

    strongest: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for feature in json.loads(path.read_bytes())["features"]:
        said = feature["properties"]
        if said["type"] == "earthquake" and said["status"] != "deleted":
            day = datetime.fromtimestamp(said["time"] // 1000, UTC).date().isoformat()
            region = (said["place"] or "unknown").rpartition(",")[2].strip()
            strongest[day, region].append(said)
    found = rows(owner, "select * from analytics.strongest_quakes")
    assert facts.exit_code == Exit.DONE
    assert {(row["day"], row["region"]): (row["quakes"], row["strongest"]) for row in found} == {
        key: (len(quakes), max((q["mag"] for q in quakes if q["mag"] is not None), default=None))
        for key, quakes in strongest.items()
    }
