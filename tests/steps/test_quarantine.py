"""quarantine at its edge: what did not fit is told, tried again exactly once, and given up, and no value is shown."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ConfigDict

from loading import BEGIN, begin, ended, put_run, rows, run_sql, store_of
from minidata.adapters.database.ledger.quarantined import Which
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit, UnknownName
from minidata.core.rows import Child, Row
from minidata.core.source import Deleted, Source, Stream
from minidata.steps.load import load
from minidata.steps.quarantine.discarding import discard
from minidata.steps.quarantine.listing import list_groups, list_records, which_of
from minidata.steps.quarantine.outcome import Retried, RetriedStream
from minidata.steps.quarantine.retrying import retry
from minidata.steps.quarantine.showing import show
from minidata.steps.rebuild import rebuild
from minidata.steps.up import up

ALL = Which()


class Strict(Row):
    id: int
    text: str


class Loose(Row):
    """The Row, mended: what was too strict is not any more."""

    id: int
    text: Annotated[str, AfterValidator(str)]
    model_config = ConfigDict(strict=False, coerce_numbers_to_str=True)


class Stricter(Row):
    id: int
    text: Annotated[str, AfterValidator(lambda text: _refuse(text) if text == "fine" else text)]
    model_config = ConfigDict(strict=False, coerce_numbers_to_str=True)


def _refuse(text: str) -> str:
    raise ValueError(f"{text} is not wanted")


@pytest.fixture
def project(project: Project) -> Project:
    up(project)
    return project


def source_of(row: type[Row] = Strict, **more: Any) -> dict[str, Source]:
    stream = Stream("notes", "/", row, **{"key": "id", "max_quarantined": 1000, **more})
    return {"diary": Source("diary", "http://127.0.0.1:1", [stream])}


def note(number: int, text: object) -> dict[str, Any]:
    return {"id": number, "text": text}


def loaded(project: Project, *pages: Sequence[Any], row: type[Row] = Strict, **more: Any) -> None:
    """Load *pages*, each of them a Run."""
    for number, page in enumerate(pages):
        put_run(project, "diary.notes", [page], number=number)
    load(project, source_of(row, **more))


def retried(project: Project, row: type[Row] = Loose, which: Which = ALL, **more: Any) -> RetriedStream:
    (one,) = retry(project, source_of(row, **more), which).streams
    return one


def notes(project: Project) -> list[tuple[Any, ...]]:
    return rows(project, "select id, text from diary.notes order by id, text")


def state(project: Project) -> list[Any]:
    """All that a Load writes, up to surrogate ids, times and fingerprints."""
    return [
        rows(
            project,
            "select n.id, n.text, o.key, n._record from diary.notes n join minidata.object o on o.id = n._object"
            " order by 1, 2, 3, 4",
        ),
        rows(project, "select key, fetched, loaded, deduplicated, quarantined from minidata.object order by key"),
        rows(
            project,
            "select o.key, q.record, q.code, q.pointer, q.message from minidata.quarantine q"
            " join minidata.object o on o.id = q.object order by 1, 2, 3, 4, 5",
        ),
    ]


# What is in it.


def test_before_the_first_load_nothing_is_in_quarantine(project: Project) -> None:
    assert list_groups(project, ALL, limit=10).groups == ()
    assert list_records(project, ALL, limit=10).reasons == ()
    assert discard(project, ALL, None).records == 0
    assert retry(project, source_of(), ALL) == Retried(())


def test_it_is_told_in_groups_of_one_code_in_one_field(project: Project) -> None:
    loaded(project, [note(1, 1), note(2, "two"), note(3, 3), {"id": 4}], [note(5, None), "no record"])

    found = list_groups(project, ALL, limit=10)

    told = [(one.code, one.field, one.records, one.first_seen, one.last_seen) for one in found.groups]
    first, second = BEGIN, BEGIN + timedelta(hours=1)
    assert told == [
        ("WRONG_TYPE", "text", 3, first, second),
        ("MISSING", "text", 1, first, first),
        ("NOT_A_ROW", "", 1, second, second),
    ]
    assert (found.records, found.more) == (5, False)
    assert [one.record for one in found.groups] == [0, 3, 1]


def test_what_is_wrong_in_one_item_of_a_list_is_one_group_with_the_others(project: Project) -> None:
    class Item(BaseModel):
        model_config = ConfigDict(strict=True)
        price: int

    class Order(Row):
        id: int
        items: list[Item]

    broken = {"id": 1, "items": [{"price": "1"}, {"price": 2}, {"price": "3"}]}
    loaded(project, [broken, {"id": 2, "items": [{"price": None}]}], row=Order)

    (group,) = list_groups(project, ALL, limit=10).groups

    assert (group.field, group.records) == ("items[].price", 2)


@pytest.mark.parametrize(
    ("chosen", "records"),
    [
        ({}, [0, 1, 0]),
        ({"code": "missing"}, [1]),
        ({"since": "2026-01-31T07:00:00Z"}, [0]),
        ({"until": "2026-01-31T07:00:00Z"}, [0, 1]),
        ({"run": "20260131t07"}, [0]),
        ({"source": "diary"}, [0, 1, 0]),
        ({"stream": "diary.notes", "code": "WRONG_TYPE"}, [0, 0]),
        ({"since": "2026-02-01"}, []),
    ],
)
def test_it_may_be_asked_for_a_part(project: Project, chosen: dict[str, Any], records: list[int]) -> None:
    loaded(project, [note(1, 1), {"id": 2}], [note(3, 3)])

    found = list_records(project, which_of(source_of(), **chosen), limit=10)

    assert [reason.record for reason in found.reasons] == records
    assert found.records == len(records)


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean 'diary'"):
        which_of(source_of(), source="dairy")
    with pytest.raises(ConfigError, match="--since 'tomorrow' is no time"):
        which_of(source_of(), since="tomorrow")


def test_a_record_is_shown_with_its_request_and_its_json_only_on_request(project: Project) -> None:
    loaded(project, [note(1, "one"), note(2, 1.10)])
    (reason,) = list_records(project, ALL, limit=10).reasons

    (told,) = show(project, source_of(), str(reason.id), values=False, limit=10).records
    (with_values,) = show(project, source_of(Loose), f"{reason.run}/1#1", values=True, limit=10).records

    assert (told.provenance.json, told.changed) == (None, False)
    assert (with_values.provenance.json, with_values.changed) == ('{"id": 2, "text": 1.1}', True)
    assert told.provenance.request is not None
    assert (told.provenance.key, told.provenance.request.status, told.provenance.damaged) == (reason.key, 200, "")
    with pytest.raises(ConfigError, match="nothing of 77 is in quarantine"):
        show(project, source_of(), "77", values=False, limit=10)
    with pytest.raises(ConfigError, match="is no record"):
        show(project, source_of(), f"{reason.run}/1#last", values=False, limit=10)


def test_no_value_is_in_what_is_told_of_it(project: Project) -> None:
    loaded(project, [note(1, 8675309), {"id": "8675309", "text": ""}, {"id": 2, "text": {"phone": "8675309"}}])

    found = list_records(project, ALL, limit=10)
    told = [show(project, source_of(), str(one.id), values=False, limit=10) for one in found.reasons]

    assert len(told) == 3
    assert "8675309" not in repr((found, told, list_groups(project, ALL, limit=10)))


def test_an_object_that_is_damaged_is_told_and_not_believed(project: Project) -> None:
    loaded(project, [note(1, 1)])
    (reason,) = list_records(project, ALL, limit=10).reasons
    (project.root / "object_store" / reason.key).write_bytes(b'[{"id": 1, "text": "forged"}]')

    shown = show(project, source_of(), str(reason.id), values=True, limit=10)
    again = retry(project, source_of(Loose), ALL)

    assert (shown.records[0].provenance.json, shown.exit_code) == (None, Exit.STORE)
    assert (again.exit_code, again.streams[0].moved, len(again.streams[0].damaged)) == (Exit.STORE, 0, 1)
    assert notes(project) == []


# Tried again.


def test_what_fits_the_mended_row_is_moved_once(project: Project) -> None:
    loaded(project, [note(1, "one"), note(2, 2), note(3, None)])

    first = retried(project)
    after = state(project)
    second = retried(project)

    assert (first.objects, first.moved, first.remaining, first.reasons) == (1, 1, 1, {"WRONG_TYPE": 1})
    assert notes(project) == [(1, "one"), (2, "2")]
    assert (second.moved, second.remaining) == (0, 1)
    assert state(project) == after


def test_what_still_does_not_fit_has_the_reasons_of_today(project: Project) -> None:
    loaded(project, [note(1, 1), note(2, None)])
    before = list_records(project, ALL, limit=10).reasons

    one = retried(project, Stricter, which_of(source_of(), code="WRONG_TYPE"))

    (still,) = list_records(project, ALL, limit=10).reasons
    assert one.remaining == 1
    assert (still.record, still.code, still.id) == (1, "WRONG_TYPE", before[1].id)
    assert still.fingerprint != before[1].fingerprint


def test_a_newer_row_of_the_key_is_not_replaced(project: Project) -> None:
    loaded(project, [note(1, 1)], [note(1, "newer")])

    assert retried(project).moved == 1
    assert notes(project) == [(1, "newer")]
    assert rows(project, "select quarantined from minidata.object order by key") == [(0,), (0,)]


def test_an_older_row_of_the_key_is_replaced(project: Project) -> None:
    loaded(project, [note(1, "older"), note(2, "older")], [note(1, 1)])

    retried(project)

    assert notes(project) == [(1, "1"), (2, "older")]


def test_of_records_on_one_page_the_last_is_the_row(project: Project) -> None:
    loaded(project, [note(1, "first"), note(1, 1), note(2, 2), note(2, "last")])

    retried(project)

    assert notes(project) == [(1, "1"), (2, "last")]


def test_a_body_that_was_refused_as_a_whole_is_loaded_when_it_can_be_read(project: Project) -> None:
    put_run(project, "diary.notes", [{"data": [note(1, "one"), note(2, None)]}, b"no json"])
    load(project, source_of(records="dta"))

    one = retried(project, records="data")

    assert (one.moved, one.remaining, one.reasons) == (1, 2, {"NOT_JSON": 1, "WRONG_TYPE": 1})
    assert notes(project) == [(1, "one")]


def test_a_body_that_cannot_be_read_any_more_stays_as_it_is(project: Project) -> None:
    put_run(project, "diary.notes", [{"data": [note(1, "one"), note(2, 2)]}])
    load(project, source_of(records="data"))
    before = state(project)

    one = retried(project, records="dta")

    assert (one.moved, one.remaining, one.reasons) == (0, 1, {"WRONG_ENVELOPE": 1})
    assert state(project) == before


def test_records_without_a_key_are_added_once(project: Project) -> None:
    loaded(project, [note(1, "one"), note(1, 1)], key=())

    assert retried(project, key=()).moved == 1
    assert retry(project, source_of(Loose, key=()), ALL) == Retried(())
    assert notes(project) == [(1, "1"), (1, "one")]


def test_the_children_of_a_record_come_with_it(project: Project) -> None:
    class Line(BaseModel):
        price: int

    class Order(Row):
        id: int
        text: str
        lines: Annotated[list[Line], Child()]

    class Mended(Loose):
        lines: Annotated[list[Line], Child()]

    order = {"lines": [{"price": 1}, {"price": 2}]}
    loaded(project, [note(1, "one") | order, note(2, 2) | order], row=Order)

    retried(project, Mended)

    found = rows(project, "select _parent_id, _position, price from diary.notes_lines order by 1, 2")
    assert found == [(1, 0, 1), (1, 1, 2), (2, 0, 1), (2, 1, 2)]


def test_records_that_are_loaded_and_would_not_be_today_are_told_and_stay(project: Project) -> None:
    loaded(project, [note(1, "fine"), note(2, 2)])

    one = retried(project, Stricter)

    assert (one.moved, one.unfit) == (1, 1)
    assert notes(project) == [(1, "fine"), (2, "2")]
    assert rows(project, "select fetched, loaded, quarantined from minidata.object") == [(2, 2, 0)]


@pytest.mark.parametrize(
    ("allowed", "code"), [(None, Exit.QUARANTINED), (0, Exit.QUARANTINED), (1, Exit.DONE), (0.1, Exit.QUARANTINED)]
)
def test_it_exits_as_load_does_when_too_much_remains(project: Project, allowed: float | None, code: Exit) -> None:
    loaded(project, [note(1, 1), note(2, None)])

    assert retry(project, source_of(Loose, max_quarantined=allowed), ALL).exit_code == code


def test_a_table_that_is_not_as_its_row_says_holds_up_no_other(project: Project) -> None:
    class Titled(Loose):
        title: str

    def both(diary: type[Row], ledger: type[Row]) -> dict[str, Source]:
        (other,) = source_of(ledger).values()
        return source_of(diary) | {"ledger": replace(other, name="ledger")}

    for name in ("diary", "ledger"):
        put_run(project, f"{name}.notes", [[note(1, 1), note(2, "b")]])
    load(project, both(Strict, Strict))

    done = retry(project, both(Titled, Loose), ALL)

    assert done.exit_code == Exit.REFUSED
    assert [(one.source, one.moved, "title is new" in one.barred) for one in done.streams] == [
        ("diary", 0, True),
        ("ledger", 1, False),
    ]
    assert "load --rebuild diary.notes" in done.streams[0].remedy


def test_a_stream_that_the_project_has_no_more_stays_as_it_is(project: Project) -> None:
    loaded(project, [note(1, 1)])

    (one,) = retry(project, {}, ALL).streams

    assert (one.unknown, one.moved) == (True, 0)
    assert list_groups(project, ALL, limit=10).records == 1


def test_secrets_in_what_a_validator_says_are_masked(project: Project) -> None:
    project.redact.add("swordfish-and-more")
    loaded(project, [note(1, 1)])

    class Telling(Loose):
        text: Annotated[str, AfterValidator(lambda _: _refuse("swordfish-and-more"))]

    retried(project, Telling)

    assert rows(project, "select message from minidata.quarantine") == [("*** is not wanted",)]


# The other modes.


def test_a_history_is_written_again_from_the_record_on(project: Project) -> None:
    loaded(project, [note(1, "a")], [note(1, 2)], [note(1, "c"), note(2, None)], mode="history")
    assert [text for (text,) in rows(project, "select text from diary.notes order by valid_from")] == ["a", "c"]

    one = retried(project, mode="history")

    found = rows(project, "select text, valid_to is null from diary.notes order by valid_from")
    assert (one.moved, one.remaining) == (1, 1)
    assert found == [("a", False), ("2", False), ("c", True)]
    assert list_groups(project, ALL, limit=10).records == 1
    assert retried(project, mode="history").moved == 0


def test_of_a_stream_that_is_replaced_what_fits_joins_the_newest_run(project: Project) -> None:
    loaded(project, [note(1, "old"), note(2, "old")], [note(1, "new"), note(2, 2), note(2, None)], mode="replace")

    one = retried(project, mode="replace")

    assert (one.moved, one.remaining) == (1, 1)
    assert notes(project) == [(1, "new"), (2, "2")]


def test_a_key_that_was_deleted_later_does_not_come_back(project: Project) -> None:
    gone = Deleted("gone")
    loaded(project, [note(1, 1), note(2, 2)], [note(1, "") | {"gone": True}], deleted=gone)

    assert retried(project, deleted=gone).moved == 2
    assert notes(project) == [(2, "2")]


def test_a_delete_that_did_not_fit_takes_its_row_along(project: Project) -> None:
    class Spelled(Row):
        id: int
        text: str
        model_config = ConfigDict(strict=False)

    gone = Deleted("gone")
    loaded(project, [note(1, "one"), note(2, "two")], [{"id": "1", "gone": True}], deleted=gone)
    assert notes(project) == [(1, "one"), (2, "two")]

    assert retried(project, Spelled, deleted=gone).moved == 1
    assert notes(project) == [(2, "two")]


# Whatever happens on the way.


@pytest.mark.parametrize("point", ["load.after_copy", "load.mid_merge"])
def test_one_that_is_killed_is_gone_on_with(project: Project, point: str) -> None:
    write_source(project, "text: str")
    put_run(project, "diary.notes", [[note(1, "old"), note(2, "old")], [note(1, 1)], [note(2, 2)]])
    load(project, project.sources)
    write_source(project, "model_config = {'coerce_numbers_to_str': True, 'strict': False}\n    text: str")

    code, _, err = ended(begin(project, "quarantine", "retry", MINIDATA_FAILPOINT=f"{point}:2"))
    again = retry(Project(project.root), Project(project.root).sources, ALL).streams

    assert code == 137, err
    assert [one.moved for one in again] == [1]
    assert notes(project) == [(1, "1"), (2, "2")]
    assert rows(project, "select sum(loaded), sum(quarantined) from minidata.object") == [(4, 0)]


def write_source(project: Project, text: str) -> None:
    stream = 'Stream("notes", "/", Note, key="id", max_quarantined=9)'
    (project.root / "sources").mkdir(exist_ok=True)
    (project.root / "sources" / "diary.py").write_text(
        f"from minidata import Row, Source, Stream\n\nclass Note(Row):\n    id: int\n    {text}\n\n"
        f'source = Source("diary", "http://127.0.0.1:1", [{stream}])\n'
    )


def test_of_two_at_once_each_record_is_moved_by_one(project: Project) -> None:
    for number in range(8):
        put_run(project, "diary.notes", [[note(number, number)]], number=number)
    load(project, source_of(key=()))

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: retry(project, source_of(Loose, key=()), ALL), range(2)))

    assert sum(stream.moved for one in done for stream in one.streams) == 8
    assert len(notes(project)) == 8


PAGES = st.lists(
    st.lists(st.builds(note, st.integers(1, 3), st.sampled_from(["a", "b", 1, 2, None])), max_size=4), max_size=3
)


@given(runs=PAGES, chosen=st.sampled_from([ALL, Which(code="WRONG_TYPE")]))
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_a_retry_all_is_as_if_it_had_been_loaded_by_the_mended_row(
    project: Project, runs: list[list[dict[str, Any]]], chosen: Which
) -> None:
    run_sql(project, "drop table if exists diary.notes")
    store = store_of(project)
    store.delete(list(store.keys("")))
    put_run(project, "diary.notes", [[note(9, "there")]], number=9)
    for number, page in enumerate(runs):
        put_run(project, "diary.notes", [page], number=number)
    load(project, source_of())
    retry(project, source_of(Loose), chosen)
    after = state(project)

    run_sql(project, "drop table diary.notes")
    load(project, source_of(Loose))

    assert after == state(project)


# Given up.


def test_what_is_discarded_is_kept_and_neither_listed_nor_tried_again(project: Project) -> None:
    loaded(project, [note(1, 1), note(2, 2)])
    reasons = list_records(project, ALL, limit=10).reasons

    done = discard(project, Which(ids=(reasons[0].id,)), "a test order")
    one = retried(project)

    assert (done.records, one.moved) == (1, 1)
    assert notes(project) == [(2, "2")]
    assert list_groups(project, ALL, limit=10).groups == ()
    (gone,) = list_records(project, Which(discarded=True), limit=10).reasons
    assert (gone.record, gone.discard_reason, gone.discarded_at is not None) == (0, "a test order", True)
    assert rows(project, "select fetched, loaded, quarantined from minidata.object") == [(2, 1, 1)]


def test_a_record_is_discarded_with_all_its_reasons(project: Project) -> None:
    loaded(project, [{}, note(2, 2)])

    done = discard(project, which_of(source_of(), code="MISSING"), None)

    assert done.records == 1
    assert [one.record for one in list_records(project, ALL, limit=10).reasons] == [1]
    assert len(list_records(project, Which(discarded=True), limit=10).reasons) == 2
    assert discard(project, which_of(source_of(), code="MISSING"), "again").records == 0


def test_what_is_discarded_stays_so_when_its_table_is_made_anew(project: Project) -> None:
    loaded(project, [note(1, 1), note(2, 2)])
    discard(project, Which(ids=(1,)), "a test order")

    rebuild(project, source_of(), ["diary.notes"])

    assert [one.record for one in list_records(project, ALL, limit=10).reasons] == [1]
    assert [one.discard_reason for one in list_records(project, Which(discarded=True), limit=10).reasons] == [
        "a test order"
    ]


def test_an_object_that_is_loaded_anew_has_nothing_discarded(project: Project) -> None:
    loaded(project, [note(1, 1)])
    discard(project, ALL, None)

    run_sql(project, "drop table diary.notes")
    load(project, source_of())

    assert list_groups(project, ALL, limit=10).records == 1
