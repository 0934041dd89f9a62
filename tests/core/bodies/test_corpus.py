"""Bad and odd bodies: which records become rows, and with which codes the others are quarantined."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from corpus import CASES, Case, Probe
from minidata.core.bodies.payload import parse
from minidata.core.fitting.checking import checker_of
from minidata.core.loading.preparing import Prepared, prepare, prepare_plainly
from minidata.core.loading.quickly.quick import Quick
from minidata.core.rows import Row
from minidata.core.runs import Page
from minidata.core.source import Stream

PAGE = Page(number=1, key="k", sha256="0" * 64, size=1, status=200, url="u", fetched_at=datetime.now(UTC))


def prepared(body: bytes, **more: Any) -> Prepared:
    return prepare(Stream("probes", "/", Probe, **more), PAGE, body)


def quickly(stream: Stream, page: Page, body: bytes) -> Prepared:
    """Prepare *body* as if as many bytes of the Stream had been seen as make it worth the while."""
    return prepare(stream, page, body, quick=Quick(stream, worth=0))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_body_comes_to_what_is_expected(case: Case) -> None:
    found = prepared(case.body, records="rows" if case.enveloped else "")

    assert tuple(reason.code for reason in found.rejected) == case.codes
    assert found.kept == len(case.rows)
    assert found.fetched == found.kept + found.quarantined


def test_a_reason_leads_to_its_place() -> None:
    body = rb'[{"id":1},{"id":2,"doc":{"a":[0,"x\u0000"]}},{"id":3,"doc":{"a/~b\u0000":1}},null,{"id":"5","ok":1}]'

    assert [(reason.record, reason.code, reason.pointer) for reason in prepared(body).rejected] == [
        (1, "NUL_CHAR", "/doc/a/1"),
        (2, "NUL_CHAR", "/doc/a~1~0b?"),
        (3, "NOT_A_ROW", ""),
        (4, "WRONG_TYPE", "/id"),
        (4, "WRONG_TYPE", "/ok"),
    ]


@pytest.mark.parametrize("prepare", [prepare_plainly, quickly])
def test_a_document_that_postgres_has_no_room_for_costs_its_record(prepare: Callable[..., Prepared]) -> None:
    body = b'[{"id":1,"doc":"%b"},{"id":2,"name":"%b"},{"id":3}]' % ((b"x" * 2**25,) * 2)

    found = prepare(Stream("probes", "/", Probe), PAGE, body)

    assert [(reason.record, reason.code) for reason in found.rejected] == [(0, "TOO_LARGE")]
    assert (found.fetched, found.kept) == (3, 2)


def test_a_row_may_forbid_what_it_does_not_name() -> None:
    """V06."""

    class Part(BaseModel, extra="forbid"):
        sku: str

    class Closed(Row, extra="forbid"):
        id: int
        part: Part | None = None

    body = b'[{"id":1,"more":2,"even":3},{"id":2,"part":{"sku":"a","size":4}},{"id":3,"part":null}]'

    found = prepare(Stream("closed", "/", Closed), PAGE, body)

    assert [(reason.record, reason.code, reason.pointer) for reason in found.rejected] == [
        (0, "UNKNOWN_FIELD", "/more"),
        (0, "UNKNOWN_FIELD", "/even"),
        (1, "UNKNOWN_FIELD", "/part/size"),
    ]
    assert found.kept == 1


@given(st.sampled_from([name for name in Probe.model_fields if name != "doc"]), st.booleans())
def test_no_reason_repeats_the_value(field: str, number: bool) -> None:  # noqa: FBT001 - it is drawn
    value: Any = 1e308 if number else "s3cret@example.com"
    checked = checker_of(Probe).check([{"id": 1, field: [value, {"s3cret": value}]}, {"id": 1, field: value}])

    assert checked.rejected
    assert "s3cret" not in repr(checked.rejected)
    assert "1e+308" not in repr(checked.rejected)


@pytest.mark.parametrize("around", [b"%b", b"[%b]", b'{"a":[1,{"b":%b}]}'])
@pytest.mark.parametrize("body", [b"1],[2", b"1,2", b"]", b"[", b"],[", b"1]]]],[[[[1", b"", b"[1]]", b'{"a":1}}'])
def test_no_body_closes_what_another_opened(around: bytes, body: bytes) -> None:
    found = prepared(around % body)

    assert {reason.code for reason in found.rejected} & {"NOT_JSON", "EMPTY"} or parse(around % body) is not None
