"""load, value by value: what is in the table is what the API sent, on each Postgres that we know."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from corpus import CASES, Case, Probe
from loading import put_run, rows
from minidata.adapters.project import Project
from minidata.core.source import Source, Stream
from minidata.steps.load import load
from minidata.steps.up import up

COLUMNS = "t.id, name, price::text, ratio, ok, at, day, doc::text"
SOURCE = Source(
    "probe",
    "http://127.0.0.1:1",
    [Stream("plain", "/", Probe), Stream("enveloped", "/", Probe, records="rows")],
)


_ROWS = (
    f"select o.page, {COLUMNS} from probe.{{}} t join minidata.object o on o.id = t._object order by _object, _record"
)
_CODES = """
select o.page, q.code from minidata.quarantine q join minidata.object o on o.id = q.object
where o.stream = %s order by q.id
"""
_COUNTS = "select page, fetched, loaded, deduplicated, quarantined from minidata.object where stream = %s"


class Outcome(NamedTuple):
    """What became of a body: its rows, its codes in the quarantine, and its counts in the ledger."""

    rows: list[tuple[Any, ...]]
    codes: list[str]
    counts: tuple[int, ...]


@pytest.fixture
def outcomes(project: Project) -> dict[str, Outcome]:
    """What became of every case, all loaded at once."""
    up(project)
    found: dict[str, Outcome] = {}
    for stream in SOURCE.by_name:
        cases = [case for case in CASES if case.enveloped == (stream == "enveloped")]
        put_run(project, f"probe.{stream}", [case.body for case in cases])
        load(project, {"probe": SOURCE}, stream=f"probe.{stream}")
        found |= dict(zip((case.id for case in cases), outcomes_of(project, stream), strict=True))
    assert load(project, {"probe": SOURCE}).nothing_new
    return found


def outcomes_of(project: Project, stream: str) -> list[Outcome]:
    """What became of each page of *stream*, in their order."""
    counts = {page: tuple(counts) for page, *counts in rows(project, _COUNTS, stream)}
    held: dict[int, list[tuple[Any, ...]]] = {page: [] for page in counts}
    for page, *row in rows(project, _ROWS.format(stream)):
        held[page].append(tuple(row))
    codes: dict[int, list[str]] = {page: [] for page in counts}
    for page, code in rows(project, _CODES, stream):
        codes[page].append(code)
    return [Outcome(held[page], codes[page], counts[page]) for page in sorted(counts)]


@pytest.mark.every_postgres
def test_what_is_loaded_is_what_was_sent(outcomes: dict[str, Outcome]) -> None:
    assert [case.id for case in CASES if not as_expected(case, outcomes[case.id])] == []


def as_expected(case: Case, found: Outcome) -> bool:
    """Whether the codes, the counts and all fields that the case names are what they must be."""
    fetched, loaded, deduplicated, quarantined = found.counts
    accounted = (loaded, deduplicated, fetched) == (len(case.rows), 0, loaded + quarantined)
    return (
        accounted
        and tuple(found.codes) == case.codes
        and len(found.rows) == len(case.rows)
        and all(map(holds, found.rows, case.rows))
    )


def holds(row: tuple[Any, ...], expected: Mapping[str, Any]) -> bool:
    """Whether the fields of *row* that are *expected* are of the same type and value."""
    held = dict(zip(Probe.model_fields, row, strict=True))
    held["doc"] = None if held["doc"] is None else json.loads(held["doc"], parse_float=Decimal)
    return all((type(held[name]), held[name]) == (type(value), value) for name, value in expected.items())
