"""load, name by name: what a field is called is its column's name, exactly, or it is refused at the start."""

import json
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from pydantic import Field, PrivateAttr, create_model

from loading import put_run, rows, run_sql
from minidata.adapters.project import Project
from minidata.core.columns import MAX_COLUMNS
from minidata.core.errors import ConfigError
from minidata.core.rows import Row
from minidata.core.source import Source, Stream
from minidata.steps.load import Loaded, load
from minidata.steps.up import up

NAUGHTY = Path(__file__).parents[2] / "data" / "naughty_names.json"
HOSTILE: list[str] = json.loads(NAUGHTY.read_text())

pytestmark = pytest.mark.every_postgres


@pytest.fixture
def project(project: Project) -> Project:
    up(project)
    return project


def row_of(*names: str, kind: Any = str | None, **more: Any) -> type[Row]:
    fields: dict[str, Any] = {"id": (int, ...), **{name: (kind, Field(default=None)) for name in names}, **more}
    row: type[Row] = create_model("Named", __base__=Row, **fields)
    return row


def loaded(project: Project, stream: Stream, *records: Any, number: int = 0) -> Loaded:
    put_run(project, f"names.{stream.name}", [list(records)], number=number)
    return load(project, {"names": Source("names", "http://127.0.0.1:1", [stream])})


def test_hostile_names_are_columns_and_nothing_else(project: Project) -> None:
    run_sql(project, "create schema bystander", "create table bystander.x (n int)")
    stream = Stream("hostile", "/", row_of(*HOSTILE), "id")

    for number in range(2):
        done = loaded(project, stream, {"id": 1, **{name: name for name in HOSTILE}}, {"id": 2}, number=number)
        assert (done.counts.fetched, done.counts.quarantined) == (2, 0)

    columns = (
        "select attname from pg_attribute where attrelid = 'names.hostile'::regclass and attnum > 0 order by attnum"
    )
    assert [name for (name,) in rows(project, columns)] == ["id", *HOSTILE, "_record", "_object"]
    ((row,),) = rows(project, "select to_jsonb(t) from names.hostile t where id = 1")
    assert {name: row[name] for name in HOSTILE} == {name: name for name in HOSTILE}
    assert rows(project, "select to_regclass('bystander.x') is not null") == [(True,)]


@pytest.mark.parametrize("name", ["%s", "%(x)s", 'a"b', "select", "\u00e9", "{0}", "$1", "None"])
def test_a_key_may_be_called_anything(project: Project, name: str) -> None:
    words: Any = (Literal["a", "b"], ...)
    stream = Stream("keyed", "/", row_of("v", kind=int | None, **{name: words}), (name, "id"))

    for number in range(3):
        loaded(project, stream, *({"id": 1, name: word, "v": number} for word in "ab"), number=number)

    assert rows(project, "select v, count(*) from names.keyed group by v") == [(2, 2)]


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "\t", "\n", "a\nb", "a\0", "a" * 64, "é" * 32, "a\u202eb", "a\u200bb"),
        *("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "_object", "_record"),
    ],
)
def test_what_cannot_name_a_column_is_refused(name: str) -> None:
    fields: Any = {name: (str | None, Field(default=None))} if not name.startswith("_") else {}
    row = row_of(**fields)
    if name.startswith("_"):
        row.model_fields[name] = row.model_fields["id"]

    with pytest.raises(ConfigError, match="Named"):
        Stream("refused", "/", row, "id")


@pytest.mark.parametrize("name", ["_", "__", "___", "_private", "__typename", "__typename__", "__init__"])
def test_a_field_that_pydantic_sets_aside_is_not_lost_silently(name: str) -> None:
    made: dict[str, type[Row]] = {}
    exec(f"class Lost(Row):\n    id: int\n    {name}: int", {"Row": Row}, made)  # noqa: S102 - names as people write them

    with pytest.raises(ConfigError, match=rf"Lost\.{name}: .* makes no column") as caught:
        Stream("lost", "/", made["Lost"], "id")
    assert caught.value.hint.endswith(f'Field(validation_alias="{name}")')


def test_what_is_said_to_be_no_field_is_none() -> None:
    class Known(Row):
        id: int
        _private: int = PrivateAttr(default=1)
        __own__: ClassVar[int]
        __mine__: int = 2

    class Heir(Known):
        more: int

    assert [column.name for column in Stream("known", "/", Heir, "id").columns] == ["id", "more"]


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "A", "1a", "_a", "a-b", "é", "\u017f", "a" * 64, 'a"; drop table x; --', "..", "%s"]
)
def test_what_cannot_name_a_stream_or_a_source_is_refused(name: str) -> None:
    row = row_of("x")

    with pytest.raises(ConfigError, match="name"):
        Stream(name, "/", row)
    with pytest.raises(ConfigError, match="name"):
        Source(name, "http://127.0.0.1:1", [Stream("x", "/", row)])


@pytest.mark.parametrize(
    "name", ["pg_catalog", "pg_x", "public", "information_schema", "minidata", "minidata_build", "analytics"]
)
def test_a_schema_that_is_somebodys_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="reserved"):
        Source(name, "http://127.0.0.1:1", [Stream("x", "/", row_of("x"))])


# As many columns as a table has, and what fits into a row of them.


def test_a_row_that_no_page_has_room_for_is_quarantined(project: Project) -> None:
    names = [f"c{number}" for number in range(MAX_COLUMNS - 1)]
    stream = Stream("wide", "/", row_of(*names), "id")
    records: list[dict[str, Any]] = [
        {"id": 1, **dict.fromkeys(names, "")},
        {"id": 2, **dict.fromkeys(names, "abcd" * 5)},
        {"id": 3, **dict.fromkeys(names[:200], "x" * 20), names[-1]: "x" * 100_000},
        {"id": 4, **dict.fromkeys(names, "abc")},
        {"id": 5, **dict.fromkeys(names, "x" * 1000)},
        {"id": 6, **dict.fromkeys(names[:300], "x" * 1000)},
        {"id": 7},
    ]

    done = loaded(project, stream, *records)

    assert done.streams[0].reasons == {"ROW_TOO_BIG": 2}
    found = {row["id"]: row for (row,) in rows(project, "select to_jsonb(t) - '_record' - '_object' from names.wide t")}
    empty = dict.fromkeys(names)
    assert found == {record["id"]: {**empty, **record} for record in records if record["id"] not in {2, 5}}


def test_one_column_too_many_is_refused() -> None:
    with pytest.raises(ConfigError, match=f"a table holds {MAX_COLUMNS}"):
        Stream("wider", "/", row_of(*(f"c{number}" for number in range(MAX_COLUMNS))), "id")
