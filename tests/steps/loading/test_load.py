"""load at its edge: real APIs, a real store, a real Postgres; what is loaded is what was fetched, and nothing else."""

import json
import multiprocessing
import re
import shutil
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field

from conftest import SHARED_DATA
from faults import Onlooker, fault_server, said
from loading import check_books, fetch_shop, put_run, rows, run_sql, store_of, traced
from minidata.adapters import processes
from minidata.adapters.project import Project
from minidata.core.bodies.payload import parse
from minidata.core.errors import Exit, LockedError, RefusedError
from minidata.core.rows import Row
from minidata.core.runs import Manifest, manifest_key, run_prefix
from minidata.core.source import Source, Stream
from minidata.demo.flaws import BREAKS, STREAMS, expected_flaws
from minidata.demo.server import DemoShop
from minidata.sources import SOURCES
from minidata.sources.usgs import Quake
from minidata.steps.engine import database
from minidata.steps.ingest import ingest
from minidata.steps.load import Loaded, load
from minidata.steps.up import up

SHOP = DemoShop(orders=1_200)


class Note(Row):
    id: int
    text: str


class Notes2(Row):
    id: int
    text: str
    stars: int | None = Field(default=None, description="As readers gave them.")


class NotesOfNumbers(Row):
    id: int
    text: int


class Moods(Row):
    id: int
    text: Literal["glad", "sad"]


class MoreMoods(Row):
    id: int
    text: Literal["glad", "sad", "odd"]


