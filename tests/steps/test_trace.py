"""trace at its edge: every row leads to the record it comes from, in the very bytes that the API sent."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from loading import put_run
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit, RefusedError, UnknownName
from minidata.core.rows import Child, Row
from minidata.core.runs import Manifest
from minidata.core.source import Deleted, Source, Stream
from minidata.steps.analyze import Wishes, analyze
from minidata.steps.load import load
from minidata.steps.quarantine.showing import show
from minidata.steps.trace import trace
from minidata.steps.tracing.published import TracedModel
from minidata.steps.tracing.rows import Traced, TracedRow
from minidata.steps.up import up


class Line(BaseModel):
    price: float


class Note(Row):
    id: int
    text: str
    lines: Annotated[list[Line], Child()] = Field(default=[])


class Mark(Row):
    shop: str
    number: int
    text: str


class Event(Row):
    text: str


@pytest.fixture
def project(project: Project) -> Project:
    up(project)
    return project


def diary(**more: Any) -> dict[str, Source]:
    streams = [
        Stream("notes", "/", Note, **{"key": "id", "max_quarantined": 9, "deleted": Deleted("gone"), **more}),
        Stream("marks", "/", Mark, key=("shop", "number"), records="data"),
        Stream("events", "/", Event, format="ndjson"),
    ]
    return {"diary": Source("diary", "http://127.0.0.1:1", streams)}


def traced(project: Project, table: str, *key: str, **more: Any) -> tuple[TracedRow, ...]:
    found = trace(project, diary(), table, key=key, **more)
    assert isinstance(found, Traced)
    return found.rows


def loaded(project: Project, stream: str, *runs: Any) -> list[Manifest]:
    kept = [put_run(project, f"diary.{stream}", [page], number=number) for number, page in enumerate(runs)]
    load(project, diary())
    return kept


def test_a_row_leads_to_its_record_and_the_request(project: Project) -> None:
    body = b'[{"id": 7, "text": "seven"},\n {"id": 42, "text": "forty-two", "lines": [{"price": 1.10}]}]'
    (kept,) = loaded(project, "notes", body)

    (row,) = traced(project, "diary.notes", "42")

    assert (row.table, row.values, row.run, row.page) == ("diary.notes", {"id": "42"}, kept.run, 1)
    assert (row.provenance.key, row.provenance.record, row.provenance.request) == (kept.pages[0].key, 1, kept.pages[0])
    assert row.provenance.json == '{"id": 42, "text": "forty-two", "lines": [{"price": 1.10}]}'
    assert row.provenance.damaged == ""


def test_a_table_that_is_still_to_be_made_is_named(project: Project) -> None:
    with pytest.raises(ConfigError, match=r"there is no table diary.notes_lines yet") as caught:
        traced(project, "diary.notes_lines", "1")
    assert caught.value.hint == "`minidata load` makes it"


def test_the_record_is_not_read_when_it_is_not_wanted(project: Project) -> None:
    loaded(project, "notes", [{"id": 1, "text": "mine"}])

    assert "mine" not in repr(traced(project, "diary.notes", "1", values=False))


def test_a_key_of_several_columns_is_given_in_order_or_by_name(project: Project) -> None:
    loaded(
        project, "marks", {"data": [{"shop": "a=b", "number": 1, "text": ""}, {"shop": "c", "number": 1, "text": ""}]}
    )

    found = [
        traced(project, "diary.marks", *key) for key in (["a=b", "1"], ["number=1", "shop=a=b"], ["a=b"], ["number=1"])
    ]

    assert [[row.provenance.record for row in rows] for rows in found] == [[0], [0], [0], [1, 0]]
    with pytest.raises(ConfigError, match=r"the key of diary.marks is \(shop, number\), and 3 values are given"):
        traced(project, "diary.marks", "a", "1", "2")


def test_a_row_of_a_child_table_leads_to_the_record_it_is_in(project: Project) -> None:
    loaded(project, "notes", [{"id": 4, "text": "", "lines": [{"price": 1}, {"price": 2}]}])

    assert [row.values for row in traced(project, "diary.notes_lines", "4", "1")] == [
        {"_parent_id": "4", "_position": "1"}
    ]
    assert len(traced(project, "diary.notes_lines", "4")) == 2


def test_rows_without_a_key_are_found_by_a_condition(project: Project) -> None:
    loaded(project, "events", b'{"text": "a"}\n{"text": "b"}\n')

    (row,) = traced(project, "diary.events", where="text = 'b' -- the second")

    assert (row.provenance.record, row.provenance.json) == (1, '{"text": "b"}')
    with pytest.raises(ConfigError, match=r"diary\.events has no key"):
        traced(project, "diary.events", "b")


def test_all_versions_of_a_key_are_told_the_newest_first(project: Project) -> None:
    for number, text in enumerate("ab"):
        put_run(project, "diary.notes", [[{"id": 1, "text": text, "lines": [{"price": 1}]}]], number=number)
    sources = diary(mode="history")
    load(project, sources)

    found = trace(project, sources, "diary.notes", key=["1"])
    of_child = trace(project, sources, "diary.notes_lines", key=["1", "0"])

    assert isinstance(found, Traced)
    assert isinstance(of_child, Traced)
    assert [(row.provenance.json, row.values["valid_to"] is None) for row in found.rows] == [
        ('{"id": 1, "text": "b", "lines": [{"price": 1}]}', True),
        ('{"id": 1, "text": "a", "lines": [{"price": 1}]}', False),
    ]
    assert [row.run for row in of_child.rows] == [row.run for row in found.rows]


def test_a_row_that_is_not_there_is_explained(project: Project) -> None:
    kept = loaded(project, "notes", [{"id": 1, "text": "x"}], [{"id": 2, "text": 2}, {"id": 1, "gone": True}])

    with pytest.raises(ConfigError, match=f"announced in {kept[1].run}/1#1 that it was deleted"):
        traced(project, "diary.notes", "1")
    with pytest.raises(ConfigError, match="its record is in quarantine") as told:
        traced(project, "diary.notes", "id=2")
    with pytest.raises(ConfigError, match=r"no row diary.notes 3, and nothing in quarantine"):
        traced(project, "diary.notes", "3")
    place = told.value.hint.split("`")[1].removeprefix("minidata quarantine show ")
    assert show(project, diary(), place, values=False, limit=9).records[0].reasons[0].pointer == "/text"


def test_what_cannot_be_meant_is_refused(project: Project) -> None:
    loaded(project, "notes", [{"id": 1, "text": "x"}])

    with pytest.raises(UnknownName, match=r"did you mean 'diary\.notes'"):
        traced(project, "diary.note", "1")
    with pytest.raises(ConfigError, match=r'the key of diary\.notes: invalid input syntax for type bigint: "one"$'):
        traced(project, "diary.notes", "one")
    with pytest.raises(UnknownName, match=r"unknown key column of diary\.notes: 'ID'"):
        traced(project, "diary.notes", "ID=1")
    with pytest.raises(ConfigError, match=r"which rows of diary\.notes"):
        traced(project, "diary.notes")
    with pytest.raises(ConfigError, match=r'--where: column "foo" does not exist'):
        traced(project, "diary.notes", where="foo")
    with pytest.raises(RefusedError, match="--where"):
        traced(project, "diary.notes", where="lo_create(0) > 0")


def test_a_damaged_object_is_told(project: Project) -> None:
    (kept,) = loaded(project, "notes", [{"id": 1, "text": "x"}])
    (project.root / "object_store" / kept.pages[0].key).write_bytes(b"[]")

    found = trace(project, diary(), "diary.notes", key=["1"])

    assert isinstance(found, Traced)
    assert (found.exit_code, found.rows[0].provenance.json) == (Exit.STORE, None)
    assert "checksum mismatch" in found.rows[0].provenance.damaged


def models(project: Project, **texts: str) -> None:
    folder = project.root / "sql" / "models"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.sql").write_text(text)


@pytest.fixture
def published(project: Project) -> Project:
    loaded(project, "notes", [{"id": number, "text": "ab"[number % 2]} for number in range(4)])
    models(
        project,
        stg_notes="select id as note_id, text from {{ source('diary', 'notes') }}",
        counted="select text, count(*) as notes from {{ ref('stg_notes') }} group by text",
        named="select coalesce(n.note_id, m.note_id) as note_id from stg_notes n full join stg_notes m using (text)",
    )
    assert analyze(project).exit_code == Exit.DONE
    return project


def model(project: Project, name: str, where: str | None = None) -> TracedModel:
    found = trace(project, diary(), f"analytics.{name}", where=where)
    assert isinstance(found, TracedModel)
    return found


def test_a_model_leads_to_the_tables_and_runs_below_it(published: Project) -> None:
    found = model(published, "counted")
    put_run(published, "diary.notes", [[{"id": 9, "text": "x"}]], number=5)
    load(published, diary())
    later = model(published, "counted")

    (source,) = found.sources
    assert (found.reads, source.table, source.via, found.publish) == (("stg_notes",), "diary.notes", ("stg_notes",), 1)
    assert source.standing is not None
    assert (source.standing.objects, source.standing.runs, source.standing.moved) == (1, 1, False)
    assert later.sources[0].standing is not None
    assert (later.sources[0].standing.objects, later.sources[0].standing.moved) == (1, True)


def test_a_model_in_a_schema_of_its_own_leads_to_the_rows_through_what_is_added_to_it(published: Project) -> None:
    grown = "{{ config(materialized='incremental', unique_key='note_id', schema='other', alias='b') }}"
    models(published, grown=f"{grown} select note_id, text from stg_notes")
    analyze(published)

    found = trace(published, diary(), "analytics_other.b", where="note_id = 1")

    assert isinstance(found, TracedModel)
    (source,) = found.sources
    assert (found.model, source.table, [row.values["id"] for row in source.rows]) == ("grown", "diary.notes", ["1"])


def test_a_model_over_a_child_table_is_built_anew_only_when_its_stream_was_loaded(published: Project) -> None:
    models(published, priced="select sum(price) as total from diary.notes_lines")
    first = analyze(published, Wishes(select=["priced"]))
    second = analyze(published, Wishes(select=["priced"]))
    put_run(published, "diary.notes", [[{"id": 9, "text": "x", "lines": [{"price": 1}]}]], number=5)
    load(published, diary())
    third = analyze(published, Wishes(select=["priced"]))
    fourth = analyze(published, Wishes(select=["priced"]))

    statuses = [one.models[0].status for one in (first, second, third, fourth)]
    assert statuses == ["built", "unchanged", "built", "unchanged"]
    standing = model(published, "priced").sources[0].standing
    assert standing is not None
    assert (standing.objects, standing.moved) == (2, False)


def test_a_models_rows_lead_to_rows_where_it_has_their_key(published: Project) -> None:
    (found,) = model(published, "named", "note_id in (1, 2)").sources
    (without,) = model(published, "counted", "text = 'a'").sources

    assert sorted(row.provenance.record or 0 for row in found.rows) == [1, 2]
    assert without.rows == ()
    assert without.why_not == "counted has no column that is its key (id)"


def test_a_model_that_is_not_published_is_told(published: Project) -> None:
    models(published, fresh="select 1 as one")

    with pytest.raises(ConfigError, match=r"analytics\.fresh is not published"):
        model(published, "fresh")
    with pytest.raises(UnknownName, match="did you mean 'counted'"):
        model(published, "count")
    with pytest.raises(ConfigError, match="is a model, and has no key"):
        trace(published, diary(), "analytics.counted", key=["a"])
