"""A store that asks everything of a load: every mode, children, deletes, records that do not fit, and a late Run."""

from pathlib import Path
from random import Random
from typing import Any

from loading import put_run, rows, run_sql
from minidata.adapters.project import Project

SOURCE = """
from decimal import Decimal
from typing import Annotated
from minidata import Child, Deleted, Row, Source, Stream

class Line(Row):
    what: str
    price: Decimal

class Sale(Row):
    id: int
    note: str | None
    lines: Annotated[list[Line], Child()]

class Visit(Row):
    id: int
    note: str | None

source = Source("till", "http://127.0.0.1:1", [
    Stream("sales", "/sales", Sale, "id", deleted=Deleted("gone"), max_quarantined=0.5),
    Stream("visits", "/visits", Visit, max_quarantined=0.5),
    Stream("prices", "/prices", Visit, "id", mode="history", max_quarantined=0.5),
    Stream("stock", "/stock", Visit, "id", mode="replace", max_quarantined=0.5),
])
"""
STREAMS = ("sales", "visits", "prices", "stock")
TABLES = ("sales", "sales_lines", "visits", "prices", "stock")
RUNS, PAGES, RECORDS = 2, 4, 8
OBJECTS = (RUNS * 3 + 1) * PAGES


def make_till(project: Project) -> Project:
    """Give *project* the Source and its finished Runs; records of one key come in many of them."""
    folder = project.root / "sources"
    folder.mkdir()
    (folder / "till.py").write_text(SOURCE)
    chance = Random(5)  # noqa: S311 - the same records each time
    for stream in STREAMS:
        for run in range(RUNS):
            put_run(project, f"till.{stream}", [_page(chance, run, page) for page in range(PAGES)], number=run)
    return project


def _page(chance: Random, run: int, page: int) -> list[dict[str, Any]]:
    return [
        _record(chance, 100 * chance.randint(0, run) + RECORDS * page + chance.randint(-4, 7)) for _ in range(RECORDS)
    ]


def _record(chance: Random, number: int) -> dict[str, Any]:
    lines = [
        {"what": chance.choice("abc"), "price": f"{chance.randint(1, 99)}.50"} for _ in range(chance.randint(0, 3))
    ]
    return {
        "id": number if chance.random() > 0.03 else str(number),
        "note": chance.choice([None, "a", "tab\t", "é\n"]),
        "lines": lines,
        "gone": chance.random() < 0.08,
    }


def everything(project: Project) -> dict[str, list[Any]]:
    """All that a load has made, in order: tables, ledger, quarantine. Objects by their keys, times left out."""
    found = {table: rows(project, _ROWS.format(table=table)) for table in TABLES}
    return found | {name: rows(project, query) for name, query in _LEDGER.items()}


_ROWS = """
select o.key, to_jsonb(t) - '_object' - '_closed_by' as row, c.key
from till.{table} t join minidata.object o on o.id = t._object
left join minidata.object c on c.id = (to_jsonb(t) ->> '_closed_by')::bigint order by 1, 2
"""
_LEDGER = {
    "run": "select key, pages from minidata.run order by 1",
    "object": "select key, sha256, fetched, loaded, deduplicated, quarantined, row_fingerprint, rebuild "
    "from minidata.object order by 1",
    "quarantine": "select o.key, record, code, pointer, message, detail from minidata.quarantine q "
    "join minidata.object o on o.id = q.object order by 1, 2, 3, 4",
    "deleted": "select d.key, o.key, _record from minidata.deleted d "
    "join minidata.object o on o.id = d._object order by 1, 2",
    "forgotten": "select source from minidata.forgotten",
}


def forget_everything(project: Project) -> None:
    """Make the database as it was before the first load."""
    run_sql(
        project,
        "drop schema till cascade",
        "truncate minidata.run, minidata.object, minidata.quarantine, minidata.deleted, minidata.forgotten",
    )


def kept(folder: Path) -> Project:
    """A project folder with the Source and its store, to be copied."""
    # A transaction for each page.
    (folder / "minidata.toml").write_text("[load]\nbatch = 1\n")
    return make_till(Project(folder))
