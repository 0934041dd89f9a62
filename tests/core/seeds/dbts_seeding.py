"""Runs in a dbt's own venv: puts seeds into a Postgres as dbt does, each into a table of its own."""

import json
import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg2  # type: ignore[import-untyped]  # it is installed there alone
from dbt.adapters.postgres import PostgresAdapter
from dbt_common.clients.agate_helper import from_csv

warnings.simplefilter("ignore")


def seed(connection: Any, name: str, case: dict[str, Any], folder: str) -> str:
    """Do what dbt's macros create_csv_table and load_csv_rows do; return why it failed, nothing when it did not."""
    path = Path(folder) / f"{name}.csv"
    path.write_bytes(case["text"].encode())
    types = case["column_types"]
    try:
        table = from_csv(str(path), text_columns=types, delimiter=case["delimiter"])
        names = [f'"{column}"' for column in table.column_names]
        kinds = [
            types.get(column, PostgresAdapter.convert_agate_type(table, index))
            for index, column in enumerate(table.column_names)
        ]
        columns = ", ".join(f"{name} {kind}" for name, kind in zip(names, kinds, strict=True))
        with connection, connection.cursor() as cursor:
            cursor.execute(f"create table theirs.{name} ({columns})")
            if len(table.rows):
                row = "(" + ", ".join(["%s"] * len(names)) + ")"
                values = ", ".join([row] * len(table.rows))
                into = f"theirs.{name} ({', '.join(names)})"
                cursor.execute(f"insert into {into} values {values}", [cell for one in table.rows for cell in one])
    except (Exception, StopIteration) as exc:  # noqa: BLE001 - whatever dbt fails with, it fails
        return f"{type(exc).__name__}: {exc}"
    return ""


def main() -> None:
    asked = json.load(sys.stdin)
    with TemporaryDirectory() as folder:
        server = psycopg2.connect(asked["url"])
        failures = [seed(server, f"seed_{index}", case, folder) for index, case in enumerate(asked["cases"])]
    json.dump(failures, sys.stdout)
