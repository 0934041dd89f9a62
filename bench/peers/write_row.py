"""The way one would write it by hand: an instance per record, psycopg's write_row, then a merge."""

import json
import sys
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb

from minidata.sources.shop import Order

MERGE = """
insert into bench.orders ({names}) select {names} from staged on conflict (id) do update set {updates}
"""


def main(url: str, folder: str, pages: str) -> None:
    """Load the first *pages* pages, one transaction for each twenty."""
    names = list(Order.model_fields)
    columns = ", ".join(names)
    merge = MERGE.format(names=columns, updates=", ".join(f"{name} = excluded.{name}" for name in names))
    paths = sorted(path for path in Path(folder).glob("*.json") if not path.name.startswith("_"))[: int(pages)]
    with psycopg.connect(url, autocommit=True) as connection:
        for start in range(0, len(paths), 20):
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute("create temp table staged on commit drop as select * from bench.orders with no data")
                with cursor.copy(f"copy staged ({columns}) from stdin") as copy:
                    for path in paths[start : start + 20]:
                        for record in json.loads(path.read_bytes())["data"]:
                            order = Order.model_validate_json(json.dumps(record))
                            copy.write_row(
                                [
                                    Jsonb([item.model_dump(mode="json") for item in value])
                                    if isinstance(value, list)
                                    else value
                                    for value in (getattr(order, name) for name in names)
                                ]
                            )
                cursor.execute(merge.encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