@pytest.fixture
def project(project: Project) -> Project:
    up(project)
    return project


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The object store of a project that has fetched the shop."""
    folder = tmp_path_factory.mktemp("fetched")
    (folder / "minidata.toml").touch()
    fetch_shop(Project(folder), SHOP)
    return folder / "object_store"


@pytest.fixture
def shop(project: Project, fetched: Path) -> Project:
    """A project that has fetched the shop."""
    shutil.copytree(fetched, project.root / "object_store")
    return project


def source_of(row: type[Row], **more: Any) -> dict[str, Source]:
    stream = Stream("notes", "/", row, **{"key": "id", **more})
    return {"diary": Source("diary", "http://127.0.0.1:1", [stream])}


def notes(project: Project, row: type[Row] = Note, **more: Any) -> Loaded:
    return load(project, source_of(row, **more))


# The bundled API: it is known how many of its records are good, come twice, or are broken.


def test_the_shop_is_loaded_exactly(shop: Project) -> None:
    done = load(shop, SOURCES)

    counts = {one.stream: one.counts for one in done.streams if one.source == "shop"}
    expected = expected_flaws(SHOP)
    assert {name: (c.fetched, c.quarantined) for name, c in counts.items()} == {
        name: (flaws.fetched, flaws.broken) for name, flaws in expected.items()
    }
    # What comes again on another page was loaded, and overtaken.
    assert all(c.deduplicated <= expected[name].repeated for name, c in counts.items())
    check_books(shop, {name: expected[name].rows for name in STREAMS})
    assert done.exit_code == Exit.DONE


def test_every_flaw_is_quarantined_with_its_code_and_pointer(shop: Project) -> None:
    done = load(shop, SOURCES)

    found = rows(
        shop, "select o.stream, q.code, q.pointer from minidata.quarantine q join minidata.object o on o.id = q.object"
    )
    declared = [(stream, flaw.code, flaw.pointer) for stream in STREAMS for flaw in BREAKS[stream]]
    assert sorted(found) == sorted(declared)
    assert sum(sum(one.reasons.values()) for one in done.streams) == len(declared)


def test_a_second_load_changes_nothing(shop: Project) -> None:
    first = load(shop, SOURCES)
    before = [traced(shop, f"shop.{stream}") for stream in STREAMS]

    second = load(shop, SOURCES)

    assert (first.nothing_new, second.nothing_new) == (False, True)
    assert second.counts.fetched == 0
    assert all(one.changes == () for one in second.streams)
    assert [traced(shop, f"shop.{stream}") for stream in STREAMS] == before


@pytest.mark.parametrize("stream", STREAMS)
def test_every_row_leads_to_its_record(shop: Project, stream: str) -> None:
    load(shop, SOURCES, source="shop", stream=stream)
    store = store_of(shop)
    found = traced(shop, f"shop.{stream}")
    bodies = {key: parse(store.get(key))["data"] for key in {key for key, _ in found}}

    for key, row in found:
        record = bodies[key][row["_record"]]
        assert row["id"] == record["id"]
        assert [row[name] for name in row if name in {"name", "number", "note", "reason", "tags", "status"}] == [
            record[name] for name in row if name in {"name", "number", "note", "reason", "tags", "status"}
        ]
    assert len(found) == expected_flaws(SHOP)[stream].rows


# The earthquakes, as USGS sent them.


@pytest.fixture
def week() -> bytes:
    path = SHARED_DATA / "usgs_all_week.geojson"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return path.read_bytes()


def written(value: Any) -> Any:
    """A value of Postgres as the feed writes it, exactly: a double precision as its shortest decimal."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def as_written(feature: dict[str, Any]) -> list[Any]:
    """A feature's fields in the order of Quake, read by other means than ours."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    found = []
    for name, field in Quake.model_fields.items():
        value: Any = feature
        for step in getattr(field.validation_alias, "path", [name]):
            value = value.get(step) if isinstance(value, dict) else value[step]
        found.append(epoch + timedelta(milliseconds=value) if name in {"occurred_at", "updated_at"} else value)
    return found


def test_every_field_of_every_earthquake_arrives(project: Project, week: bytes) -> None:
    with fault_server() as server:
        server.says(said(week, headers={"Content-Type": "application/geo+json"}))
        project = Project(project.root, {"sources": {"usgs": {"base_url": server.url}}})
        assert not ingest(project, SOURCES, source="usgs").failures

    done = load(project, SOURCES, source="usgs")

    features = json.loads(week, parse_float=Decimal)["features"]
    assert done.counts.loaded == done.counts.fetched == len(features) == 1_707
    table = rows(project, f"select {', '.join(Quake.model_fields)} from usgs.quakes")
    assert {row[0]: list(map(written, row)) for row in table} == {one["id"]: as_written(one) for one in features}


# Records in lines, records with fields of their parent, records that came before.


def test_each_line_of_ndjson_is_a_record(project: Project) -> None:
    body = b'{"id": 1, "text": "a"}\r\n\n  \n{"id": 2, "te\n{"id": 3, "text": "\xc3\xa9"}\n{"id": 4, "text": "d"}'
    put_run(project, "diary.notes", [body])

    done = notes(project, format="ndjson", max_quarantined=1)

    assert (done.counts.fetched, done.counts.loaded, done.counts.quarantined) == (4, 3, 1)
    assert rows(project, "select id, text, _record from diary.notes order by id") == [
        (1, "a", 0),
        (3, "é", 2),
        (4, "d", 3),
    ]
    assert rows(project, "select record, code from minidata.quarantine") == [(1, "NOT_JSON")]


def test_the_context_of_a_page_is_in_its_records_unless_they_have_it(project: Project) -> None:
    put_run(project, "diary.notes", [[{"id": 1}, {"id": 2, "text": "own"}, 3]], context={"text": "of the page"})
    # In a document, Postgres would refuse it.
    put_run(project, "diary.notes", [[{"id": 4, "text": "d"}]], number=1, context={"tags": ["a\0"]})

    class Tagged(Note):
        tags: list[str] | None = None

    done = notes(project, Tagged, max_quarantined=2)

    assert rows(project, "select id, text from diary.notes order by id") == [(1, "of the page"), (2, "own")]
    assert done.streams[0].reasons == {"NOT_A_ROW": 1, "NUL_CHAR": 1}


def test_what_a_page_repeats_is_counted_and_not_loaded_again(project: Project) -> None:
    body = [{"id": 1, "text": "a"}, {"id": 2}, {"id": 3, "text": "c"}]
    put_run(project, "diary.notes", [body])
    put_run(project, "diary.notes", [[*body, {"id": 4}, {"id": 4, "text": "d"}]], number=1, repeated=(0, 1, 2))

    done = notes(project, key=(), max_quarantined=2)

    counts = done.counts
    assert (counts.fetched, counts.loaded, counts.deduplicated, counts.quarantined) == (8, 3, 3, 2)
    assert rows(project, "select id, _record from diary.notes order by _object, id") == [(1, 0), (3, 2), (4, 4)]
    assert rows(project, "select record from minidata.quarantine order by id") == [(1,), (3,)]


# What is wrong with a store.


def damaged(project: Project, manifest: Manifest, page: int) -> Path:
    return project.root / "object_store" / manifest.pages[page].key


def test_a_flipped_bit_is_told_and_its_neighbours_are_loaded(project: Project) -> None:
    manifest = put_run(project, "diary.notes", [[{"id": n, "text": "a"}] for n in range(3)])
    put_run(project, "diary.notes", [[{"id": 9, "text": "a"}]], number=1)
    path = damaged(project, manifest, 1)
    body = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(body[:-3] + bytes([body[-3] ^ 1]) + body[-2:])

    done = notes(project)

    assert done.streams[0].damaged == (
        f"checksum mismatch: object {manifest.pages[1].key} is not what was stored there",
    )
    assert done.exit_code == Exit.STORE
    assert rows(project, "select id from diary.notes order by id") == [(0,), (2,), (9,)]
    path.write_bytes(body)
    healed = notes(project)
    assert (healed.exit_code, healed.streams[0].objects, healed.streams[0].runs) == (Exit.DONE, 1, 1)
    assert rows(project, "select id from diary.notes order by id") == [(0,), (1,), (2,), (9,)]


def test_a_page_that_comes_back_late_does_not_undo_newer_rows(project: Project) -> None:
    manifest = put_run(project, "diary.notes", [[{"id": 1, "text": "old"}], [{"id": 1, "text": "later page"}]])
    put_run(project, "diary.notes", [[{"id": 2, "text": "newer run"}]], number=1)
    late = put_run(project, "diary.notes", [[{"id": 2, "text": "older run"}]], number=-1)
    lost = [damaged(project, manifest, 0), damaged(project, late, 0)]
    bodies = [path.read_bytes() for path in lost]
    for path in lost:
        path.unlink()

    assert [manifest.pages[0].key in line for line in notes(project).streams[0].damaged] == [False, True]
    for path, body in zip(lost, bodies, strict=True):
        path.write_bytes(body)
    healed = notes(project)

    assert (healed.counts.fetched, healed.counts.loaded) == (2, 2)
    assert rows(project, "select id, text from diary.notes order by id") == [(1, "later page"), (2, "newer run")]
    assert notes(project).nothing_new


@pytest.mark.parametrize("change", [lambda text: text[:-9], lambda text: text.replace("31t06", "31t08")])
def test_a_damaged_manifest_holds_up_nobody_else(project: Project, change: Any) -> None:
    manifest = put_run(project, "diary.notes", [[{"id": 1, "text": "a"}]])
    put_run(project, "diary.notes", [[{"id": 2, "text": "b"}]], number=1)
    key = manifest_key(run_prefix("diary", "notes", manifest.run))
    path = project.root / "object_store" / key
    text = path.read_text()
    path.chmod(0o600)
    path.write_text(change(text))

    done = notes(project)

    assert (done.exit_code, len(done.streams[0].damaged)) == (Exit.STORE, 1)
    assert key in done.streams[0].damaged[0]
    path.write_text(text)
    assert notes(project).exit_code == Exit.DONE
    assert rows(project, "select id from diary.notes order by id") == [(1,), (2,)]


def test_an_unfinished_run_is_never_read(project: Project) -> None:
    put_run(project, "diary.notes", [[{"id": 1, "text": "a"}]], finished=False)

    done = notes(project)

    assert done.nothing_new
    assert rows(project, "select to_regclass('diary.notes')") == [(None,)]
    put_run(project, "diary.notes", [[{"id": 2, "text": "b"}]], number=1)
    notes(project)
    assert rows(project, "select id from diary.notes") == [(2,)]


# A table that is not there any more, or not as its Row says.


def test_from_an_empty_database_the_same_rows_come_again(shop: Project) -> None:
    load(shop, SOURCES)
    before = [traced(shop, f"shop.{stream}") for stream in STREAMS]
    run_sql(shop, "drop schema shop, minidata, minidata_build, analytics cascade")
    up(shop)

    load(shop, SOURCES)

    assert [traced(shop, f"shop.{stream}") for stream in STREAMS] == before


def test_a_dropped_table_comes_again(shop: Project) -> None:
    load(shop, SOURCES)
    before = [traced(shop, f"shop.{stream}") for stream in STREAMS]
    run_sql(shop, "drop table shop.orders")

    again = load(shop, SOURCES)

    assert [one.stream for one in again.streams if one.objects] == ["orders"]
    assert [traced(shop, f"shop.{stream}") for stream in STREAMS] == before
    check_books(shop, {name: expected_flaws(SHOP)[name].rows for name in STREAMS})


@pytest.mark.parametrize("mode", ["merge", "append"])
def test_without_the_ledger_nothing_is_loaded_twice(project: Project, mode: str) -> None:
    put_run(project, "diary.notes", [[{"id": 1, "text": "a"}]])
    notes(project, mode=mode)
    run_sql(project, "drop table minidata.quarantine, minidata.object, minidata.run cascade")

    why, remedy = barred(project, mode=mode)

    assert re.search(r"table diary\.notes .*has rows of which the ledger knows nothing", why)
    make_again(project, remedy)
    notes(project, mode=mode)
    assert rows(project, "select id, text from diary.notes") == [(1, "a")]


def make_again(project: Project, hint: str) -> None:
    """Do by hand what the hint says."""
    assert "`minidata load --rebuild diary.notes` makes it a" in hint
    run_sql(project, "drop table diary.notes")


def barred(project: Project, row: type[Row] = Note, **more: Any) -> tuple[str, str]:
    """Return why nothing can be loaded into the table, and what to do about it."""
    done = notes(project, row, **more)
    (one,) = done.streams
    assert (done.exit_code, done.nothing_new, one.objects) == (Exit.REFUSED, False, 0)
    return one.barred, one.remedy


def test_a_new_optional_column_is_added_and_told(project: Project) -> None:
    put_run(project, "diary.notes", [[{"id": 1, "text": "a"}]])
    notes(project)
    put_run(project, "diary.notes", [[{"id": 2, "text": "b", "stars": 5}]], number=1)

    changed = notes(project, Notes2)

    assert changed.streams[0].changes[0].startswith('alter table "diary"."notes" add column "stars" bigint')
    assert rows(project, "select id, stars from diary.notes order by id") == [(1, None), (2, 5)]
    assert notes(project, Notes2).streams[0].changes == ()


@pytest.mark.parametrize(
    ("row", "more", "told"),
    [
        (NotesOfNumbers, {}, "text is text, the Row says bigint"),
        (Note, {"key": ("id", "text")}, r"its key is \(id\), the Stream's is \(id, text\)"),
        (Note, {"mode": "append"}, r"its key is \(id\), the Stream's is \(_object, _record\)"),
    ],
)
def test_another_table_is_refused_and_the_hint_works(
    project: Project, row: type[Row], more: dict[str, Any], told: str
) -> None:
    put_run(project, "diary.notes", [[{"id": 1, "text": "a"}, {"id": 2, "text": 5}]])
    notes(project, max_quarantined=1)

    why, remedy = barred(project, row, **more)

    assert re.search(told, why)
    assert rows(project, "select id, text from diary.notes") == [(1, "a")]
    make_again(project, remedy)
    counts = notes(project, row, **more).counts
    assert (counts.fetched, counts.loaded, counts.quarantined) == (2, 1, 1)
    assert rows(project, "select id from diary.notes") == [(2,) if row is NotesOfNumbers else (1,)]


def test_a_column_that_must_be_filled_is_not_added(project: Project) -> None:
    put_run(project, "diary.notes", [[{"id": 1, "text": "a"}]])
    notes(project)

    class Titled(Note):
        title: str

    assert "title is new and not Optional" in barred(project, Titled)[0]


def test_somebody_elses_table_is_not_touched(project: Project) -> None:
    put_run(project, "diary.notes", [[{"id": 1, "text": "a"}]])
    run_sql(
        project,
        "create schema diary",
        "grant usage on schema diary to minidata_loader",
        "create table diary.notes (id bigint primary key, text text not null)",
    )

    assert "it is a table that minidata has not made" in barred(project)[0]


def test_another_set_of_values_is_taken_over(project: Project) -> None:
    put_run(project, "diary.notes", [[{"id": 1, "text": "glad"}, {"id": 2, "text": "odd"}]])
    first = notes(project, Moods)
    put_run(project, "diary.notes", [[{"id": 3, "text": "odd"}]], number=1)

    wider = notes(project, MoreMoods)

    assert (first.exit_code, wider.exit_code) == (Exit.QUARANTINED, Exit.DONE)
    assert "'odd'" in " ".join(wider.streams[0].changes)
    assert rows(project, "select id, text from diary.notes order by id") == [(1, "glad"), (3, "odd")]
    why, remedy = barred(project, Moods)
    assert "there are rows with others" in why
    make_again(project, remedy)
    assert notes(project, Moods).counts.quarantined == 2


def test_the_check_of_a_column_with_a_long_name_is_made_once(project: Project) -> None:
    name = "größe_" + "x" * 55
    row = type("Long", (Note,), {"__annotations__": {name: Literal["s", "m"] | None}, name: None})
    put_run(project, "diary.notes", [[{"id": 1, "text": "a", name: "m"}]])

    notes(project, row)

    assert notes(project, row).streams[0].changes == ()
    assert rows(project, f'select "{name}" from diary.notes') == [("m",)]


# The ledger of others: a newer one, an older one, one that somebody has been at.


@pytest.mark.parametrize("mode", ["merge", "append"])
@pytest.mark.parametrize("damage", ["delete from minidata.object where page = 1", "truncate minidata.object cascade"])
def test_objects_deleted_from_the_ledger_are_not_loaded_again(project: Project, mode: str, damage: str) -> None:
    put_run(project, "diary.notes", [[{"id": 1, "text": "a"}], [{"id": 2, "text": "b"}]])
    notes(project, mode=mode)
    run_sql(project, damage, "delete from minidata.run")

    why, remedy = barred(project, mode=mode)

    assert re.search(r"table diary\.notes .*rows of .*the ledger", why)
    make_again(project, remedy)
    notes(project, mode=mode)
    assert rows(project, "select id, text from diary.notes order by id") == [(1, "a"), (2, "b")]
    assert rows(project, "select count(*) from minidata.forgotten") == [(0,)]


def test_a_ledger_of_a_newer_minidata_is_refused(project: Project) -> None:
    put_run(project, "diary.notes", [[{"id": 1, "text": "a"}]])
    notes(project)
    run_sql(project, "update minidata.ledger set version = version + 1")

    with pytest.raises(RefusedError, match="the ledger is of a newer minidata: its version is 3, this one knows 2"):
        notes(project)


# What the first minidata that had a ledger made of it.
LEDGER_1 = """
create table minidata.run (key text collate "C" primary key, source text not null, stream text not null,
  run text collate "C" not null, started_at timestamptz not null, finished_at timestamptz not null,
  pages integer not null, loaded_at timestamptz not null default now());
