"""
dlt: the same pages, merged by key; nested items kept as one column, as minidata keeps them.

As it is when nothing is said, or "tuned": a process for each core that normalizes, files that can be shared among them,
CSV by COPY, and an upsert where it would delete and insert.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dlt
import orjson
from psycopg.conninfo import conninfo_to_dict

TUNED = {
    "EXTRACT__DATA_WRITER__FILE_MAX_ITEMS": "50000",
    "NORMALIZE__DATA_WRITER__FILE_MAX_ITEMS": "50000",
    "NORMALIZE__WORKERS": str(os.cpu_count()),
    "LOAD__WORKERS": str(os.cpu_count()),
}


def orders(folder: str, pages: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the records of the first *pages* pages, page by page."""
    paths = sorted(path for path in Path(folder).glob("*.json") if not path.name.startswith("_"))
    for path in paths[:pages]:
        yield orjson.loads(path.read_bytes())["data"]


def credentials(url: str) -> dict[str, str]:
    """Return what dlt asks for: the server trusts, and listens on a socket, whose folder, quoted, is its host."""
    host = quote(str(conninfo_to_dict(url)["host"]), safe="")
    return {"host": host, "username": "postgres", "password": "none", "database": "postgres"}


def main(url: str, folder: str, pages: str, schema: str, state: str) -> None:
    """Load them into *schema*, whose name says how; a second time by what *state* has of the first."""
    tuned = schema == "dlt_tuned"
    if tuned:
        os.environ.update(TUNED)
    pipeline = dlt.pipeline(
        schema,
        pipelines_dir=f"{state}/dlt",
        destination=dlt.destinations.postgres(credentials(url)),
        dataset_name=schema,
    )
    merge: Any = {"disposition": "merge", "strategy": "upsert"} if tuned else "merge"
    resource = dlt.resource(orders, name="orders", primary_key="id", write_disposition=merge, max_table_nesting=0)
    pipeline.run(resource(folder, int(pages)), loader_file_format="csv" if tuned else None).raise_on_failed_jobs()


if __name__ == "__main__":
    # Its workers are started afresh, and import this file.
    main(*sys.argv[1:])
