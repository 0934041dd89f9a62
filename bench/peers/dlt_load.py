"""dlt: the same pages, merged by key; nested items kept as one column, as minidata keeps them."""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dlt
from psycopg.conninfo import conninfo_to_dict


@dlt.resource(name="orders", primary_key="id", write_disposition="merge", max_table_nesting=0)  # type: ignore[untyped-decorator,unused-ignore]
def orders(folder: str) -> Iterator[list[dict[str, Any]]]:
    """Yield each page's records."""
    for path in sorted(Path(folder).glob("*.json")):
        if not path.name.startswith("_"):
            yield json.loads(path.read_bytes())["data"]


def credentials(url: str) -> dict[str, str]:
    """Return what dlt asks for: the server trusts, and listens on a socket, whose folder, quoted, is its host."""
    host = quote(str(conninfo_to_dict(url)["host"]), safe="")
    return {"host": host, "username": "postgres", "password": "none", "database": "postgres"}


def main(url: str, folder: str) -> None:
    """Load them into the schema dlt_orders."""
    with tempfile.TemporaryDirectory() as state:
        pipeline = dlt.pipeline(
            "bench",
            pipelines_dir=state,
            destination=dlt.destinations.postgres(credentials(url)),
            dataset_name="dlt_orders",
            dev_mode=True,
        )
        pipeline.run(orders(folder)).raise_on_failed_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:])