create table minidata.object (id bigint generated always as identity primary key,
  key text collate "C" not null unique, sha256 text not null, source text not null, stream text not null,
  run text collate "C" not null, page integer not null, fetched bigint not null default 0,
  loaded bigint not null default 0, deduplicated bigint not null default 0, quarantined bigint not null default 0,
  row_fingerprint text not null, loaded_at timestamptz not null default now(),
  constraint accounted check (fetched = loaded + deduplicated + quarantined));
create index object_in_order on minidata.object (source, stream, run, page);
create table minidata.quarantine (id bigint generated always as identity primary key,
  object bigint not null references minidata.object, record integer, code text not null, pointer text not null,
  message text not null, detail text not null, row_fingerprint text not null,
  quarantined_at timestamptz not null default now());
create index quarantine_object on minidata.quarantine (object);
"""


def test_an_older_ledger_is_brought_up_and_what_it_says_holds(project: Project) -> None:
    put_run(project, "diary.notes", [[{"id": 1, "text": "a"}, {"id": 2}]])
    notes(project)
    kept = [f"minidata.{table}" for table in ("run", "object", "quarantine")]
    shape = [columns_of(project, table) for table in kept]
    older_ledger(project)
    put_run(project, "diary.notes", [[{"id": 3, "text": "c"}]], number=1)

    done = notes(project)

    assert (done.streams[0].objects, done.counts.loaded) == (1, 1)
    assert [columns_of(project, table) for table in kept] == shape
    assert rows(project, "select id from diary.notes order by id") == [(1,), (3,)]
    assert rows(project, "select count(*) from minidata.quarantine") == [(1,)]
    assert notes(project).nothing_new


def columns_of(project: Project, table: str) -> list[tuple[Any, ...]]:
    query = """
    select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute
    where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attname
    """
    return rows(project, query, table)


def older_ledger(project: Project) -> None:
    """Put what the ledger says into one of version 1."""
    tables = ("run", "object", "quarantine")
    newer = {"run": "rebuild", "object": "rebuild", "quarantine": "discarded_at, drop column discard_reason"}
    run_sql(
        project,
        *(f"create temp table kept_{table} as table minidata.{table}" for table in tables),
        *(f"alter table kept_{table} drop column {column}" for table, column in newer.items()),
        "drop table minidata.quarantine, minidata.object, minidata.run, minidata.ledger, minidata.forgotten cascade",
        "set local role minidata_loader",
        *filter(str.strip, LEDGER_1.split(";")),
        "reset role",
        *(f"insert into minidata.{table} overriding system value table kept_{table}" for table in tables),
        "select setval('minidata.object_id_seq', 1000), setval('minidata.quarantine_id_seq', 1000)",
    )


# What gets in the way, and goes.


def test_a_session_that_is_ended_is_opened_again(project: Project) -> None:
    put_run(project, "diary.notes", [[{"id": n, "text": "a"}] for n in range(4)])
    small = Project(project.root, {"load": {"batch": 1}})

    class Hangman(Onlooker):
        def count(self, what: str, done: int, total: int | None = None) -> None:
            super().count(what, done, total)
            others = "datname = current_database() and pid <> pg_backend_pid()"
            rows(project, f"select pg_terminate_backend(pid) from pg_stat_activity where {others}")

    done = load(small, source_of(Note), watch=Hangman())

    assert (done.counts.loaded, done.streams[0].runs) == (4, 1)
    assert rows(project, "select id from diary.notes order by id") == [(0,), (1,), (2,), (3,)]
    assert notes(project).nothing_new


@pytest.mark.parametrize("mode", ["access exclusive", "share"])
def test_a_table_that_somebody_else_holds_is_told_with_who_it_is(project: Project, mode: str) -> None:
    put_run(project, "diary.notes", [[{"id": 1, "text": "a"}]])
    notes(project)
    put_run(project, "diary.notes", [[{"id": 2, "text": "b"}]], number=1)
    hasty = Project(project.root, {"load": {"lock_timeout": 0.2}})
    with database(project, None) as other, other.transaction():
        other.run(f"lock table diary.notes in {mode} mode")
        ((pid, user),) = other.rows("select pg_backend_pid(), current_user")

        with pytest.raises(
            LockedError, match=f"table diary.notes is locked by minidata, user {user}, .* {pid}"
        ) as found:
            load(hasty, source_of(Note))

    assert f"pg_terminate_backend({pid})" in found.value.hint
    assert notes(project).counts.loaded == 1


# What is too much.

SOME_BAD = [{"id": 1, "text": "a"}, {"id": 2}, {"id": 3, "text": 3}, {"id": 4, "text": "d"}]


@pytest.mark.parametrize("allowed", [0, 1, 0.49])
def test_an_object_over_max_quarantined_is_left_out_whole(project: Project, allowed: float) -> None:
    put_run(project, "diary.notes", [SOME_BAD, [{"id": 9, "text": "z"}]])

    done = notes(project, max_quarantined=allowed)

    (refused,) = done.streams[0].refused
    assert done.exit_code == Exit.QUARANTINED
    assert (refused.fetched, refused.quarantined, refused.reasons) == (4, 2, {"MISSING": 1, "WRONG_TYPE": 1})
    assert (done.counts.fetched, done.streams[0].runs, done.streams[0].reasons) == (1, 0, {})
    assert rows(project, "select id from diary.notes") == [(9,)]
    assert rows(project, "select (select count(*) from minidata.object), count(*) from minidata.quarantine") == [(1, 0)]
    again = notes(project, max_quarantined=0.5)
    assert (again.exit_code, again.streams[0].runs) == (Exit.DONE, 1)
    assert rows(project, "select id from diary.notes order by id") == [(1,), (4,), (9,)]


@pytest.mark.parametrize(("allowed", "code"), [(2, Exit.DONE), (0.5, Exit.DONE), (None, Exit.QUARANTINED)])
def test_within_max_quarantined_what_fits_is_loaded(project: Project, allowed: float | None, code: Exit) -> None:
    put_run(project, "diary.notes", [SOME_BAD])

    done = notes(project, max_quarantined=allowed)

    assert done.exit_code == code
    assert done.streams[0].reasons == {"MISSING": 1, "WRONG_TYPE": 1}
    assert rows(project, "select id from diary.notes order by id") == [(1,), (4,)]


def test_where_nothing_fits_the_table_stays_empty_and_that_is_no_success(project: Project) -> None:
    put_run(project, "diary.notes", [[{"id": "x"}, {"id": "y"}]])

    done = notes(project)

    assert (done.exit_code, done.counts.loaded, done.counts.quarantined) == (Exit.QUARANTINED, 0, 2)
    assert rows(project, "select count(*) from diary.notes") == [(0,)]


def test_an_object_without_records_is_loaded_and_changes_nothing(project: Project) -> None:
    put_run(project, "diary.notes", [[{"id": 1, "text": "a"}]])
    notes(project)
    put_run(project, "diary.notes", [[]], number=1)

    done = notes(project)

    assert (done.exit_code, done.streams[0].objects, done.streams[0].runs) == (Exit.DONE, 1, 1)
    assert rows(project, "select id from diary.notes") == [(1,)]


# Much to load: other processes help.

SOURCE = """
from decimal import Decimal
from minidata import Row, Source, Stream

