"""
dlt's ``rest_api``: the same pages, extracted only, neither normalized nor loaded.

Its paginators ask one page after the other. With *parts*, the pages are shared by hand among so many resources that are
extracted in parallel, each with pages of its own: the most that it can do, if one knows how many pages there are.
"""

import json
import os
import sys
import tempfile
import time
from itertools import pairwise
from typing import Any

import dlt
from dlt.sources.rest_api import rest_api_source


def resource(name: str, path: str, paginator: dict[str, Any]) -> dict[str, Any]:
    """Return a resource as rest_api wants it described."""
    endpoint = {"path": path, "data_selector": "data", "paginator": paginator}
    return {"name": name, "primary_key": "id", "endpoint": endpoint}


def resources(path: str, kind: str, pages: int, parts: int) -> list[dict[str, Any]]:
    """Return what to extract."""
    if kind == "cursor":
        cursor = {"type": "cursor", "cursor_path": "next_cursor", "cursor_param": "cursor"}
        return [resource("orders", path, cursor)]
    bounds = [1 + pages * part // parts for part in range(parts + 1)]
    by_number = {"type": "page_number", "total_path": None}
    return [
        resource(f"orders_{first}", path, {**by_number, "base_page": first, "maximum_page": end})
        for first, end in pairwise(bounds)
    ]


def main(base: str, path: str, kind: str, pages: str, parts: str) -> None:
    """Extract them, and print how long that took and how many records there were."""
    os.environ["EXTRACT__WORKERS"] = parts
    with tempfile.TemporaryDirectory() as state:
        pipeline = dlt.pipeline("bench", pipelines_dir=state, destination="duckdb", dataset_name="bench")
        described = {"client": {"base_url": base}, "resources": resources(path, kind, int(pages), int(parts))}
        source = rest_api_source(described, parallelized=int(parts) > 1)  # type: ignore[arg-type,unused-ignore]
        began = time.perf_counter()
        info = pipeline.extract(source)
        seconds = time.perf_counter() - began
        metrics = next(iter(info.metrics.values()))[0]["resource_metrics"]
        print(json.dumps({"seconds": seconds, "records": sum(one.items_count for one in metrics.values())}))


if __name__ == "__main__":
    main(*sys.argv[1:])
