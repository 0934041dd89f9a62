"""schema diff and load --rebuild, as a shell sees them."""

import json
from pathlib import Path

import pytest

from cli.test_quarantine_commands import said
from loading import put_run, rows, run_sql
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.steps.load import load
from minidata.steps.up import up

SOURCE = """\
from minidata import Row, Source, Stream


class Order(Row):
    id: int
    price: int


source = Source("desk", "http://127.0.0.1:1", [Stream("orders", "/orders", Order, key="id")])
"""


@pytest.fixture
def source(project: Project) -> Path:
    """The Source of a project, in which all is loaded."""
    path = project.root / "sources" / "desk.py"
    path.parent.mkdir()
    path.write_text(SOURCE)
    up(project)
    put_run(project, "desk.orders", [[{"id": 1, "price": 5, "note": "a"}]])
    load(project, project.sources)
    return path


def test_what_load_applies_is_printed_as_sql_and_then_told(project: Project, source: Path) -> None:
    assert said(project, "schema", "diff") == ("up to date\n", "")
    assert said(project, "schema", "diff", "--detailed-exit-code", code=Exit.NOTHING_NEW)[0] == "up to date\n"
    source.write_text(SOURCE.replace("price: int", "price: int\n    note: str | None = None"))

    out, _ = said(project, "schema", "diff", "--detailed-exit-code")
    loaded, err = said(project, "load", "-t", "desk.orders")

    assert loaded == "nothing new to load\n"
    assert out.splitlines() == [
        "-- desk.orders: note is new",
        "-- load applies it; null in the rows that are there: minidata load --rebuild desk.orders fills it",
        'alter table "desk"."orders" add column "note" text;',
    ]
    assert 'changed: alter table "desk"."orders" add column "note" text' in err
    assert said(project, "schema", "diff", "-s", "desk") == ("up to date\n", "")


def test_what_load_refuses_is_made_anew(project: Project, source: Path) -> None:
    source.write_text(SOURCE.replace("price: int", "price: float"))
    put_run(project, "desk.orders", [[{"id": 2, "price": 5.5}]], number=1)

    out, _ = said(project, "schema", "diff", "--json")
    _, err = said(project, "load", "-t", "desk.orders", code=Exit.REFUSED)

    (one,) = json.loads(out)["result"]["differences"]
    assert (one["applied"], one["command"]) == (False, "minidata load --rebuild desk.orders")
    assert err.splitlines() == [
        "error: table desk.orders cannot be loaded into: price is bigint, the Row says double precision",
        "hint: `minidata check` tells what would not fit, `minidata load --rebuild desk.orders` makes it anew",
    ]
    out, _ = said(project, "load", "--rebuild", "desk.orders")
    assert out.splitlines()[1].split() == ["desk.orders", "2", "2", "2", "0", "0", "swapped"]
    assert "desk.orders rebuilt" in said(project, "history")[0]
    assert said(project, "schema", "diff") == ("up to date\n", "")


def test_a_table_that_is_refused_holds_up_no_other(project: Project, source: Path) -> None:
    streams = (
        'Stream("orders", "/orders", Order, key="id"), Stream("prices", "/prices", Order, key="id", mode="append")'
    )
    text = SOURCE.replace('Stream("orders", "/orders", Order, key="id")', streams)
    source.write_text(text.replace("price: int", "price: int\n    by: str"))
    put_run(project, "desk.prices", [[{"id": 1, "price": 5, "by": "a"}]])

    out, err = said(project, "load", code=Exit.REFUSED)

    assert out.splitlines()[1].split() == ["desk.prices", "1", "1", "1", "0", "0"]
    assert err.splitlines()[0] == "error: table desk.orders cannot be loaded into: by is new and not Optional"
    assert "1 table not as the Row says" in said(project, "history")[0]


def test_what_waits_for_something_that_is_refused_says_so(project: Project, source: Path) -> None:
    source.write_text(SOURCE.replace("price: int", "price: float\n    note: str | None = None"))

    out, _ = said(project, "schema", "diff")
    checked, err = said(project, "check", code=Exit.REFUSED)
    said(project, "load", code=Exit.REFUSED)

    refused, waits = (line for line in out.splitlines() if line.startswith("-- load"))
    assert refused == "-- load refuses it: minidata load --rebuild desk.orders"
    assert waits.startswith("-- load applies it once it refuses nothing else of this stream; ")
    assert [line.rstrip().split("  ")[-1].strip() for line in checked.splitlines()[-2:]] == [
        "refuses it",
        "waits with it",
    ]
    assert err.splitlines()[-2:] == [
        "error: table desk.orders cannot be loaded into as it is",
        "hint: `minidata schema diff` tells what to do",
    ]
    assert rows(
        project, "select count(*) from pg_attribute where attname = 'note' and attrelid = 'desk.orders'::regclass"
    ) == [(0,)]


def test_the_schema_of_several_streams_is_made_once(project: Project, source: Path) -> None:
    two = 'Stream("orders", "/orders", Order, key="id"), Stream("prices", "/prices", Order, key="id")'
    source.write_text(SOURCE.replace('Stream("orders", "/orders", Order, key="id")', two))
    put_run(project, "desk.prices", [[{"id": 1, "price": 5}]])
    run_sql(project, "drop schema desk cascade")

    out, _ = said(project, "schema", "diff")

    assert out.count("create schema") == 1
    run_sql(project, "set role minidata_loader", out)
    assert said(project, "schema", "diff") == ("up to date\n", "")


def test_what_somebody_did_is_printed_with_what_undoes_it(project: Project, source: Path) -> None:
    assert source.exists()
    run_sql(project, "alter table desk.orders enable row level security")

    out, _ = said(project, "schema", "diff")

    assert out.splitlines() == [
        "-- desk.orders: somebody has put row level security on it",
        "-- load refuses it; what takes it away:",
        "alter table desk.orders disable row level security;",
    ]


def test_a_table_of_somebody_else_is_told_before_a_load_fails(project: Project, source: Path) -> None:
    run_sql(project, "alter table desk.orders owner to minidata_analyst")
    assert said(project, "schema", "diff")[0] == "up to date\n"
    source.write_text(SOURCE.replace("price: int", "price: int\n    note: str | None = None"))

    out, _ = said(project, "schema", "diff")
    _, err = said(project, "load", code=Exit.ENGINE)

    assert out.splitlines()[:3] == [
        "-- desk.orders: minidata_loader does not own the table desk.orders",
        "-- load refuses it; what takes it away:",
        'alter table "desk"."orders" owner to "minidata_loader";',
    ]
    assert 'alter table "desk"."orders" owner to "minidata_loader"' in err


def test_options_that_mean_nothing_beside_a_rebuild_are_refused(project: Project) -> None:
    _, err = said(project, "load", "--rebuild", "desk.orders", "--stream", "orders", code=Exit.CONFIG)

    assert err == "error: --rebuild and --stream contradict each other\n"