class Sale(Row):
    id: int
    amount: Decimal
    what: str | None

source = Source("till", "http://127.0.0.1:1", [Stream("sales", "/sales", Sale, "id", max_quarantined=1.0)])
"""


@pytest.fixture
def till(project: Project) -> Project:
    """A project with a Source of its own and many pages, some of them broken."""
    (project.root / "sources").mkdir()
    (project.root / "sources" / "till.py").write_text(SOURCE)
    pages: list[Any] = [
        [{"id": 40 * page + n, "amount": n / 4, "what": None if n % 9 else "é\n"} for n in range(50)]
        for page in range(60)
    ]
    pages[7], pages[8] = b"{", [{"id": "x"}, {"id": 1, "amount": "1.50", "what": "again"}]
    put_run(project, "till.sales", pages)
    return project


def test_workers_load_the_same(till: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    reasons = (
        "select o.page, q.record, q.code, q.pointer, q.message, q.detail "
        "from minidata.quarantine q join minidata.object o on o.id = q.object order by o.page, q.record, q.pointer"
    )
    alone = load(till, till.sources), traced(till, "till.sales"), rows(till, reasons)
    run_sql(till, "drop table till.sales")
    monkeypatch.setattr(processes, "WORTH_WORKERS", 1)

    together = load(till, till.sources, workers=3), traced(till, "till.sales"), rows(till, reasons)

    assert together[1:] == alone[1:]
    assert [one.counts for one in together[0].streams] == [one.counts for one in alone[0].streams]
    assert together[0].streams[0].reasons == {"NOT_JSON": 1, "WRONG_TYPE": 1, "MISSING": 2}
    assert together[0].streams[0].runs == 1
    assert multiprocessing.active_children() == []
